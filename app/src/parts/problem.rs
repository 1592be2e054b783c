//! A failure as a person reads it.
use super::icon::Icon;
use crate::lean::dynamic;
use crate::lean::prelude::*;
use shipyard_model::Problem;

/// A box that says what failed, why and what to do; read out at once by screen readers.
#[component]
pub fn ProblemBox(
    /// The failure; nothing is shown without one.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    view! {
        <div role="alert">
            {dynamic(move || {
                problem
                    .get()
                    .map(|problem| {
                        view! {
                            <p class="problem">
                                <Icon name="triangle-alert" />
                                <span>{crate::text::problem(&problem)}</span>
                            </p>
                        }
                    })
            })}
        </div>
    }
}
