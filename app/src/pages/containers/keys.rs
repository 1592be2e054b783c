//! The table's keys: j and k and the arrows move, also to rows that are far out of sight; Enter opens, x selects, Escape lets go.
use super::rows::Entry;
use super::table::Table;
use crate::format;
use crate::interop::browser;
use crate::lean::effect;
use crate::pure::choice::Choice;
use shipyard_model::ContainerRef;
use wasm_bindgen::JsCast;

/// Where the keyboard's cursor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// On which container; `None` until the row at the place has arrived.
    pub at: Option<ContainerRef>,
    /// Its place among the rows.
    place: u32,
}

impl Cursor {
    /// Keeps the cursor on its container while rows come and go; it goes with it.
    pub fn keep_true(table: Table) {
        effect(move || {
            table.rows.held.with(|held| {
                let Some(cursor) = table.cursor.get_untracked() else {
                    return;
                };
                let entry = match &cursor.at {
                    Some(at) => held.find(at),
                    None => held.at(cursor.place),
                };
                match entry {
                    Some(entry) => table.cursor.set(Some(Self::on(entry))),
                    None if cursor.at.is_some() && held.span().has(cursor.place) => table.cursor.set(None),
                    None => {}
                }
            });
        });
    }

    fn on(entry: &Entry) -> Self {
        Self {
            at: Some(entry.at.clone()),
            place: entry.place.get_untracked(),
        }
    }
}

/// Listens as long as the page lives.
pub fn listen(table: Table) {
    browser::on_key(move |event| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if modified || browser::in_field(&event) || browser::has_dialog() {
            return;
        }
        let page = i64::from(table.scroll.sight().1);
        let used = match event.key().as_str() {
            "j" | "ArrowDown" => step(table, 1),
            "k" | "ArrowUp" => step(table, -1),
            "PageDown" => step(table, page),
            "PageUp" => step(table, -page),
            "Home" => go(table, 0),
            "End" => go(table, i64::MAX),
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

/// Moves the cursor by so many rows; the first time it comes to the first row in sight.
fn step(table: Table, by: i64) -> bool {
    let sight = i64::from(table.scroll.sight().0);
    let now = table
        .cursor
        .with_untracked(|cursor| cursor.as_ref().map(|cursor| cursor.place));
    go(table, now.map_or(sight, |now| i64::from(now) + by))
}

/// Moves the cursor to a place.
fn go(table: Table, place: i64) -> bool {
    let Some(last) = table.total.get_untracked().checked_sub(1) else {
        return false;
    };
    let place = u32::try_from(place.max(0)).unwrap_or(u32::MAX).min(last);
    let cursor = table.rows.held.with_untracked(|held| match held.at(place) {
        Some(entry) => Cursor::on(entry),
        None => Cursor { at: None, place },
    });
    table.cursor.set(Some(cursor));
    table.scroll.reveal(place);
    true
}

fn pick(table: Table) -> bool {
    let Some(Cursor { at: Some(at), place }) = table.cursor.get_untracked() else {
        return false;
    };
    let on = table.chosen.with_untracked(|all| !all.has(&at));
    table.choose(&at, place, on, false);
    true
}

fn open(table: Table) -> bool {
    let Some(Cursor { at: Some(at), .. }) = table.cursor.get_untracked() else {
        return false;
    };
    let path = table.rows.held.with_untracked(|held| {
        let entry = held.find(&at)?;
        Some(entry.row.with_untracked(format::container_path))
    });
    path.into_iter().for_each(|path| table.open(path));
    true
}

fn let_go(table: Table) -> bool {
    let something = table.chosen.with_untracked(|all| !all.is_empty()) || table.cursor.get_untracked().is_some();
    table.chosen.set(Choice::default());
    table.cursor.set(None);
    something
}
