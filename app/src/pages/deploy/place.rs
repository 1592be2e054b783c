//! Which engines come into question: all, those with labels, or chosen ones.
use super::Deploy;
use super::form::Place as Kind;
use crate::lean::prelude::*;
use crate::lean::{For, bound, dynamic, memo};
use crate::parts::icon::Icon;
use crate::pure::set::Set;
use shipyard_model::Constraint;

/// The choice of engines.
#[component]
pub fn Place(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let place = deploy.form.place;
    let problem = deploy.problem_of("target");
    let radio = move |kind: Kind, text: &'static str| {
        view! {
            <label>
                <input type="radio" name="place" prop:checked=bound(move || place.get() == kind) on:change=move |_| place.set(kind) />
                {text}
            </label>
        }
    };
    view! {
        <fieldset class="f place">
            <legend class="label">{t!("deploy.place")}</legend>
            <div class="choice">
                {radio(Kind::All, t!("deploy.place.all"))} {radio(Kind::Labels, t!("deploy.place.labels"))}
                {radio(Kind::Named, t!("deploy.place.named"))}
            </div>
            {dynamic(move || match place.get() {
                Kind::All => ().into_any(),
                Kind::Labels => view! { <Labels deploy /> }.into_any(),
                Kind::Named => view! { <Engines deploy /> }.into_any(),
            })}
            <div class="f-hint">
                {dynamic(move || problem.get().map(|problem| view! { <span class="f-error" role="alert">{crate::text::problem(&problem)}</span> }))}
            </div>
        </fieldset>
    }
}

/// Chips of the labels that engines have, and of constraints that were written.
#[component]
fn Labels(deploy: Deploy) -> impl IntoView {
    let constraints = deploy.form.constraints;
    let all = memo(move || {
        let mut all = Set::default();
        deploy.engines.with(|engines| {
            let engines = engines.iter().flatten();
            all.extend(engines.flat_map(|engine| engine.labels.iter().cloned()));
        });
        all.extend(constraints.get());
        all
    });
    view! {
        <div class="chips">
            <For each=move || all.get() key=String::clone let:text>
                <Label constraints text />
            </For>
            <Add constraints />
        </div>
        <p class="faint">{t!("deploy.place.labels-hint")}</p>
    }
}

#[component]
fn Label(constraints: RwSignal<Vec<String>>, text: String) -> impl IntoView {
    let shown = text.clone();
    let text = StoredValue::new(text);
    let on = memo(move || text.with_value(|text| constraints.with(|all| all.contains(text))));
    let toggle = move |_| {
        constraints.update(|all| {
            let text = text.get_value();
            match all.iter().position(|one| *one == text) {
                Some(at) => drop(all.remove(at)),
                None => all.push(text),
            }
        });
    };
    view! { <button type="button" class="chip" aria-pressed=bound(move || on.get().to_string()) on:click=toggle>{shown}</button> }
}

/// A constraint that no engine's label is, such as a key alone.
#[component]
fn Add(constraints: RwSignal<Vec<String>>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let wrong = RwSignal::new(false);
    let add = move || {
        if typed.with_untracked(|text| text.trim().is_empty()) {
            return;
        }
        match typed.with_untracked(|text| Constraint::parse(text)) {
            Ok(constraint) => {
                constraints.update(|all| {
                    let text = constraint.to_string();
                    if !all.contains(&text) {
                        all.push(text);
                    }
                });
                typed.set(String::new());
                wrong.set(false);
            }
            Err(_) => wrong.set(true),
        }
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            add();
        }
    };
    view! {
        <span class="add">
            <input
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-label=t!("deploy.constraint")
                placeholder=t!("deploy.constraint")
                aria-invalid=bound(move || wrong.get().then_some("true"))
                prop:value=bound(move || typed.get())
                on:input:target=move |event| typed.set(event.target().value())
                on:keydown=key
                on:blur=move |_| add()
            />
            <button type="button" class="btn small square" aria-label=t!("deploy.constraint-add") on:click=move |_| add()>
                <Icon name="plus" />
            </button>
        </span>
        {dynamic(move || wrong.get().then(|| view! { <span class="f-error" role="alert">{t!("deploy.bad-constraint")}</span> }))}
    }
}

#[component]
fn Engines(deploy: Deploy) -> impl IntoView {
    let names = memo(move || {
        deploy.engines.with(|engines| {
            let engines = engines.iter().flatten();
            engines.map(|engine| engine.name.clone()).collect::<Vec<_>>()
        })
    });
    let chosen = deploy.form.engines;
    view! {
        <div class="chips engines">
            <For each=move || names.get() key=String::clone let:name>
                {
                    let text = name.clone();
                    let name = StoredValue::new(name);
                    let on = move || name.with_value(|name| chosen.with(|all| all.contains(name)));
                    let toggle = move |_| {
                        chosen.update(|all| {
                            let name = name.get_value();
                            if !all.remove(&name) {
                                all.insert(name);
                            }
                        });
                    };
                    view! {
                        <label class="check">
                            <input type="checkbox" prop:checked=on on:change=toggle />
                            {text}
                        </label>
                    }
                }
            </For>
        </div>
    }
}
