//! Popovers: where they open, and moving the focus through them.
use super::browser;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

/// Puts a panel under its button, or above it in the lower part of the window. `end` aligns the right edges.
pub fn place(button: &HtmlElement, panel: &HtmlElement, end: bool) {
    let (Some(width), Some(height)) = (size("innerWidth"), size("innerHeight")) else {
        return;
    };
    let at = button.get_bounding_client_rect();
    let auto = || "auto".to_owned();
    let px = |value: f64| format!("{}px", value.max(8.0).round() as i32);
    let (top, bottom) = if at.bottom() < height * 0.6 {
        (px(at.bottom() + 4.0), auto())
    } else {
        (auto(), px(height - at.top() + 4.0))
    };
    // A panel that starts in the right half would run out of the window.
    let (left, right) = if end || at.left() > width * 0.6 {
        (auto(), px(width - at.right()))
    } else {
        (px(at.left()), auto())
    };
    let style = panel.style();
    for (name, value) in [("top", top), ("bottom", bottom), ("left", left), ("right", right)] {
        let _ = style.set_property(name, &value);
    }
}

fn size(name: &str) -> Option<f64> {
    let window = browser::window()?;
    js_sys::Reflect::get(&window, &JsValue::from_str(name)).ok()?.as_f64()
}

/// Whether the panel is open.
pub fn is_open(panel: &HtmlElement) -> bool {
    panel.matches(":popover-open").unwrap_or(false)
}

/// Moves the focus among the panel's links, buttons and fields: by so many from the focused one, or to the first.
pub fn move_focus(panel: &HtmlElement, by: i32) {
    let Ok(all) = panel.query_selector_all("a[href], button:not(:disabled), input") else {
        return;
    };
    let all: Vec<HtmlElement> = (0..all.length()).filter_map(|i| all.get(i)?.dyn_into().ok()).collect();
    let focused = browser::document().and_then(|d| d.active_element());
    let at = all
        .iter()
        .position(|e| focused.as_ref().is_some_and(|f| f.is_same_node(Some(e))));
    let count = i32::try_from(all.len()).unwrap_or(0);
    let next = match at.and_then(|at| i32::try_from(at).ok()) {
        Some(at) => (at + by).rem_euclid(count.max(1)),
        None => 0,
    };
    if let Some(element) = usize::try_from(next).ok().and_then(|n| all.get(n)) {
        let _ = element.focus();
    }
}
