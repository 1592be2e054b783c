//! What can be done to the selected rows.
use super::table::Table;
use crate::format;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, memo};
use crate::parts::acts::acts;
use crate::parts::icon::Icon;
use crate::parts::verbs;
use crate::pure::choice::Choice;
use shipyard_model::page::Picked;
use shipyard_model::{ContainerState, ContainerVerb};

/// The bar under the rows, while something is chosen.
#[component]
pub fn Bulk(
    /// The table.
    table: Table,
) -> impl IntoView {
    let count = memo(move || table.chosen.with(Choice::len));
    let matching = table.rows.matching;
    let most = Picked::MOST;
    let rest = memo(move || count.get() < matching.get().min(most) as usize);
    // What is chosen may be far out of sight, so the states are gathered once for all verbs.
    let states = memo(move || table.states());
    let every = move || match matching.get() {
        all if all > most => t!(
            "containers.choose-first",
            most = format::count(most.into()),
            all = format::count(all.into())
        ),
        all => t!("containers.choose-every", all = format::count(all.into())),
    };
    view! {
        <Show when=move || { count.get() > 0 }>
            <div class="bulk" role="toolbar" aria-label=t!("containers.bulk")>
                <b role="status">{dynamic(move || selected(count.get()))}</b>
                <div class="verbs">
                    {verbs::allowed().map(|verb| view! { <BulkVerb table verb states /> }).collect_view()}
                </div>
                <span class="grow"></span>
                <Show when=move || rest.get()>
                    <button type="button" class="btn quiet small" on:click=move |_| table.choose_all()>{dynamic(every)}</button>
                </Show>
                <button type="button" class="btn quiet small" on:click=move |_| table.chosen.set(Choice::default())>
                    <Icon name="x" />
                    {t!("containers.deselect")}
                </button>
            </div>
        </Show>
    }
}

#[component]
fn BulkVerb(table: Table, verb: ContainerVerb, states: Memo<Vec<ContainerState>>) -> impl IntoView {
    let acts = acts();
    let fits = memo(move || states.with(|states| states.iter().any(|state| verb.fits(*state))));
    view! {
        <button
            type="button"
            class="btn small"
            class:danger=verbs::is_harmful(verb)
            disabled=bound(move || !fits.get())
            on:click=move |_| acts.request(verb, table.targets())
        >
            <Icon name=verbs::icon(verb) />
            {verbs::asking(verb)}
        </button>
    }
}

/// `1,000 selected`.
fn selected(count: usize) -> String {
    if count >= Picked::MOST as usize {
        t!("containers.selected-most", n = count)
    } else {
        t!("containers.selected", n = count)
    }
}
