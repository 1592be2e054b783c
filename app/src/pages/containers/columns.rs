//! Which columns are shown: kept in this browser.
use super::table::Table;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::parts::icon::Icon;
use crate::parts::popover::Popover;

/// The button that chooses columns.
#[component]
pub fn Columns(
    /// The table.
    table: Table,
) -> impl IntoView {
    let trigger = view! { <Icon name="columns-3" />{t!("containers.columns")} }.into_any();
    let choices = move || {
        [
            ("engine", t!("containers.engine")),
            ("stack", t!("containers.stack")),
            ("state", t!("containers.state")),
            ("cpu", "CPU"),
            ("memory", t!("containers.memory")),
            ("ports", t!("containers.ports")),
            ("age", t!("containers.age")),
        ]
    };
    view! {
        <Popover label=Signal::stored(t!("containers.columns").to_owned()) class="btn columns-button" trigger end=true>
            <div class="choices" role="group" aria-label=t!("containers.columns")>
                {choices().map(|(name, text)| view! { <Column table name text /> }).collect_view()}
            </div>
        </Popover>
    }
}

#[component]
fn Column(table: Table, name: &'static str, text: &'static str) -> impl IntoView {
    let shown = move || table.hidden.with(|hidden| !hidden.split(' ').any(|one| one == name));
    let toggle = move |_| {
        let was_shown = untrack(shown);
        table.hidden.update(|hidden| {
            let mut words: Vec<&str> = hidden
                .split(' ')
                .filter(|one| !one.is_empty() && *one != name)
                .collect();
            words.extend(was_shown.then_some(name));
            *hidden = words.join(" ");
        });
        table
            .hidden
            .with_untracked(|hidden| browser::remember("shipyard.containers.hidden", hidden));
    };
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=shown on:change=toggle />
            <span>{text}</span>
        </label>
    }
}

/// Classes that hide columns.
pub fn classes(table: Table) -> String {
    table.hidden.with(|hidden| {
        let names = hidden.split(' ').filter(|one| !one.is_empty());
        names.fold(String::from("cards"), |out, one| out + " hide-" + one)
    })
}
