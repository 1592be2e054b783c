//! A labelled field of a form with its hint and its error beside it.
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, memo};
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
            {children.view()}
            <div id=format!("{id}-hint") class="f-hint">
                {dynamic(move || match error() {
                    Some(problem) => view! { <span class="f-error" role="alert">{crate::text::problem(&problem)}</span> }.into_any(),
                    None => view! { <span class="faint">{hint.clone()}</span> }.into_any(),
                })}
            </div>
        </div>
    }
}

/// A line of text in a form. What is typed goes to `value`; a problem with it goes away with the first key.
#[component]
pub fn TextField(
    /// Id of the control.
    id: &'static str,
    /// Its name in problems.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// A few words on what to write.
    #[prop(optional)]
    hint: &'static str,
    /// Its text.
    value: RwSignal<String>,
    /// The form's problem.
    problem: RwSignal<Option<Problem>>,
) -> impl IntoView {
    let invalid = is_at_fault(name, problem);
    view! {
        <Field id label=label.to_owned() hint name problem>
            <input
                id=id
                name=name
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-describedby=format!("{id}-hint")
                aria-invalid=bound(move || invalid.get().then_some("true"))
                prop:value=bound(move || value.get())
                on:input=move |event| {
                    value.set(event_target_value(&event));
                    forgive(name, problem);
                }
            />
        </Field>
    }
}

/// A password or code in a form, shown as dots.
#[component]
pub fn SecretField(
    /// Id of the control.
    id: &'static str,
    /// Its name in problems.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// Its text.
    value: RwSignal<String>,
    /// The form's problem.
    problem: RwSignal<Option<Problem>>,
) -> impl IntoView {
    let invalid = is_at_fault(name, problem);
    view! {
        <Field id label=label.to_owned() name problem>
            <input
                id=id
                type="password"
                autocomplete="current-password"
                autofocus
                aria-describedby=format!("{id}-hint")
                aria-invalid=bound(move || invalid.get().then_some("true"))
                prop:value=bound(move || value.get())
                on:input=move |event| {
                    value.set(event_target_value(&event));
                    forgive(name, problem);
                }
            />
        </Field>
    }
}

/// Whether the form's problem is with this field.
pub fn is_at_fault(name: &'static str, problem: RwSignal<Option<Problem>>) -> Memo<bool> {
    memo(move || problem.with(|problem| problem.as_ref().is_some_and(|p| p.field.as_deref() == Some(name))))
}

/// Takes the form's problem away when it is with this field, which is being written anew.
pub fn forgive(name: &'static str, problem: RwSignal<Option<Problem>>) {
    if problem.with_untracked(|problem| problem.as_ref().is_some_and(|p| p.field.as_deref() == Some(name))) {
        problem.set(None);
    }
}
