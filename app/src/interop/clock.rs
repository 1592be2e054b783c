//! Time: the server's clock as seen from this page, timers, and dates in the person's language.
use crate::lean::prelude::*;
use shipyard_model::Millis;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use wasm_bindgen::JsValue;

thread_local! {
    static AHEAD: Cell<i64> = const { Cell::new(0) };
    // By their styles; a page's language stays.
    static WRITERS: RefCell<Vec<(Style, js_sys::Function)>> = const { RefCell::new(Vec::new()) };
}

/// Remembers how far the server's clock is ahead of this machine's, so that ages are right on a machine whose clock is not.
pub fn set_server_time(server: Millis) {
    AHEAD.set(server.0 - js_sys::Date::now() as i64);
}

/// The present by the server's clock.
pub fn now() -> Millis {
    Millis(js_sys::Date::now() as i64 + AHEAD.get())
}

/// The present as a signal that ticks once a second, for ages; one for the whole page.
#[derive(Clone, Copy)]
pub struct Tick(pub RwSignal<Millis>);

/// Starts the page's tick. Called once, by the root component.
pub fn provide_tick() {
    let time = RwSignal::new(now());
    let _ = set_interval_with_handle(
        move || {
            if !super::browser::hidden() {
                time.set(now());
            }
        },
        Duration::from_secs(1),
    );
    provide_context(Tick(time));
}

/// The ticking present.
pub fn tick() -> Signal<Millis> {
    use_context::<Tick>().map_or_else(|| Signal::stored(now()), |tick| tick.0.into())
}

/// Date and time in the page's language, such as `23 Nov 2026, 14:05`.
pub fn date_time(at: Millis) -> String {
    format(at, &[("dateStyle", "medium"), ("timeStyle", "short")])
}

/// Date and time of a moment in RFC 3339; `None` for what is none.
pub fn read(text: &str) -> Option<String> {
    let ms = js_sys::Date::new(&JsValue::from_str(text)).get_time();
    ms.is_finite().then(|| date_time(Millis(ms as i64)))
}

/// Date alone.
pub fn date(at: Millis) -> String {
    format(at, &[("dateStyle", "medium")])
}

/// Time of day alone, to the second.
pub fn time(at: Millis) -> String {
    format(at, &[("timeStyle", "medium")])
}

/// Time of day to the minute for what was today, else the day.
pub fn short(at: Millis) -> String {
    if date(at) == date(now()) {
        format(at, &[("timeStyle", "short")])
    } else {
        format(at, &[("day", "numeric"), ("month", "short")])
    }
}

/// Date and time for machines: `2026-11-23T14:05:09.123Z`.
pub fn iso(at: Millis) -> String {
    js_sys::Date::new(&JsValue::from_f64(at.0 as f64))
        .to_iso_string()
        .into()
}

/// The beginning of a day of the reader's calendar, written `2026-11-23`, or of the one so many days after it; `None` for
/// what is no day.
pub fn day(text: &str, after: u32) -> Option<Millis> {
    if text.len() != 10 {
        return None;
    }
    let date = js_sys::Date::new(&JsValue::from_str(&format!("{text}T00:00:00")));
    date.set_date(date.get_date() + after);
    let ms = date.get_time();
    ms.is_finite().then_some(Millis(ms as i64))
}

/// What a date shall look like: options of the browser's `Intl.DateTimeFormat`.
type Style = &'static [(&'static str, &'static str)];

fn format(at: Millis, style: Style) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    let text = writer(style).call1(&JsValue::UNDEFINED, &date);
    text.ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// What writes dates in a style. It is kept: to make one takes a hundred times as long as to use it.
fn writer(style: Style) -> js_sys::Function {
    WRITERS.with_borrow_mut(|all| {
        if let Some((_, writer)) = all.iter().find(|(known, _)| *known == style) {
            return writer.clone();
        }
        let options = js_sys::Object::new();
        for (key, value) in style {
            let _ = js_sys::Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value));
        }
        let language = crate::boot::get().map_or("en", |boot| boot.language.as_str());
        let languages = js_sys::Array::of1(&language.into());
        let writer = js_sys::Intl::DateTimeFormat::new(&languages, &options).format();
        all.push((style, writer.clone()));
        writer
    })
}
