//! Where copies go besides the engines' labels: how evenly, how many on one engine, beside which other containers.
use super::Deploy;
use super::form::{AffinityLine, push};
use super::group::{AddLine, Cell, Group, RemoveLine};
use super::main_fields::{Choice, Text};
use crate::lean::prelude::*;
use crate::lean::{For, Show, bound};
use shipyard_model::deploy::{Selector, SkipReason};

/// How engines with room are chosen among.
#[component]
pub fn StrategyFields(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let form = deploy.form;
    view! {
        <div class="row">
            <Choice
                id="d-strategy"
                label=t!("deploy.strategy")
                value=form.strategy
                options=vec![
                    ("spread", t!("deploy.strategy.spread")),
                    ("over", t!("deploy.strategy.over")),
                    ("fill", t!("deploy.strategy.fill")),
                ]
            />
            <Show when=move || form.strategy.with(|word| word == "over")>
                <Text
                    deploy
                    id="d-over"
                    name="strategy"
                    label=t!("deploy.over")
                    hint=t!("deploy.over-hint")
                    example="zone"
                    value=form.over
                />
            </Show>
            <Text
                deploy
                id="d-most"
                name="most_per_engine"
                label=t!("deploy.most")
                hint=t!("deploy.most-hint")
                value=form.most
            />
        </div>
    }
}

/// Lines that each say which containers the copies go with or keep away from.
#[component]
pub fn Affinity(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let lines = deploy.form.affinity;
    let head = Signal::derive(move || {
        let count = lines.with(|lines| {
            lines
                .iter()
                .filter(|(_, line)| line.text.with(|text| !text.trim().is_empty()))
                .count()
        });
        if count == 0 {
            t!("deploy.none").to_owned()
        } else {
            count.to_string()
        }
    });
    let remove =
        move |number: u32| Callback::new(move |()| lines.update(|lines| lines.retain(|(one, _)| *one != number)));
    let choice = |label: &'static str, value: RwSignal<String>, options: Vec<(&'static str, &'static str)>| {
        let option = move |(word, text): (&'static str, &'static str)| {
            view! { <option value=word selected=bound(move || value.with(|it| it == word))>{text}</option> }
        };
        view! {
            <select aria-label=label on:change:target=move |event| value.set(event.target().value())>
                {options.into_iter().map(option).collect_view()}
            </select>
        }
    };
    view! {
        <Group deploy names=vec!["affinity"] title=t!("deploy.affinity") short=head>
            <For each=move || lines.get() key=|(number, _)| *number let((number, line))>
                <div class="line affinity-line">
                    {choice(
                        t!("deploy.affinity"),
                        line.with,
                        vec![("without", t!("deploy.affinity.without")), ("with", t!("deploy.affinity.with"))],
                    )}
                    {choice(
                        t!("deploy.affinity-kind"),
                        line.kind,
                        vec![
                            ("name", t!("deploy.affinity.name")),
                            ("image", t!("deploy.affinity.image")),
                            ("label", t!("deploy.affinity.label")),
                        ],
                    )}
                    <Cell label=t!("deploy.affinity-which") value=line.text />
                    <RemoveLine act=remove(number) />
                </div>
            </For>
            <div class="buttons">
                <AddLine text=t!("deploy.add-affinity") act=Callback::new(move |()| push(lines, AffinityLine::new())) />
                <span class="faint">{t!("deploy.affinity-hint")}</span>
            </div>
        </Group>
    }
}

/// That none of these containers is on an engine.
pub fn not_with(containers: &Selector) -> String {
    match containers {
        Selector::Name(name) => t!("deploy.skip.not-with", name = name),
        Selector::Image(image) => t!("deploy.skip.not-with-image", image = image),
        Selector::Label { key, value } => {
            let label = match value {
                Some(value) => format!("{key}={value}"),
                None => key.clone(),
            };
            t!("deploy.skip.not-with-label", label = label)
        }
    }
}

/// What labels an engine has, and which are asked for.
pub fn label(why: &SkipReason) -> String {
    let SkipReason::Label { key, has, wanted } = why else {
        return String::new();
    };
    let wanted = wanted.join(", ");
    match has {
        Some(value) if !value.is_empty() => t!("deploy.skip.label-value", key = key, value = value, wanted = wanted),
        Some(_) => t!("deploy.skip.label-alone", key = key, wanted = wanted),
        None => t!("deploy.skip.label", key = key, wanted = wanted),
    }
}
