//! Keys that work on every page, and the sheet that names them.
use super::dialog::Dialog;
use super::palette;
use crate::interop::address;
use crate::interop::browser;
use crate::lean::effect;
use crate::lean::prelude::*;
use std::cell::Cell;
use std::rc::Rc;

/// Whether the sheet is open.
#[derive(Clone, Copy)]
struct Sheet(RwSignal<bool>);

/// Makes the keys work. Called once, by the frame.
pub fn provide() {
    let sheet = Sheet(RwSignal::new(false));
    provide_context(sheet);
    let palette = palette::open();
    let go = address::visit;
    let up = one_up();
    // `g` is the first of two keys; any other key ends the pair.
    let after_g = Rc::new(Cell::new(false));
    browser::on_key(move |event| {
        let key = event.key();
        if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && key.eq_ignore_ascii_case("k") {
            event.prevent_default();
            return palette.set(true);
        }
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        if !plain || browser::in_field(&event) || browser::has_dialog() {
            return;
        }
        let pair = after_g.replace(key == "g");
        match (pair, key.as_str()) {
            (true, "f") => go("/"),
            (true, "c") => go("/containers"),
            (true, "e") => go("/engines"),
            (true, "o") => go("/operations"),
            (true, "a") => go("/activity"),
            (true, "d") => go("/deploy"),
            (true, "s") => go("/settings"),
            (_, "?") => sheet.0.set(true),
            (_, "/") => browser::focus("filter"),
            // What a page does with Escape comes after this, where there is no way up.
            (_, "Escape") if up() => {}
            _ => return,
        }
        event.prevent_default();
    });
}

/// Whether the sheet is open; to be set to open it.
pub fn sheet() -> RwSignal<bool> {
    use_context::<Sheet>().map_or_else(|| RwSignal::new(false), |sheet| sheet.0)
}

/// From an object's page back to where the person came from; to its list when they came from elsewhere.
fn one_up() -> impl Fn() -> bool {
    let here = address::path();
    let moves = StoredValue::new(0_u32);
    effect(move || {
        here.track();
        moves.update_value(|n| *n = n.saturating_add(1));
    });
    move || {
        let path = here.get_untracked();
        let Some((list, _)) = path.get(1..).and_then(|rest| rest.split_once('/')) else {
            return false;
        };
        if moves.get_value() > 1 {
            browser::back();
        } else {
            address::visit(&format!("/{list}"));
        }
        true
    }
}

/// The sheet of keys, opened by `?`.
#[component]
pub fn ShortcutSheet() -> impl IntoView {
    let open = sheet();
    view! {
        <Dialog open title=t!("keys.title")>
            <Keys />
            <div class="buttons">
                <button class="btn" on:click=move |_| open.set(false)>{t!("action.close")}</button>
            </div>
        </Dialog>
    }
}

/// The keys and what they do.
#[component]
pub fn Keys() -> impl IntoView {
    let keys: [(&[&str], &str); 15] = [
        (&["Ctrl", "K"], t!("keys.palette")),
        (&["/"], t!("keys.filter")),
        (&["g", "f"], t!("keys.fleet")),
        (&["g", "c"], t!("keys.containers")),
        (&["g", "e"], t!("keys.engines")),
        (&["g", "o"], t!("keys.operations")),
        (&["g", "a"], t!("keys.activity")),
        (&["g", "d"], t!("keys.deploy")),
        (&["g", "s"], t!("keys.settings")),
        (&["j", "k"], t!("keys.rows")),
        (&["PgDn", "PgUp"], t!("keys.pages")),
        (&["Home", "End"], t!("keys.ends")),
        (&["x"], t!("keys.select")),
        (&["Esc"], t!("keys.back")),
        (&["?"], t!("keys.sheet")),
    ];
    let row = |(keys, text): (&'static [&'static str], &'static str)| {
        let keys = keys.iter().map(|key| view! { <kbd>{*key}</kbd>" " }).collect_view();
        view! { <dt>{keys}</dt><dd>{text}</dd> }
    };
    view! { <dl class="keys">{keys.into_iter().map(row).collect_view()}</dl> }
}
