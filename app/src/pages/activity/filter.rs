//! What the time line is narrowed by: text, account, action, engine, days, and what was refused.
use super::Narrowed;
use crate::boot;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, memo};
use crate::parts::filter_box::FilterBox;
use crate::parts::icon::Icon;
use crate::pure::activity::Filter as Of;
use shipyard_model::Permission;
use std::time::Duration;

/// Actions that can be chosen, as the first words of their names.
const ACTIONS: [&str; 18] = [
    "container",
    "deploy",
    "roll",
    "scale",
    "change",
    "roll-back",
    "engine",
    "node",
    "operation",
    "account",
    "token",
    "webhook-key",
    "role",
    "pool",
    "sign-in",
    "sign-out",
    "permission",
    "server",
];

/// The filters of the time line.
#[component]
pub fn Filter(
    /// What they change.
    narrowed: Narrowed,
) -> impl IntoView {
    let refused = memo(move || narrowed.filter.with(|filter| filter.refused));
    let filtered = memo(move || narrowed.filter.with(|filter| *filter != Of::default()));
    // Of one account alone there is no other to choose.
    let all = boot::may(Permission::ActivityRead);
    let text = Signal::derive(move || narrowed.filter.with(|filter| filter.text.clone()));
    let change = Callback::new(move |text| narrowed.change(true, |filter| filter.text = text));
    view! {
        <div class="chips filters activity-filters" role="search">
            <FilterBox label=t!("activity.filter") text change after=Duration::from_millis(250) />
            <Action narrowed />
            {all.then(|| view! { <Field narrowed kind="text" label=t!("activity.account") get=|filter| &filter.account set=|filter, value| filter.account = value /> })}
            <Field narrowed kind="text" label=t!("activity.engine") get=|filter| &filter.engine set=|filter, value| filter.engine = value />
            <Field narrowed kind="date" label=t!("activity.from") get=|filter| &filter.from set=|filter, value| filter.from = value />
            <Field narrowed kind="date" label=t!("activity.to") get=|filter| &filter.to set=|filter, value| filter.to = value />
            <button
                type="button"
                class="chip"
                aria-pressed=bound(move || refused.get().to_string())
                on:click=move |_| narrowed.change(false, |filter| filter.refused = !filter.refused)
            >
                {t!("activity.only-refused")}
            </button>
            <Show when=move || filtered.get()>
                <button type="button" class="btn quiet small" on:click=move |_| narrowed.change(false, |filter| *filter = Of::default())>
                    <Icon name="x" />
                    {t!("containers.clear")}
                </button>
            </Show>
        </div>
    }
}

#[component]
fn Action(narrowed: Narrowed) -> impl IntoView {
    let chosen = memo(move || narrowed.filter.with(|filter| filter.action.clone()));
    let label = |action: &str| crate::text::find(&format!("activity.action.{action}")).unwrap_or_default();
    view! {
        <select
            aria-label=t!("activity.action")
            prop:value=bound(move || chosen.get())
            on:change:target=move |event| narrowed.change(false, |filter| filter.action = event.target().value())
        >
            <option value="">{t!("activity.action.all")}</option>
            {ACTIONS.map(|action| view! { <option value=action>{label(action)}</option> }).collect_view()}
            // An address may name one action alone.
            {dynamic(move || {
                let action = chosen.get();
                let other = !action.is_empty() && !ACTIONS.contains(&action.as_str());
                other.then(|| view! { <option value=action.clone() selected>{action.clone()}</option> })
            })}
        </select>
    }
}

/// A value that holds once it is whole.
#[component]
fn Field(
    narrowed: Narrowed,
    kind: &'static str,
    label: &'static str,
    get: fn(&Of) -> &String,
    set: fn(&mut Of, String),
) -> impl IntoView {
    let value = memo(move || narrowed.filter.with(|filter| get(filter).clone()));
    view! {
        <label class="labelled">
            <span>{label}</span>
            <input
                type=kind
                autocomplete="off"
                spellcheck="false"
                prop:value=bound(move || value.get())
                on:change:target=move |event| narrowed.change(false, |filter| set(filter, event.target().value().trim().to_owned()))
            />
        </label>
    }
}
