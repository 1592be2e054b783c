//! Many links as one stop of the Tab key: the arrow keys move among them.
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

fn links(list: &HtmlElement) -> Vec<HtmlElement> {
    let children = list.children();
    (0..children.length())
        .filter_map(|i| children.item(i)?.dyn_into().ok())
        .collect()
}

/// Makes sure that exactly one link of the list is reached by Tab: the one that was, else the first.
pub fn settle(list: &HtmlElement) {
    if list.query_selector("[tabindex=\"0\"]").ok().flatten().is_none()
        && let Some(first) = list.first_element_child()
    {
        let _ = first.set_attribute("tabindex", "0");
    }
}

/// Moves the focus from the focused link by an arrow key, Home or End. Tells whether the key was one of these.
pub fn step(list: &HtmlElement, focused: &HtmlElement, key: &str) -> bool {
    let all = links(list);
    let Some(at) = all.iter().position(|link| link.is_same_node(Some(focused))) else {
        return false;
    };
    let cell = focused.offset_width().max(1);
    let row = usize::try_from(list.client_width() / cell).unwrap_or(1).max(1);
    let last = all.len().saturating_sub(1);
    let next = match key {
        "ArrowRight" => at.saturating_add(1).min(last),
        "ArrowLeft" => at.saturating_sub(1),
        "ArrowDown" => at.saturating_add(row).min(last),
        "ArrowUp" => at.saturating_sub(row),
        "Home" => 0,
        "End" => last,
        _ => return false,
    };
    if let Some(link) = all.get(next) {
        let _ = focused.set_attribute("tabindex", "-1");
        let _ = link.set_attribute("tabindex", "0");
        let _ = link.focus();
    }
    true
}
