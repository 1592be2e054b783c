//! Proving anew who one is, where the server asks for it: a dialog over the page, after which the call that was refused is
//! made again by itself. Nothing that was typed is lost.
use super::change::{Answer, Change};
use super::dialog::Dialog;
use super::field::SecretField;
use super::problem::ProblemBox;
use crate::calls::{CallError, prove};
use crate::lean::prelude::*;
use crate::lean::{bound, effect};
use shipyard_model::access::Proof;
use shipyard_model::{Problem, Secret};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// The code of a refusal that a fresh proof lifts.
const WANTED: &str = "step-up";

/// A call that waits for the person: what became of it, and whom to wake.
#[derive(Default)]
struct Waiting {
    proved: Cell<Option<bool>>,
    waker: Cell<Option<Waker>>,
}

thread_local! {
    // Of the page and not of a component: the call that waits may have outlived its own.
    static WAITING: RefCell<Vec<Rc<Waiting>>> = RefCell::default();
    static ASKING: ArcRwSignal<bool> = ArcRwSignal::new(false);
}

/// Makes a call; where it asks for a fresh proof, asks the person, and makes it again.
///
/// # Errors
/// Those of the call; the refusal itself when the person gave no proof.
pub async fn proved<T>(call: impl Fn() -> Answer<T>) -> Result<T, CallError> {
    match call().await {
        Err(CallError(problem)) if problem.code == WANTED => {
            if ask().await {
                call().await
            } else {
                Err(CallError(problem))
            }
        }
        answer => answer,
    }
}

/// Opens the dialog, and waits until the person has answered it or closed it.
async fn ask() -> bool {
    let waiting = Rc::new(Waiting::default());
    WAITING.with_borrow_mut(|all| all.push(waiting.clone()));
    ASKING.with(|asking| asking.set(true));
    poll_fn(move |context| {
        waiting.waker.set(Some(context.waker().clone()));
        waiting.proved.get().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

fn answer(proved: bool) {
    for waiting in WAITING.take() {
        waiting.proved.set(Some(proved));
        if let Some(waker) = waiting.waker.take() {
            waker.wake();
        }
    }
}

/// The dialog; one for the page.
#[component]
pub fn StepUp() -> impl IntoView {
    let open = RwSignal::new(false);
    let asking = ASKING.with(Clone::clone);
    let closed = asking.clone();
    effect(move || open.set(asking.get()));
    effect(move || {
        if !open.get() && closed.get_untracked() {
            closed.set(false);
            answer(false);
        }
    });
    view! {
        <Dialog open title=t!("step-up.title").to_owned()>
            <Question open />
        </Dialog>
    }
}

#[component]
fn Question(open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let proof = RwSignal::new(String::new());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let text = proof.get_untracked();
        let call = move || -> Answer<()> { Box::pin(prove(Proof(Secret::new(text.clone())))) };
        change.run(call, move |()| {
            answer(true);
            open.set(false);
        });
    };
    change.focus_fault("step-up");
    // What the field shows itself is not said twice.
    let other = Signal::derive(move || change.problem.get().filter(|problem: &Problem| problem.field.is_none()));
    view! {
        <form class="form" on:submit=send>
            <p>{t!("step-up.text")}</p>
            <ProblemBox problem=other />
            <SecretField id="step-up-proof" name="proof" label=t!("step-up.proof") value=proof problem=change.problem />
            <div class="buttons">
                <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action.cancel")}</button>
                <button class="btn primary" disabled=bound(move || change.busy.get() || proof.with(String::is_empty))>{t!("step-up.button")}</button>
            </div>
        </form>
    }
}
