//! Templates: taking one with values in its places, and saving what the form shows as one.
use super::Deploy;
use super::fill::fill;
use crate::calls::{CallError, template_fill, template_put, templates};
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, memo};
use crate::parts::fetch::fetch;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::toast::toasts;
use leptos::task::spawn_local;
use shipyard_model::Problem;
use shipyard_model::template::{Parameter, Template, TemplateRow};
use std::time::Duration;

/// The folded part of the page.
#[component]
pub fn Saved(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let (open, again) = (RwSignal::new(false), RwSignal::new(0_u32));
    let all = fetch(move || open.get().then(|| again.get()), Duration::ZERO, |_| templates());
    let chosen = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<Problem>);
    let row = memo(move || {
        all.data.with(|all| {
            let mut rows = all.iter().flatten();
            chosen.with(|name| rows.find(|row: &&TemplateRow| row.template.name == *name).cloned())
        })
    });
    let options = move || {
        all.data.with(|all| {
            let rows = all.iter().flatten();
            rows.map(|row| {
                let name = row.template.name.clone();
                view! { <option value=name.clone()>{name}</option> }
            })
            .collect_view()
        })
    };
    let either = Signal::derive(move || problem.get().or_else(|| all.problem.get()));
    view! {
        <details class="details" on:toggle=move |_| open.set(true)>
            <summary><Icon name="chevron-right" />{t!("deploy.templates")}</summary>
            <div class="in form">
                <ProblemBox problem=either />
                <div class="f">
                    <label for="d-template">{t!("deploy.template")}</label>
                    <select id="d-template" prop:value=bound(move || chosen.get()) on:change:target=move |event| chosen.set(event.target().value())>
                        <option value="">{t!("deploy.none")}</option>
                        {dynamic(options)}
                    </select>
                </div>
                {dynamic(move || row.get().map(|row| view! { <Use deploy row problem /> }))}
                <Save deploy problem again />
            </div>
        </details>
    }
}

/// A template's places, and the button that fills the form.
#[component]
fn Use(deploy: Deploy, row: TemplateRow, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let Template {
        name,
        description,
        parameters,
        ..
    } = row.template;
    let values: Vec<(String, RwSignal<String>)> = parameters
        .iter()
        .map(|it| (it.name.clone(), RwSignal::new(it.default.clone().unwrap_or_default())))
        .collect();
    let fields = parameters.into_iter().zip(values.clone()).enumerate().map(|(number, (parameter, (_, value)))| {
        let id = format!("d-place-{number}");
        view! {
            <div class="f">
                <label for=id.clone()>{parameter.name}</label>
                <input id=id type="text" autocomplete="off" prop:value=bound(move || value.get()) on:input=move |event| value.set(event_target_value(&event)) />
                <div class="f-hint"><span class="faint">{parameter.description}</span></div>
            </div>
        }
    });
    let fields = fields.collect_view();
    let press = move |_| {
        let (name, values) = (name.clone(), values.clone());
        let given = values.into_iter().map(|(name, value)| (name, value.get_untracked()));
        let given = given.filter(|(_, value)| !value.is_empty()).collect();
        spawn_local(async move {
            match template_fill(name, given).await {
                Ok(request) => {
                    problem.set(None);
                    fill(deploy.form, &request);
                }
                Err(CallError(why)) => problem.set(Some(why)),
            }
        });
    };
    view! {
        <p class="faint">{description}</p>
        {fields}
        <div class="buttons"><button type="button" class="btn" on:click=press>{t!("deploy.template-use")}</button></div>
    }
}

/// The name under which what the form shows is saved; places in it are found by themselves.
#[component]
fn Save(deploy: Deploy, problem: RwSignal<Option<Problem>>, again: RwSignal<u32>) -> impl IntoView {
    let (name, shared) = (RwSignal::new(String::new()), RwSignal::new(false));
    let toasts = toasts();
    let press = move |_| {
        let request = deploy.request.with_untracked(|(request, _)| request.clone());
        let template = Template {
            name: name.with_untracked(|name| name.trim().to_owned()),
            description: String::new(),
            shared: shared.get_untracked(),
            parameters: places(&crate::pure::json::write(&request).unwrap_or_default()),
            request,
        };
        spawn_local(async move {
            match template_put(template).await {
                Ok(row) => {
                    problem.set(None);
                    again.update(|n| *n += 1);
                    toasts.good(t!("deploy.template-saved", name = row.template.name));
                }
                Err(CallError(why)) => problem.set(Some(why)),
            }
        });
    };
    view! {
        <div class="f">
            <label for="d-save">{t!("deploy.template-name")}</label>
            <input id="d-save" type="text" autocomplete="off" prop:value=bound(move || name.get()) on:input=move |event| name.set(event_target_value(&event)) />
            <div class="f-hint"><span class="faint">{t!("deploy.template-hint")}</span></div>
        </div>
        <div class="f">
            <label class="check">
                <input type="checkbox" prop:checked=bound(move || shared.get()) on:change:target=move |event| shared.set(event.target().checked()) />
                <span>{t!("deploy.template-share")}</span>
            </label>
            <div class="f-hint"><span class="faint">{t!("deploy.template-shared")}</span></div>
        </div>
        <div class="buttons"><button type="button" class="btn" on:click=press>{t!("deploy.template-save")}</button></div>
    }
}

/// Names that stand in a text as `{{name}}`, each once.
fn places(text: &str) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = Vec::new();
    for after in text.split("{{").skip(1) {
        let Some((name, _)) = after.split_once("}}") else {
            continue;
        };
        let name = name.trim();
        let good = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
        if good && !all.iter().any(|one| one.name == name) {
            all.push(Parameter {
                name: name.to_owned(),
                ..Parameter::default()
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_once() {
        let names: Vec<_> = places("a:{{version}} {{ zone }} {{version}} {{a b}} {{")
            .into_iter()
            .map(|it| it.name)
            .collect();
        assert_eq!(names, ["version", "zone"]);
    }
}
