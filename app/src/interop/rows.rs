//! The order of a table's rows.
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Takes a row off the page, with what was open in it closed: that shows as closed too then, when the row comes again.
pub fn take_off(row: &Element) {
    if let Ok(Some(open)) = row.query_selector(":popover-open") {
        let _ = open.unchecked_ref::<HtmlElement>().hide_popover();
    }
    row.remove();
}

/// Leaves these rows in a table's body, in this order, and moves as few as it can: a row that is moved loses the focus.
pub fn arrange(body: &Element, rows: &[Element]) {
    let mut at = body.first_element_child();
    for row in rows {
        let is_here = |at: &Option<Element>| at.as_ref().is_some_and(|at| at.is_same_node(Some(row)));
        if !is_here(&at) {
            // What stands in its place is not wanted here if the row follows it.
            let next = at.as_ref().and_then(Element::next_element_sibling);
            if !is_here(&next) {
                let _ = body.insert_before(row, at.as_deref());
                continue;
            }
            at.into_iter().for_each(|other| other.remove());
        }
        at = row.next_element_sibling();
    }
    while let Some(rest) = at {
        at = rest.next_element_sibling();
        take_off(&rest);
    }
}
