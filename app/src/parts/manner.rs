//! How a change of containers is gone about: at one or at all copies, how many at once, and what happens to the others when
//! one fails.
use crate::lean::prelude::*;
use crate::lean::{Show, bound};
use crate::parts::field::Field;
use shipyard_model::Problem;
use shipyard_model::change::ChangeRequest;

/// What was chosen.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    copies: RwSignal<bool>,
    at_once: RwSignal<String>,
    roll_back: RwSignal<bool>,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            copies: RwSignal::new(false),
            at_once: RwSignal::new("1".to_owned()),
            roll_back: RwSignal::new(true),
        }
    }
}

impl Manner {
    /// Puts it into a request; `None` while the number is none.
    pub fn put(self, request: ChangeRequest) -> Option<ChangeRequest> {
        let copies = self.copies.get();
        let at_once = match copies {
            true => self.at_once.get().trim().parse().ok().filter(|n| *n > 0)?,
            false => 1,
        };
        Some(ChangeRequest {
            copies,
            at_once,
            roll_back_on_failure: copies && self.roll_back.get(),
            ..request
        })
    }
}

/// The fields, where there are copies to choose.
#[component]
pub fn MannerFields(
    /// What was chosen.
    manner: Manner,
    /// How many are of one deploy, the named one included.
    count: Memo<u16>,
    /// Problems of the change.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    let Manner {
        copies,
        at_once,
        roll_back,
    } = manner;
    view! {
        <Show when=move || { count.get() > 1 }>
            <label class="check">
                <input type="checkbox" prop:checked=copies on:change:target=move |event| copies.set(event.target().checked()) />
                {t!("change.copies", count = count.get_untracked())}
            </label>
            <Show when=move || copies.get()>
                <Field id="change-at-once" label=t!("change.at-once").to_owned() hint=t!("change.at-once-hint") name="at_once" problem>
                    <input
                        id="change-at-once"
                        type="number"
                        min="1"
                        aria-describedby="change-at-once-hint"
                        prop:value=bound(move || at_once.get())
                        on:input:target=move |event| at_once.set(event.target().value())
                    />
                </Field>
                <label class="check">
                    <input type="checkbox" prop:checked=roll_back on:change:target=move |event| roll_back.set(event.target().checked()) />
                    {t!("change.roll-back-on-failure")}
                </label>
            </Show>
        </Show>
    }
}
