//! The fields that nearly every deploy needs.
use super::Deploy;
use super::affinity::StrategyFields;
use crate::calls::images;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic};
use crate::parts::fetch::fetch;
use crate::parts::field::Field;
use std::time::Duration;

/// A text field of the form with its hint and problem.
#[component]
pub fn Text(
    /// The page's state.
    deploy: Deploy,
    /// Id of the field.
    id: &'static str,
    /// Name of the field in problems.
    name: &'static str,
    /// Label.
    label: &'static str,
    /// A few words on what to write.
    #[prop(optional)]
    hint: &'static str,
    /// An example.
    #[prop(optional)]
    example: &'static str,
    /// Id of a list of what may be meant.
    #[prop(optional)]
    list: Option<&'static str>,
    /// The text.
    value: RwSignal<String>,
) -> impl IntoView {
    let problem = deploy.problem_of(name);
    view! {
        <Field id label=label.to_owned() hint name problem>
            <input
                id=id
                type="text"
                list=list
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                placeholder=example
                aria-describedby=format!("{id}-hint")
                aria-invalid=bound(move || problem.with(Option::is_some).then_some("true"))
                prop:value=bound(move || value.get())
                on:input:target=move |event| value.set(event.target().value())
            />
        </Field>
    }
}

/// A choice of a few.
#[component]
pub fn Choice(
    /// Id of the field.
    id: &'static str,
    /// Label.
    label: &'static str,
    /// Values with their texts.
    options: Vec<(&'static str, &'static str)>,
    /// The chosen value.
    value: RwSignal<String>,
) -> impl IntoView {
    let options = options
        .into_iter()
        .map(|(word, text)| view! { <option value=word selected=bound(move || value.with(|value| value == word))>{text}</option> })
        .collect_view();
    view! {
        <Field id label=label.to_owned()>
            <select id=id on:change:target=move |event| value.set(event.target().value())>{options}</select>
        </Field>
    }
}

/// What shall run.
#[component]
pub fn MainFields(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let form = deploy.form;
    let known = fetch(|| Some(()), Duration::ZERO, |()| images());
    let options = move || {
        known.data.with(|all| {
            let all = all.iter().flatten();
            all.map(|image| view! { <option value=image.clone()></option> })
                .collect_view()
        })
    };
    view! {
        <datalist id="d-images">{dynamic(options)}</datalist>
        <div class="row">
            <Text deploy id="d-image" name="image" label=t!("deploy.image") example="nginx:1.29" list="d-images" value=form.image />
            <Text deploy id="d-name" name="name" label=t!("deploy.name") hint=t!("deploy.name-hint") value=form.name />
        </div>
        <div class="row">
            <Text
                deploy
                id="d-command"
                name="command"
                label=t!("deploy.command")
                hint=t!("deploy.command-hint")
                value=form.command
            />
            <Text deploy id="d-user" name="user" label=t!("deploy.user") hint=t!("deploy.user-hint") example="1000" value=form.user />
        </div>
        <div class="row">
            <Text deploy id="d-cpus" name="cpus" label=t!("deploy.cpus") hint=t!("deploy.reserved") example="0.5" value=form.cpus />
            <Text
                deploy
                id="d-memory"
                name="memory"
                label=t!("containers.memory")
                hint=t!("deploy.reserved")
                example="256 MiB"
                value=form.memory
            />
        </div>
        <div class="row">
            <CopiesField deploy />
            <Choice
                id="d-restart"
                label=t!("deploy.restart")
                value=form.restart
                options=vec![
                    ("unless-stopped", t!("deploy.restart.unless-stopped")),
                    ("always", t!("deploy.restart.always")),
                    ("on-failure", t!("deploy.restart.on-failure")),
                    ("no", t!("deploy.restart.no")),
                ]
            />
        </div>
    }
}

/// A number, or one on each engine.
#[component]
fn CopiesField(deploy: Deploy) -> impl IntoView {
    let form = deploy.form;
    let problem = deploy.problem_of("copies");
    view! {
        <Field id="d-copies" label=t!("deploy.copies").to_owned() name="copies" problem>
            <div class="copies">
                <input
                    id="d-copies"
                    type="number"
                    min="1"
                    max="1000"
                    aria-describedby="d-copies-hint"
                    aria-invalid=bound(move || problem.with(Option::is_some).then_some("true"))
                    disabled=bound(move || form.each.get())
                    prop:value=bound(move || form.copies.get())
                    on:input:target=move |event| form.copies.set(event.target().value())
                />
                <label class="check">
                    <input type="checkbox" prop:checked=form.each on:change:target=move |event| form.each.set(event.target().checked()) />
                    {t!("deploy.each")}
                </label>
                <Show when=move || form.each.get()>
                    <label class="check">
                        <input
                            type="checkbox"
                            prop:checked=form.daemon
                            on:change:target=move |event| form.daemon.set(event.target().checked())
                        />
                        {t!("deploy.daemon")}
                    </label>
                </Show>
            </div>
        </Field>
    }
}

/// How engines are chosen among, and what happens to the image and to failures.
#[component]
pub fn HowFields(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let form = deploy.form;
    view! {
        <StrategyFields deploy />
        <div class="row">
            <Choice
                id="d-pull"
                label=t!("deploy.pull")
                value=form.pull
                options=vec![
                    ("missing", t!("deploy.pull.missing")),
                    ("always", t!("deploy.pull.always")),
                    ("never", t!("deploy.pull.never")),
                ]
            />
            <Text
                deploy
                id="d-reschedule"
                name="reschedule"
                label=t!("deploy.reschedule")
                hint=t!("deploy.reschedule-hint")
                value=form.reschedule
            />
        </div>
        <Show when=move || form.reschedule.with(|text| !text.is_empty())>
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=form.leave_volumes
                    on:change:target=move |event| form.leave_volumes.set(event.target().checked())
                />
                {t!("deploy.leave-volumes")}
            </label>
        </Show>
        <label class="check">
            <input type="checkbox" prop:checked=form.undo on:change:target=move |event| form.undo.set(event.target().checked()) />
            {t!("deploy.undo")}
        </label>
    }
}
