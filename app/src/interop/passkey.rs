//! Passkeys: the browser asks a device, by a module that is loaded when somebody wants one.
use super::browser;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Has a device make a passkey for these options; its answer.
///
/// # Errors
/// The browser's own: the person turned it down, the device has one already, or the browser knows no passkeys.
pub async fn create(options: &str) -> Result<String, JsValue> {
    let address = crate::boot::get().map_or("", |boot| boot.assets.passkey.as_str());
    let module = browser::import(address).await?;
    let make: Function = Reflect::get(&module, &JsValue::from_str("create"))?.dyn_into()?;
    let made: Promise = make.call1(&JsValue::NULL, &JsValue::from_str(options))?.dyn_into()?;
    Ok(JsFuture::from(made).await?.as_string().unwrap_or_default())
}
