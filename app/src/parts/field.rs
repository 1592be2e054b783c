//! A labelled field of a form with its hint and its error beside it.
use leptos::prelude::*;
use shipyard_model::Problem;

/// Wraps one control. The control must have `id` as its id, and `aria-describedby` is for the caller to set to
/// `"{id}-hint"`.
#[component]
pub fn Field(
    /// Id of the control.
    id: &'static str,
    /// Its label.
    label: String,
    /// A few words on what to write.
    #[prop(optional, into)]
    hint: String,
    /// Name of the field in problems: the one that names it is shown here.
    #[prop(optional)]
    name: &'static str,
    /// The form's problem.
    #[prop(optional, into)]
    problem: Signal<Option<Problem>>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let error = move || {
        problem
            .get()
            .filter(|p| !name.is_empty() && p.field.as_deref() == Some(name))
    };
    view! {
        <div class="f">
            <label for=id>{label}</label>
            {children()}
            <div id=format!("{id}-hint") class="f-hint">
                {move || match error() {
                    Some(problem) => view! { <span class="f-error" role="alert">{crate::text::problem(&problem)}</span> }.into_any(),
                    None => view! { <span class="faint">{hint.clone()}</span> }.into_any(),
                }}
            </div>
        </div>
    }
}
