//! One operation: what became of each target, while it happens and afterwards.
pub mod engine;
pub mod layers;
pub mod roll_back;
pub mod summary;
pub mod target;

use crate::boot;
use crate::calls::{CallError, operation_cancel};
use crate::format;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, effect, memo};
use crate::live::{self, Showing};
use crate::pages::operations::Progress;
use crate::parts::age::Age;
use crate::parts::empty::Empty;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::state::StatePill;
use crate::parts::toast::toasts;
use crate::pure::query::encode;
use crate::routes::named;
use leptos::task::spawn_local;
use shipyard_model::live::{View, ViewData};
use shipyard_model::operation::{Operation, What};
use shipyard_model::{OperationId, Permission};

/// One operation.
#[component]
pub fn OperationPage() -> impl IntoView {
    let id = named("id");
    let id = memo(move || OperationId::new(id.get()));
    let showing = live::follow(move || View::Operation { id: id.get() });
    let answer = memo(move || match showing.get() {
        Showing::Data(ViewData::Operation(operation)) => Ok(operation),
        Showing::Failed(problem) => Err(Some(problem)),
        _ => Err(None),
    });
    let operation = memo(move || answer.with(|it| it.as_ref().ok().cloned().flatten()));
    let problem = Signal::derive(move || answer.with(|it| it.as_ref().err().cloned().flatten()));
    let known = memo(move || answer.with(|it| it.as_ref().ok().map(Option::is_some)));
    effect(move || {
        let title = operation.with(|it| it.as_ref().map(summary::title));
        browser::set_title(&format!("{} · Shipyard", title.unwrap_or_default()));
    });
    view! {
        <ProblemBox problem />
        {dynamic(move || match known.get() {
            None => view! { <div class="skeleton title"></div><div class="skeleton tall"></div> }.into_any(),
            Some(false) => view! {
                <Empty icon="activity" title=t!("operation.missing").to_owned() text=t!("operation.missing-text").to_owned()>
                    <a class="btn" href="/operations">{t!("operation.all")}</a>
                </Empty>
            }
            .into_any(),
            Some(true) => view! { <Head operation /><engine::Engines operation /> }.into_any(),
        })}
    }
}

#[component]
fn Head(operation: Memo<Option<Operation>>) -> impl IntoView {
    let title = memo(move || operation.with(|it| it.as_ref().map(summary::title)));
    let state = memo(move || operation.with(|it| it.as_ref().map(summary::state)));
    let about = memo(move || operation.with(|it| it.as_ref().map(|it| (it.actor.clone(), it.started, it.finished))));
    view! {
        <div class="container-head">
            <nav class="crumbs" aria-label=t!("container.crumbs")>
                <a href="/operations">{t!("nav.operations")}</a>
            </nav>
            <div class="page-head">
                <h1>{dynamic(move || title.get())}</h1>
                <span role="status">{dynamic(move || state.get().map(|(look, word)| view! { <StatePill look word=word.to_owned() /> }))}</span>
                <span class="grow"></span>
                <Cancel operation />
                <roll_back::RollBack operation />
                <Again operation />
            </div>
            <p class="muted">
                {dynamic(move || {
                    about.get().map(|(actor, since, finished)| {
                        let took = finished.map(|end| t!("operation.took", time = format::age(since, end)));
                        view! { {t!("operation.by", actor = actor)} " · " <Age since /> {took.map(|took| format!(" · {took}"))} }
                    })
                })}
            </p>
            <Progress operation />
        </div>
    }
}

/// Stops what has not begun.
#[component]
fn Cancel(operation: Memo<Option<Operation>>) -> impl IntoView {
    let toasts = toasts();
    let going = memo(move || operation.with(|it| it.as_ref().is_some_and(|it| it.finished.is_none())));
    let asked = memo(move || operation.with(|it| it.as_ref().is_some_and(|it| it.cancelled)));
    let cancel = move |_| {
        let Some(id) = operation.with_untracked(|it| it.as_ref().map(|it| it.id.clone())) else {
            return;
        };
        spawn_local(async move {
            if let Err(CallError(problem)) = operation_cancel(id).await {
                toasts.bad(&problem);
            }
        });
    };
    view! {
        <Show when=move || going.get() && boot::may(Permission::ContainerOperate)>
            <button type="button" class="btn" disabled=bound(move || asked.get()) on:click=cancel>
                <Icon name="x" />
                {dynamic(move || if asked.get() { t!("operation.cancelling") } else { t!("operation.cancel") })}
            </button>
        </Show>
    }
}

/// The form with the same image and name.
#[component]
fn Again(operation: Memo<Option<Operation>>) -> impl IntoView {
    let address = memo(move || {
        operation.with(|it| {
            match it
                .as_ref()
                .filter(|it| it.finished.is_some())
                .map(|it| (&it.what, it.targets.len()))
            {
                Some((What::Deploy { image, name }, copies)) => Some(format!(
                    "/deploy?image={}&name={}&copies={copies}",
                    encode(image),
                    encode(name)
                )),
                _ => None,
            }
        })
    });
    dynamic(move || {
        address
            .get()
            .filter(|_| boot::may(Permission::Deploy))
            .map(|address| view! { <a class="btn" href=address><Icon name="rocket" />{t!("operation.again")}</a> })
    })
}
