//! What the time line is narrowed by: text, account, action, engine, days, and what was refused.
use super::Narrowed;
use crate::lean::{Show, bound, dynamic, effect, memo};
use crate::parts::icon::Icon;
use crate::pure::activity::Filter as Of;
use leptos::prelude::*;
use std::time::Duration;

/// Actions that can be chosen, as the first words of their names.
const ACTIONS: [&str; 12] = [
    "container",
    "deploy",
    "engine",
    "operation",
    "account",
    "token",
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
    view! {
        <div class="chips filters activity-filters" role="search">
            <Text narrowed />
            <Action narrowed />
            <Field narrowed kind="text" label=t!("activity.account") get=|filter| &filter.account set=|filter, value| filter.account = value />
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

/// Text anywhere; the address follows what is typed a moment later.
#[component]
fn Text(narrowed: Narrowed) -> impl IntoView {
    let typed = RwSignal::new(narrowed.filter.with_untracked(|filter| filter.text.clone()));
    let pending = StoredValue::new(0_u32);
    effect(move || {
        let text = narrowed.filter.with(|filter| filter.text.clone());
        if pending.get_value() == 0 && typed.get_untracked() != text {
            typed.set(text);
        }
    });
    let input = move |text: String| {
        typed.set(text);
        pending.update_value(|n| *n += 1);
        let later = move || {
            let waiting = pending.try_update_value(|n| {
                *n = n.saturating_sub(1);
                *n
            });
            if waiting == Some(0) {
                narrowed.change(true, |filter| filter.text = typed.get_untracked());
            }
        };
        set_timeout(later, Duration::from_millis(250));
    };
    view! {
        <div class="field filter">
            <Icon name="search" />
            <input
                id="filter"
                type="search"
                autocomplete="off"
                spellcheck="false"
                aria-label=t!("activity.filter")
                placeholder=t!("activity.filter")
                prop:value=bound(move || typed.get())
                on:input:target=move |event| input(event.target().value())
            />
            <kbd aria-hidden="true">"/"</kbd>
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
