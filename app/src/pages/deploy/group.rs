//! A folded group of the form that says in short what it holds.
use super::Deploy;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, effect, memo};
use crate::parts::icon::Icon;

/// A group. It opens by itself when something in it is wrong.
#[component]
pub fn Group(
    /// The page's state.
    deploy: Deploy,
    /// Names of its fields in problems; the problem of the first is shown below them all.
    names: Vec<&'static str>,
    /// Title.
    title: &'static str,
    /// What it holds, in a few words.
    #[prop(into)]
    short: Signal<String>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let problem = deploy.problem_of(names.first().copied().unwrap_or_default());
    // The table's rows show their problems themselves.
    let in_row = super::options::OPTIONS
        .iter()
        .any(|option| names.first() == Some(&option.name));
    let wrong = memo(move || {
        let is_here =
            |problem: &shipyard_model::Problem| problem.field.as_deref().is_some_and(|field| names.contains(&field));
        deploy.problems.with(|problems| problems.iter().any(is_here))
    });
    // Opened once, it stays so: it must not fold up under the hands of whoever mends what was wrong. Something that is there
    // from the start, from the address, is seen too.
    let open = RwSignal::new(false);
    effect(move || {
        if wrong.get() {
            open.set(true);
        }
    });
    view! {
        <details class="details" prop:open=bound(move || open.get())>
            <summary>
                <Icon name="chevron-right" />
                {title}
                <span class="faint">{dynamic(move || short.get())}</span>
            </summary>
            <div class="in form">
                {children.view()}
                {dynamic(move || problem.get().filter(|_| !in_row).map(|problem| view! { <p class="f-error" role="alert">{crate::text::problem(&problem)}</p> }))}
            </div>
        </details>
    }
}

/// The button that removes a line.
#[component]
pub fn RemoveLine(
    /// What it does.
    act: Callback<()>,
) -> impl IntoView {
    view! {
        <button type="button" class="btn quiet small square" aria-label=t!("deploy.remove-line") on:click=move |_| act.run(())>
            <Icon name="x" />
        </button>
    }
}

/// The button that adds a line.
#[component]
pub fn AddLine(
    /// Its text.
    text: &'static str,
    /// What it does.
    act: Callback<()>,
) -> impl IntoView {
    view! {
        <button type="button" class="btn small" on:click=move |_| act.run(())>
            <Icon name="plus" />
            {text}
        </button>
    }
}

/// A bare text field in a line, named for screen readers.
#[component]
pub fn Cell(
    /// Its name.
    label: &'static str,
    /// An example.
    #[prop(optional)]
    example: &'static str,
    /// The text.
    value: RwSignal<String>,
) -> impl IntoView {
    view! {
        <input
            type="text"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            aria-label=label
            title=label
            placeholder=if example.is_empty() { label } else { example }
            prop:value=bound(move || value.get())
            on:input:target=move |event| value.set(event.target().value())
        />
    }
}
