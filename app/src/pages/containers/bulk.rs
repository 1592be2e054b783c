//! What can be done to the selected rows.
use super::table::Table;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, memo};
use crate::parts::acts::acts;
use crate::parts::icon::Icon;
use crate::parts::verbs;
use shipyard_model::ContainerVerb;

/// The bar above the rows, while something is selected.
#[component]
pub fn Bulk(
    /// The table.
    table: Table,
) -> impl IntoView {
    let count = memo(move || table.selected.with(|all| all.len()));
    view! {
        <Show when=move || { count.get() > 0 }>
            <div class="bulk" role="toolbar" aria-label=t!("containers.bulk")>
                <b role="status">{dynamic(move || t!("containers.selected", n = count.get()))}</b>
                {verbs::allowed().map(|verb| view! { <BulkVerb table verb /> }).collect_view()}
                <span class="grow"></span>
                <button type="button" class="btn quiet small" on:click=move |_| table.selected.update(|all| all.clear())>
                    <Icon name="x" />
                    {t!("containers.deselect")}
                </button>
            </div>
        </Show>
    }
}

#[component]
fn BulkVerb(table: Table, verb: ContainerVerb) -> impl IntoView {
    let acts = acts();
    let fits = memo(move || table.targets().iter().any(|target| verb.fits(target.state)));
    view! {
        <button
            type="button"
            class="btn small"
            class:danger=verbs::is_harmful(verb)
            disabled=bound(move || !fits.get())
            on:click=move |_| acts.request(verb, untrack(move || table.targets()))
        >
            <Icon name=verbs::icon(verb) />
            {verbs::asking(verb)}
        </button>
    }
}
