//! Where the page is scrolled to: told at most once a frame, and kept with the place in the browser's history.
use super::browser::{self, window};
use crate::lean::prelude::*;
use send_wrapper::SendWrapper;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::{Element, Event};

/// How a table stands in the window, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stand {
    /// Top of its first row, seen from the window's; negative when it is scrolled out.
    pub top: f64,
    /// Height of one of its rows, while it has some.
    pub row: Option<f64>,
    /// The window's height.
    pub window: f64,
}

/// Calls `act` when the page was scrolled or its window changed, at most once a frame, as long as the component lives.
pub fn follow(act: impl Fn() + 'static) {
    let act: Rc<dyn Fn()> = Rc::new(act);
    let waits = Rc::new(Cell::new(false));
    for event in ["scroll", "resize"] {
        let (act, waits) = (Rc::clone(&act), Rc::clone(&waits));
        let listener = browser::listen(event, move |_: Event| {
            if !waits.replace(true) {
                let (act, waits) = (Rc::clone(&act), Rc::clone(&waits));
                next_frame(move || {
                    waits.set(false);
                    act();
                });
            }
        });
        let listener = SendWrapper::new(listener);
        on_cleanup(move || listener.take().stop());
    }
}

/// Does something before the browser paints next.
pub fn next_frame(act: impl FnOnce() + 'static) {
    request_animation_frame(act);
}

/// How a table with rows in its `tbody.rows` stands. Its first `tbody` begins where its first row is or would be.
pub fn stand(table: &Element) -> Option<Stand> {
    let find = |what: &str| table.query_selector(what).ok().flatten();
    let top = find("tbody")?.get_bounding_client_rect().top();
    let row = find("tbody.rows").and_then(|rows| {
        let count = rows.child_element_count();
        (count > 0).then(|| rows.get_bounding_client_rect().height() / f64::from(count))
    });
    let window = window()?.inner_height().ok()?.as_f64()?;
    Some(Stand { top, row, window })
}

/// How far the page is scrolled down.
pub fn now() -> f64 {
    window().and_then(|window| window.scroll_y().ok()).unwrap_or_default()
}

/// Scrolls the page to there.
pub fn to(y: f64) {
    if let Some(window) = window() {
        window.scroll_to_with_x_and_y(0.0, y);
    }
}

/// Scrolls the page by so much.
pub fn by(y: f64) {
    if let Some(window) = window() {
        window.scroll_by_with_x_and_y(0.0, y);
    }
}

/// Keeps a text with the present place in the browser's history.
pub fn keep(text: &str) {
    if let Some(Ok(history)) = window().map(|window| window.history()) {
        let _ = history.replace_state(&JsValue::from_str(text), "");
    }
}

/// What was kept with the present place in the browser's history.
pub fn kept() -> Option<String> {
    window()?.history().ok()?.state().ok()?.as_string()
}
