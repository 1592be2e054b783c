//! How much of the list is shown, and how to see more of it.
use super::table::Table;
use crate::lean::prelude::*;
use crate::lean::{Show, dynamic, memo};
use crate::pure::query::WINDOW;
use shipyard_model::page::ContainerQuery;

/// The foot of the table, while it does not show all rows.
#[component]
pub fn Window(
    /// The table.
    table: Table,
) -> impl IntoView {
    let offset = memo(move || table.query.with(|query| query.offset));
    let rows = memo(move || u32::try_from(table.rows.entries.with(Vec::len)).unwrap_or(u32::MAX));
    let end = move || offset.get() + rows.get();
    let more = memo(move || end() < table.rows.matching.get());
    let full = move || table.limit.get() >= ContainerQuery::MOST;
    let turn = move |to: u32| table.change(move |query| query.offset = to);
    view! {
        <Show when=move || { more.get() || offset.get() > 0 }>
            <footer>
                <span class="faint">
                    {dynamic(move || t!("containers.window", from = offset.get() + 1, to = end(), of = table.rows.matching.get()))}
                </span>
                <span class="grow"></span>
                <Show when=move || { offset.get() > 0 }>
                    <button type="button" class="btn small" on:click=move |_| turn(offset.get_untracked().saturating_sub(ContainerQuery::MOST))>
                        {t!("containers.previous")}
                    </button>
                </Show>
                <Show when=move || { more.get() && !full() }>
                    <button type="button" class="btn small" on:click=move |_| table.limit.update(|limit| *limit += WINDOW)>
                        {t!("containers.more")}
                    </button>
                </Show>
                <Show when=move || { more.get() && full() }>
                    <button type="button" class="btn small" on:click=move |_| turn(untrack(end))>{t!("containers.next")}</button>
                </Show>
            </footer>
        </Show>
    }
}
