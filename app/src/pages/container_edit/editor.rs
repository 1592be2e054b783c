//! The form of a container that exists.
use super::apply::Aside;
use super::fill;
use crate::calls::change_plan;
use crate::lean::memo;
use crate::lean::prelude::*;
use crate::pages::deploy::form::Form;
use crate::pages::deploy::lists::Lists;
use crate::pages::deploy::main_fields::{Choice, Text};
use crate::pages::deploy::texts::{Tabs, Text as SpecText, Texts, Told};
use crate::pages::deploy::{Deploy, fill as filled, request};
use crate::parts::fetch::{Fetched, fetch};
use crate::parts::icon::Icon;
use crate::parts::manner::Manner;
use shipyard_model::change::{ChangePlan, ChangeRequest, ChangeTo, Editable};
use shipyard_model::deploy::DeployRequest;
use shipyard_model::{ContainerRef, Problem};
use std::time::Duration;

/// What the parts of the page share.
#[derive(Clone)]
pub struct Editing {
    /// The container.
    pub at: ContainerRef,
    /// How many are of one deploy with it.
    pub copies: u16,
    /// How it is gone about.
    pub manner: Manner,
    /// What is asked for; `None` while something cannot be read.
    pub request: Memo<Option<ChangeRequest>>,
    /// The plan, with the request that it is of.
    pub plan: Fetched<(ChangeRequest, ChangePlan)>,
    /// Everything that keeps it from happening.
    pub problems: Memo<Vec<Problem>>,
}

/// The form, with its plan beside it.
#[component]
pub fn Editor(
    /// The container as a specification.
    made: Editable,
) -> impl IntoView {
    let Editable {
        at,
        spec: base,
        hidden,
        copies,
    } = made;
    let form = Form::empty();
    let whole = DeployRequest {
        spec: base.clone(),
        ..DeployRequest::default()
    };
    untrack(|| filled::fill(form, &whole));
    let written = memo(move || request::of(form));
    let before = written.with_untracked(|(request, _)| request.spec.clone());
    let manner = Manner::default();
    let wanted = memo(move || {
        written.with(|(now, bad)| {
            let spec = fill::changed(&base, &before, now.spec.clone());
            manner
                .put(ChangeRequest {
                    to: ChangeTo::Spec(Box::new(spec)),
                    pull: now.pull,
                    ..ChangeRequest::default()
                })
                .filter(|_| bad.is_empty())
        })
    });
    let for_plan = at.clone();
    let plan = fetch(
        move || wanted.get().map(|request| (for_plan.clone(), request)),
        Duration::from_millis(250),
        |(at, request)| async move { change_plan(at, request.clone()).await.map(|plan| (request, plan)) },
    );
    let problems = memo(move || {
        let own = written.with(|(_, bad)| bad.clone());
        let others = plan
            .data
            .with(|plan| plan.as_ref().map(|(_, plan)| plan.problems.clone()));
        let others = others.into_iter().flatten().filter(|_| own.is_empty());
        own.iter()
            .cloned()
            .chain(others)
            .chain(plan.problem.get())
            .collect::<Vec<_>>()
    });
    let deploy = Deploy {
        form,
        request: written,
        // Where it is, it stays: no other engine is asked.
        plan: Fetched {
            data: RwSignal::new(None),
            problem: RwSignal::new(None),
            busy: RwSignal::new(false),
        },
        problems,
        engines: memo(|| None),
        texts: Texts::new(form, written),
    };
    let editing = Editing {
        at,
        copies,
        manner,
        request: wanted,
        plan,
        problems,
    };
    view! {
        <form class="cols deploy" on:submit=move |event| event.prevent_default() on:paste=move |event| deploy.texts.pasted(&event)>
            <div class="stacked">
                {hidden.then(|| view! { <p class="note"><Icon name="eye-off" /><span class="grow">{t!("edit.hidden")}</span></p> })}
                <section class="card">
                    <header><h2>{t!("edit.spec")}</h2><span class="grow"></span><Tabs deploy /></header>
                    <Told deploy />
                    <SpecText deploy />
                </section>
                <section class="card" class:hidden=move || deploy.texts.form.get().is_some()>
                    <div class="in form"><Fields deploy /></div>
                    <Lists deploy />
                </section>
            </div>
            <div class="stacked aside">
                <Aside editing />
            </div>
        </form>
    }
}

#[component]
fn Fields(deploy: Deploy) -> impl IntoView {
    let form = deploy.form;
    view! {
        <div class="row">
            <Text deploy id="d-image" name="image" label=t!("deploy.image") value=form.image />
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
        </div>
        <div class="row">
            <Text deploy id="d-command" name="command" label=t!("deploy.command") hint=t!("deploy.command-hint") value=form.command />
            <Text deploy id="d-user" name="user" label=t!("deploy.user") hint=t!("deploy.user-hint") value=form.user />
        </div>
        <div class="row">
            <Text deploy id="d-cpus" name="cpus" label=t!("deploy.cpus") hint=t!("deploy.reserved") example="0.5" value=form.cpus />
            <Text deploy id="d-memory" name="memory" label=t!("containers.memory") hint=t!("deploy.reserved") example="256 MiB" value=form.memory />
        </div>
        <div class="row">
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
