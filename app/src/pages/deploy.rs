//! Deploying containers: a form, and beside it where each copy will go and why, before anything happens.
pub mod affinity;
pub mod fill;
pub mod form;
pub mod group;
pub mod lists;
pub mod main_fields;
pub mod more;
pub mod options;
pub mod place;
pub mod plan;
pub mod request;
pub mod same_as;
pub mod saved;
pub mod submit;
pub mod texts;

use crate::boot;
use crate::calls::deploy_plan;
use crate::interop::address;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{Show, memo};
use crate::live::{self, Showing};
use crate::parts::empty::Empty;
use crate::parts::fetch::{Fetched, fetch};
use form::Form;
use shipyard_model::deploy::{DeployRequest, Plan};
use shipyard_model::live::{View, ViewData};
use shipyard_model::{Permission, Problem};
use std::time::Duration;
use texts::Texts;

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Deploy {
    /// What is typed.
    pub form: Form,
    /// What it asks for, with what cannot be read.
    pub request: Memo<(DeployRequest, Vec<Problem>)>,
    /// What would happen.
    pub plan: Fetched<Plan>,
    /// Everything that keeps it from happening.
    pub problems: Memo<Vec<Problem>>,
    /// The fleet's engines; `None` until known.
    pub engines: Memo<Option<Vec<Known>>>,
    /// The same as text.
    pub texts: Texts,
}

/// An engine that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Its labels, as written.
    pub labels: Vec<String>,
}

impl Deploy {
    fn new() -> Self {
        let form = untrack(|| Form::from_address(address::query()));
        let request = memo(move || request::of(form));
        let plan = fetch(
            move || request.with(|(request, bad)| bad.is_empty().then(|| request.clone())),
            Duration::from_millis(200),
            deploy_plan,
        );
        let problems = memo(move || {
            let own = request.with(|(_, bad)| bad.clone());
            let others = plan.data.with(|plan| plan.as_ref().map(|plan| plan.problems.clone()));
            let failed = plan.problem.get();
            let planned = others
                .into_iter()
                .flatten()
                .filter(|_| own.is_empty() && failed.is_none());
            own.iter().cloned().chain(planned).chain(failed.clone()).collect()
        });
        let showing = live::follow(|| View::Engines);
        let engines = memo(move || {
            showing.with(|showing| match showing {
                Showing::Data(ViewData::Engines(rows)) => {
                    let engine = |row: &shipyard_model::EngineRow| Known {
                        name: row.engine.name.to_string(),
                        labels: row.engine.labels.written().collect(),
                    };
                    Some(rows.iter().map(engine).collect())
                }
                _ => None,
            })
        });
        Self {
            form,
            request,
            plan,
            problems,
            engines,
            texts: Texts::new(form, request),
        }
    }

    /// The problem of a field. Nothing is red before something was typed.
    pub fn problem_of(self, field: &'static str) -> Signal<Option<Problem>> {
        Signal::derive(move || {
            let untouched = field == "image" && self.form.image.with(String::is_empty);
            self.problems.with(|problems| {
                let mut of_field = problems
                    .iter()
                    .filter(|problem| problem.field.as_deref() == Some(field));
                of_field.next().filter(|_| !untouched).cloned()
            })
        })
    }
}

/// Deploying containers.
#[component]
pub fn DeployPage() -> impl IntoView {
    browser::set_title(t!("deploy.tab"));
    if !boot::may(Permission::Deploy) {
        return view! {
            <Empty icon="lock" title=t!("deploy.not-allowed").to_owned() text=t!("deploy.not-allowed-text").to_owned()>
                <a class="btn" href="/containers">{t!("container.all")}</a>
            </Empty>
        }
        .into_any();
    }
    let deploy = Deploy::new();
    let none = memo(move || {
        deploy
            .engines
            .with(|engines| engines.as_ref().is_some_and(Vec::is_empty))
    });
    let as_text = memo(move || deploy.texts.form.get().is_some());
    view! {
        <div class="page-head">
            <h1>{t!("deploy.title")}</h1>
            <span class="grow"></span>
            <texts::Tabs deploy />
        </div>
        <Show when=move || none.get()>
            <Empty icon="server" title=t!("containers.no-engines").to_owned() text=t!("deploy.no-engines-text").to_owned()>
                <Show when=|| boot::may(Permission::EngineManage)>
                    <a class="btn primary" href="/engines/add">{t!("action.add-engine")}</a>
                </Show>
            </Empty>
        </Show>
        <form class="cols deploy" class:hidden=none on:submit=move |event| event.prevent_default() on:paste=move |event| deploy.texts.pasted(&event)>
            <div class="stacked">
            <section class="card">
                <saved::Saved deploy />
                <texts::Told deploy />
                <texts::Text deploy />
            </section>
            <section class="card" class:hidden=as_text>
                <div class="in form">
                    <main_fields::MainFields deploy />
                    <place::Place deploy />
                    <main_fields::HowFields deploy />
                </div>
                <affinity::Affinity deploy />
                <lists::Lists deploy />
            </section>
            </div>
            <div class="stacked aside">
                <plan::Where deploy />
                <same_as::SameAs deploy />
                <submit::Submit deploy />
            </div>
        </form>
    }
    .into_any()
}
