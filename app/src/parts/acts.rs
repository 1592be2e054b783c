//! Acting on containers from anywhere: harmless verbs at once, harmful ones after a dialog that names the containers;
//! then a note that follows the operation until it says what happened.
use super::act_result::ActResult;
use super::confirm::ConfirmAct;
use super::toast::{Toasts, toasts};
use super::verbs;
use crate::calls::{CallError, containers_act};
use crate::lean::For;
use crate::lean::prelude::*;
use leptos::task::spawn_local;
use shipyard_model::{ContainerVerb, OperationId};

/// A container that a verb is for.
pub use shipyard_model::page::Picked as ActTarget;

/// A verb with the containers that it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The verb.
    pub verb: ContainerVerb,
    /// The containers.
    pub targets: Vec<ActTarget>,
}

/// An operation whose end is awaited.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// Which.
    pub id: OperationId,
    /// What was asked for.
    pub request: Request,
}

/// What acts on containers, in the context of every component.
#[derive(Clone, Copy)]
pub struct Acts {
    asking: RwSignal<Option<Request>>,
    running: RwSignal<Vec<Running>>,
    toasts: Toasts,
}

/// Makes it. Called once, by the root component, after the toasts.
pub fn provide_acts() {
    provide_context(Acts::new());
}

/// What acts on containers.
pub fn acts() -> Acts {
    use_context().unwrap_or_else(Acts::new)
}

impl Acts {
    fn new() -> Self {
        Self {
            asking: RwSignal::new(None),
            running: RwSignal::new(Vec::new()),
            toasts: toasts(),
        }
    }

    /// Does the verb to those containers that it fits, or asks first where it harms.
    pub fn request(self, verb: ContainerVerb, mut targets: Vec<ActTarget>) {
        targets.retain(|target| verb.fits(target.state));
        let request = Request { verb, targets };
        if request.targets.is_empty() {
        } else if verbs::is_harmful(verb) {
            self.asking.set(Some(request));
        } else {
            self.start(request);
        }
    }

    /// Does it without asking.
    pub fn start(self, request: Request) {
        let targets = request.targets.iter().map(|target| target.at.clone()).collect();
        spawn_local(async move {
            match containers_act(request.verb, targets).await {
                Ok(id) => self.running.update(|all| all.push(Running { id, request })),
                Err(CallError(problem)) => self.toasts.bad(&problem),
            }
        });
    }

    /// Forgets an operation: its note was closed or went by itself.
    pub fn forget(self, id: &OperationId) {
        self.running.update(|all| all.retain(|running| running.id != *id));
    }
}

/// Where verbs ask and say what happened; one for the page.
#[component]
pub fn ActRegion() -> impl IntoView {
    let acts = acts();
    view! {
        <ConfirmAct asking=acts.asking />
        <div class="toasts acts" role="status" aria-live="polite">
            <For each=move || acts.running.get() key=|running| running.id.clone() let:running>
                <ActResult running />
            </For>
        </div>
    }
}
