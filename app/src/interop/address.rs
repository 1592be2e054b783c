//! The page's address: what it says, going to another one, and links that go there without loading the page anew.
use super::browser::{self, window};
use crate::lean::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlAnchorElement, MouseEvent};

thread_local! {
    static PATH: ArcRwSignal<String> = ArcRwSignal::new(String::new());
    static QUERY: ArcRwSignal<String> = ArcRwSignal::new(String::new());
}

/// Reads the address, now and whenever it changes, and takes links. `expect` is told of the path of a link that is pointed at
/// or has the focus. Called once, by the root component.
pub fn follow(expect: fn(&str)) {
    read();
    for event in ["pointerover", "focusin"] {
        browser::listen(event, move |event: Event| {
            if let Some(link) = link(&event).filter(|link| link.origin() == browser::origin()) {
                expect(&link.pathname());
            }
        });
    }
    browser::listen("popstate", |_: Event| read());
    browser::listen("click", |event: MouseEvent| {
        if let Some(link) = inside(&event) {
            event.prevent_default();
            let to = format!("{}{}{}", link.pathname(), link.search(), link.hash());
            write(&to, false, !link.has_attribute("data-noscroll"));
        }
    });
}

/// The path, such as `/containers`.
pub fn path() -> Signal<String> {
    PATH.with(|path| path.clone().into())
}

/// Whether the path is this one now.
pub fn is(here: &str) -> bool {
    PATH.with(|path| path.with_untracked(|path| path == here))
}

/// What comes after the question mark.
pub fn query() -> Query {
    Query(QUERY.with(|query| query.clone().into()))
}

/// What comes after the hash sign, which the browser sends to nobody.
pub fn hash() -> String {
    let hash = window().and_then(|window| window.location().hash().ok());
    hash.unwrap_or_default().trim_start_matches('#').to_owned()
}

/// Goes to another page.
pub fn visit(address: &str) {
    write(address, false, true);
}

/// Goes to another address of the page that is shown; with `replace` without a step in the browser's history.
pub fn adjust(address: &str, replace: bool) {
    write(address, replace, false);
}

/// The address's query.
#[derive(Clone, Copy)]
pub struct Query(Signal<String>);

impl Query {
    /// Its names with their values; who asks is told when it changes.
    pub fn pairs(self) -> Vec<(String, String)> {
        let text = |part: &str| browser::decode(&part.replace('+', " "));
        self.0.with(|query| {
            let parts = query.trim_start_matches('?').split('&').filter(|part| !part.is_empty());
            let pairs = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
            pairs.map(|(name, value)| (text(name), text(value))).collect()
        })
    }

    /// The first value of a name; who asks is told when it changes.
    pub fn get(self, name: &str) -> Option<String> {
        let mut pairs = self.pairs().into_iter();
        pairs.find(|(one, _)| one == name).map(|(_, value)| value)
    }
}

/// The link that something happened to.
fn link(event: &Event) -> Option<HtmlAnchorElement> {
    let element: Element = event.target()?.dyn_into().ok()?;
    element.closest("a[href]").ok()??.dyn_into().ok()
}

/// The link that was pressed, if it leads to a page of this app, and it is not for the browser: another tab, a file.
fn inside(event: &MouseEvent) -> Option<HtmlAnchorElement> {
    let other = event.meta_key() || event.alt_key() || event.ctrl_key() || event.shift_key();
    if event.default_prevented() || event.button() != 0 || other {
        return None;
    }
    let link = link(event)?;
    let leaves = !link.target().is_empty() || link.has_attribute("download") || link.rel() == "external";
    (!leaves && link.origin() == browser::origin()).then_some(link)
}

fn read() {
    let Some(location) = window().map(|window| window.location()) else {
        return;
    };
    // Who follows the one is not told of a change of the other.
    let tell = |signal: &ArcRwSignal<String>, now: String| {
        if signal.with_untracked(|before| *before != now) {
            signal.set(now);
        }
    };
    PATH.with(|path| tell(path, location.pathname().unwrap_or_default()));
    QUERY.with(|query| tell(query, location.search().unwrap_or_default()));
}

fn write(address: &str, replace: bool, scroll: bool) {
    let Some((window, history)) = window().and_then(|window| Some((window.clone(), window.history().ok()?))) else {
        return;
    };
    let location = window.location();
    let here = [location.pathname(), location.search(), location.hash()];
    let here: String = here.into_iter().flatten().collect();
    // The browser refuses addresses of other sites, which no page here has.
    let _ = if replace {
        history.replace_state_with_url(&JsValue::UNDEFINED, "", Some(address))
    } else if here != address {
        history.push_state_with_url(&JsValue::UNDEFINED, "", Some(address))
    } else {
        Ok(())
    };
    read();
    let hash = location.hash().unwrap_or_default();
    let named = hash
        .strip_prefix('#')
        .filter(|name| !name.is_empty())
        .map(browser::decode);
    let document = browser::document();
    if let Some(element) = named.and_then(|name| document?.get_element_by_id(&name)) {
        element.scroll_into_view();
    } else if scroll {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}
