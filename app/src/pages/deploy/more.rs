//! The options of the table, in their groups.
use super::Deploy;
use super::group::Group;
use super::lists::short;
use super::options::{OPTIONS, Part, Slot};
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic};

/// The texts of a group that are not empty, by their labels.
pub fn said(deploy: Deploy, part: Part) -> Vec<String> {
    let all = OPTIONS.iter().zip(deploy.form.more.get_value());
    let said = all.filter(|(option, text)| option.part == part && !text.with(|text| text.trim().is_empty()));
    said.map(|(option, _)| (option.label)().to_owned()).collect()
}

/// Names in problems of the options of a group.
pub fn names(part: Part) -> Vec<&'static str> {
    OPTIONS
        .iter()
        .filter(|option| option.part == part)
        .map(|option| option.name)
        .collect()
}

/// A group that has nothing but options of the table.
#[component]
pub fn More(
    /// The page's state.
    deploy: Deploy,
    /// Which group.
    part: Part,
    /// Its title.
    title: &'static str,
) -> impl IntoView {
    let head = Signal::derive(move || short(said(deploy, part)));
    view! {
        <Group deploy names=names(part) title short=head>
            <Rows deploy part />
        </Group>
    }
}

/// The options of a group.
#[component]
pub fn Rows(
    /// The page's state.
    deploy: Deploy,
    /// Which group.
    part: Part,
) -> impl IntoView {
    let all = OPTIONS.iter().zip(deploy.form.more.get_value()).enumerate();
    let rows = all.filter(|(_, (option, _))| option.part == part);
    rows.map(|(number, (option, text))| {
        let id = format!("d-o{number}");
        let label = (option.label)();
        if matches!(option.slot, Slot::Flag(_)) || option.name == "healthcheck" && option.example.is_empty() {
            return view! {
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=bound(move || text.with(|text| !text.is_empty()))
                        on:change:target=move |event| text.set(if event.target().checked() { "true" } else { "" }.to_owned())
                    />
                    {label}
                </label>
            }
            .into_any();
        }
        let problem = deploy.problem_of(option.name);
        let invalid = move || problem.with(Option::is_some).then_some("true");
        let hint = format!("{id}-hint");
        let input = if option.slot.is_long() {
            view! {
                <textarea
                    id=id.clone()
                    rows="2"
                    autocapitalize="none"
                    spellcheck="false"
                    placeholder=option.example
                    aria-describedby=hint.clone()
                    aria-invalid=bound(invalid)
                    prop:value=bound(move || text.get())
                    on:input=move |event| text.set(event_target_value(&event))
                ></textarea>
            }
            .into_any()
        } else {
            view! {
                <input
                    id=id.clone()
                    type="text"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    placeholder=option.example
                    aria-describedby=hint.clone()
                    aria-invalid=bound(invalid)
                    prop:value=bound(move || text.get())
                    on:input=move |event| text.set(event_target_value(&event))
                />
            }
            .into_any()
        };
        view! {
            <div class="f">
                <label for=id>{label}</label>
                {input}
                <div id=hint class="f-hint">
                    {dynamic(move || problem.get().map(|problem| view! { <span class="f-error" role="alert">{crate::text::problem(&problem)}</span> }))}
                </div>
            </div>
        }
        .into_any()
    })
    .collect_view()
}
