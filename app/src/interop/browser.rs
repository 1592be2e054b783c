//! Window, document, cookies, storage, clipboard, files and modules.
use crate::lean::boxed::Take;
use crate::lean::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, HtmlDialogElement, Window};

/// The window.
pub fn window() -> Option<Window> {
    web_sys::window()
}

/// The document.
pub fn document() -> Option<Document> {
    window()?.document()
}

/// Whether the page is in a background tab.
pub fn hidden() -> bool {
    document().is_some_and(|document| document.hidden())
}

/// Keeps a preference in a cookie that the server's shell reads, so that the next page is right from its first paint.
pub fn set_preference(name: &str, value: &str) {
    if let Some(document) = document().and_then(|d| d.dyn_into::<web_sys::HtmlDocument>().ok()) {
        let _ = document.set_cookie(&format!(
            "shipyard_{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax"
        ));
    }
}

/// Sets an attribute of the page's root element.
pub fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = document().and_then(|d| d.document_element()) {
        let _ = root.set_attribute(name, value);
    }
}

/// An attribute of the page's root element.
pub fn root_attribute(name: &str) -> Option<String> {
    document()?.document_element()?.get_attribute(name)
}

/// What this browser remembered under a key.
pub fn recall(key: &str) -> Option<String> {
    window()?.local_storage().ok()??.get_item(key).ok()?
}

/// Remembers a text in this browser.
pub fn remember(key: &str, value: &str) {
    if let Some(Ok(Some(storage))) = window().map(|w| w.local_storage()) {
        let _ = storage.set_item(key, value);
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

/// Leaves for another address of this server.
pub fn go(path: &str) {
    if let Some(window) = window() {
        let _ = window.location().set_href(path);
    }
}

/// Whether the server says that nobody is signed in here any more. A server that does not answer says nothing.
pub async fn signed_out() -> bool {
    let Some(window) = window() else { return false };
    let answer = JsFuture::from(window.fetch_with_str("/api/session")).await;
    answer
        .ok()
        .and_then(|answer| answer.dyn_into::<web_sys::Response>().ok())
        .is_some_and(|answer| answer.status() == 401)
}

/// Sends JSON to this server. Whether it did as it was asked, and what it says.
///
/// # Errors
/// The browser's own error when the server does not answer.
pub async fn post(path: &str, body: &str) -> Result<(bool, String), JsValue> {
    let headers = web_sys::Headers::new()?;
    headers.set("Content-Type", "application/json")?;
    headers.set("Accept", "application/json")?;
    let options = web_sys::RequestInit::new();
    options.set_method("POST");
    options.set_headers(&headers);
    options.set_body(&JsValue::from_str(body));
    let window = window().ok_or(JsValue::NULL)?;
    let answer = JsFuture::from(window.fetch_with_str_and_init(path, &options)).await?;
    let answer: web_sys::Response = answer.dyn_into()?;
    let text = JsFuture::from(answer.text()?).await?;
    Ok((answer.ok(), text.as_string().unwrap_or_default()))
}

/// A part of an address as the text that it stands for; itself where it stands for none.
pub fn decode(text: &str) -> String {
    js_sys::decode_uri_component(text).map_or_else(|_| text.to_owned(), String::from)
}

/// A text in lower case. The browser has the tables for all the world's letters.
pub fn lower(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// A text in upper case.
pub fn upper(text: &str) -> String {
    js_sys::JsString::from(text).to_upper_case().into()
}

/// The host name of this page's address.
pub fn host_name() -> String {
    window().and_then(|w| w.location().hostname().ok()).unwrap_or_default()
}

/// Scheme, host and port of this page's address, for links that are sent to others.
pub fn origin() -> String {
    window().and_then(|w| w.location().origin().ok()).unwrap_or_default()
}

/// The page's title in the browser's tab.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Copies a text. Works on plain HTTP too, where browsers offer no clipboard: there through a hidden text area.
pub async fn copy(text: String) -> bool {
    let Some(window) = window() else { return false };
    if window.is_secure_context() {
        return JsFuture::from(window.navigator().clipboard().write_text(&text))
            .await
            .is_ok();
    }
    let Some(document) = document() else { return false };
    let Some(area) = document
        .create_element("textarea")
        .ok()
        .and_then(|e| e.dyn_into::<web_sys::HtmlTextAreaElement>().ok())
    else {
        return false;
    };
    area.set_value(&text);
    let Some(body) = document.body() else { return false };
    let _ = body.append_child(&area);
    area.select();
    let copied = document
        .dyn_ref::<web_sys::HtmlDocument>()
        .is_some_and(|d| d.exec_command("copy").unwrap_or(false));
    area.remove();
    copied
}

/// Reads a file that a person chose as text.
///
/// # Errors
/// The browser's own error when it cannot be read.
pub async fn read_file(file: &web_sys::File) -> Result<String, JsValue> {
    JsFuture::from(file.text())
        .await
        .map(|text| text.as_string().unwrap_or_default())
}

/// Loads a JavaScript module of this site.
///
/// # Errors
/// The browser's own error when it cannot be loaded.
pub async fn import(address: &str) -> Result<JsValue, JsValue> {
    // `import()` is syntax, so it is reached through a function made by the boot script, which the strict
    // content security policy allows where `Function("…")` is forbidden.
    let import = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("shipyardImport"))?;
    let promise = import
        .dyn_into::<js_sys::Function>()?
        .call1(&JsValue::NULL, &JsValue::from_str(address))?;
    JsFuture::from(promise.dyn_into::<js_sys::Promise>()?).await
}

/// Opens a dialog above the page, with the focus kept inside.
pub fn show_modal(dialog: &HtmlDialogElement) {
    if !dialog.open() {
        let _ = dialog.show_modal();
    }
}

/// Scrolls the element with this id into sight, if there is one.
pub fn reveal(id: &str) {
    if let Some(element) = document().and_then(|d| d.get_element_by_id(id)) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Goes one page back.
pub fn back() {
    if let Some(Ok(history)) = window().map(|w| w.history()) {
        let _ = history.back();
    }
}

/// Whether a modal dialog or popover is open, whose keys are its own.
pub fn has_dialog() -> bool {
    document().is_some_and(|d| {
        d.query_selector("dialog[open], [popover]:popover-open")
            .ok()
            .flatten()
            .is_some()
    })
}

/// Moves the focus to the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = document()
        .and_then(|d| d.get_element_by_id(id))
        .and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = element.focus();
    }
}

/// Calls `act` with each key press that is not meant for a field, dialog or shortcut of the browser.
/// The handler lives as long as the component that asked.
pub fn on_key(act: impl Fn(web_sys::KeyboardEvent) + 'static) {
    let listener = SendWrapper::new(listen("keydown", move |event: web_sys::KeyboardEvent| {
        if !event.default_prevented() {
            act(event);
        }
    }));
    on_cleanup(move || listener.take().stop());
}

/// What listens to the window until it is stopped.
pub struct Listener(&'static str, js_sys::Function);

/// Listens to an event of the window.
pub fn listen<E: JsCast>(event: &'static str, mut act: impl FnMut(E) + 'static) -> Listener {
    fn boxed(event: &'static str, mut act: Box<dyn Take<web_sys::Event>>) -> Listener {
        let closure = Closure::<dyn FnMut(web_sys::Event)>::new(move |event| act.take(event));
        let function: js_sys::Function = closure.into_js_value().unchecked_into();
        if let Some(window) = window() {
            let _ = window.add_event_listener_with_callback(event, &function);
        }
        Listener(event, function)
    }
    boxed(
        event,
        Box::new(move |event: web_sys::Event| act(event.unchecked_into())),
    )
}

impl Listener {
    /// Listens no more.
    pub fn stop(self) {
        if let Some(window) = window() {
            let _ = window.remove_event_listener_with_callback(self.0, &self.1);
        }
    }
}

/// Whether a key press goes into a field where letters are text.
pub fn in_field(event: &web_sys::KeyboardEvent) -> bool {
    let Some(element) = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return false;
    };
    let typing = !matches!(
        element.get_attribute("type").as_deref(),
        Some("checkbox" | "radio" | "button")
    );
    element.is_content_editable() || (matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") && typing)
}

/// Removes the frame that the server painted, in whose place the app comes.
pub fn clear_shell() {
    if let Some(shell) = document().and_then(|d| d.get_element_by_id("shell")) {
        shell.remove();
    }
}
