//! The table's keys: j and k move, Enter opens, x selects, Escape lets go.
use super::rows::key;
use super::table::Table;
use crate::format;
use crate::interop::browser;
use wasm_bindgen::JsCast;

/// Listens as long as the page lives.
pub fn listen(table: Table) {
    browser::on_key(move |event| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if modified || browser::in_field(&event) || browser::has_dialog() {
            return;
        }
        let used = match event.key().as_str() {
            "j" => step(table, 1),
            "k" => step(table, -1),
            "x" => pick(table),
            "Enter" if !on_control(&event) => open(table),
            "Escape" => let_go(table),
            _ => false,
        };
        if used {
            event.prevent_default();
        }
    });
}

/// Whether the key is for a focused link or button.
fn on_control(event: &web_sys::KeyboardEvent) -> bool {
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| matches!(element.tag_name().as_str(), "A" | "BUTTON" | "SUMMARY" | "INPUT"))
}

fn step(table: Table, by: i32) -> bool {
    let next = table.rows.entries.with_untracked(|entries| {
        let at = table
            .cursor
            .with_untracked(|at| entries.iter().position(|entry| Some(&entry.at) == at.as_ref()));
        let last = entries.len().checked_sub(1)?;
        let to = match (at, by > 0) {
            (None, true) => 0,
            (None, false) => last,
            (Some(at), true) => (at + 1).min(last),
            (Some(at), false) => at.saturating_sub(1),
        };
        entries.get(to).map(|entry| entry.at.clone())
    });
    if let Some(at) = &next {
        browser::reveal(&format!("row-{}", key(at)));
    }
    table.cursor.set(next);
    true
}

fn pick(table: Table) -> bool {
    let Some(at) = table.cursor.get_untracked() else {
        return false;
    };
    let on = table.selected.with_untracked(|all| !all.contains(&at));
    table.select(&at, on, false);
    true
}

fn open(table: Table) -> bool {
    let Some(at) = table.cursor.get_untracked() else {
        return false;
    };
    let path = table.rows.entries.with_untracked(|entries| {
        let entry = entries.iter().find(|entry| entry.at == at)?;
        Some(entry.row.with_untracked(format::container_path))
    });
    path.into_iter().for_each(|path| table.open(path));
    true
}

fn let_go(table: Table) -> bool {
    let something = table.selected.with_untracked(|all| !all.is_empty()) || table.cursor.get_untracked().is_some();
    table.selected.update(|all| all.clear());
    table.cursor.set(None);
    something
}
