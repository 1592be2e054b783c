//! A change that a button or form asks the server for: it is busy meanwhile, says why it failed, and asks the person to
//! prove who they are where the server wants that.
use super::step_up;
use super::toast::Toasts;
use crate::calls::CallError;
use crate::interop::browser;
use crate::lean::prelude::*;
use leptos::task::spawn_local;
use shipyard_model::Problem;
use std::future::Future;
use std::pin::Pin;

/// A call on its way. In a box, so that what waits for it is compiled once for each kind of answer.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, CallError>>>>;

/// The state of a change.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// Whether the answer is awaited.
    pub busy: RwSignal<bool>,
    /// Why the newest call failed.
    pub problem: RwSignal<Option<Problem>>,
}

impl Default for Change {
    fn default() -> Self {
        Self {
            busy: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }
}

impl Change {
    /// Makes the call, once at a time; `call` is made again when the person had to prove who they are.
    pub fn run<T: 'static>(self, call: impl Fn() -> Answer<T> + 'static, done: impl FnOnce(T) + 'static) {
        self.start(Box::new(call), Box::new(done));
    }

    fn start<T: 'static>(self, call: Box<dyn Fn() -> Answer<T>>, done: Box<dyn FnOnce(T)>) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let answer = step_up::proved(call).await;
            // Who asked may be gone by now.
            self.busy.try_set(false);
            match answer {
                Ok(answer) => done(answer),
                Err(CallError(problem)) => {
                    self.problem.try_set(Some(problem));
                }
            }
        });
    }

    /// Moves the focus to the field at fault, `prefix-field`, where there is one.
    pub fn focus_fault(self, prefix: &'static str) {
        crate::lean::effect(move || {
            let field = self
                .problem
                .with(|problem| problem.as_ref().and_then(|p| p.field.clone()));
            if let Some(field) = field {
                browser::focus(&format!("{prefix}-{field}"));
            }
        });
    }
}

/// Makes a call that needs no form: a failure is told in a note, which stays when who asked is gone.
pub fn act<T: 'static>(toasts: Toasts, call: impl Fn() -> Answer<T> + 'static, done: impl FnOnce(T) + 'static) {
    fn boxed<T: 'static>(toasts: Toasts, call: Box<dyn Fn() -> Answer<T>>, done: Box<dyn FnOnce(T)>) {
        spawn_local(async move {
            match step_up::proved(call).await {
                Ok(answer) => done(answer),
                Err(CallError(problem)) => toasts.bad(&problem),
            }
        });
    }
    boxed(toasts, Box::new(call), Box::new(done));
}
