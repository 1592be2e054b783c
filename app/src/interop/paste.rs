//! What a person pastes.
use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The text of a paste event.
pub fn text(event: &web_sys::Event) -> Option<String> {
    let data = Reflect::get(event, &JsValue::from_str("clipboardData")).ok()?;
    let get: Function = Reflect::get(&data, &JsValue::from_str("getData"))
        .ok()?
        .dyn_into()
        .ok()?;
    get.call1(&data, &JsValue::from_str("text/plain")).ok()?.as_string()
}
