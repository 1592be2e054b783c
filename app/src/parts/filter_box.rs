//! The field that narrows a list by text. What is typed shows at once; the address, which says what is shown, follows a
//! moment after the last letter.
use super::icon::Icon;
use crate::lean::prelude::*;
use crate::lean::{bound, effect};
use std::time::Duration;

/// The field; `/` on the keyboard leads to it.
#[component]
pub fn FilterBox(
    /// What it is for, also shown while it is empty.
    label: &'static str,
    /// The text that the address says.
    text: Signal<String>,
    /// Changes the address.
    change: Callback<String>,
    /// How long after the last letter.
    after: Duration,
) -> impl IntoView {
    let typed = RwSignal::new(text.get_untracked());
    let pending = StoredValue::new(0_u32);
    effect(move || {
        let text = text.get();
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
                change.try_run(typed.get_untracked());
            }
        };
        set_timeout(later, after);
    };
    view! {
        <div class="field filter">
            <Icon name="search" />
            <input
                id="filter"
                type="search"
                autocomplete="off"
                spellcheck="false"
                aria-label=label
                placeholder=label
                prop:value=bound(move || typed.get())
                on:input:target=move |event| input(event.target().value())
            />
            <kbd aria-hidden="true">"/"</kbd>
        </div>
    }
}
