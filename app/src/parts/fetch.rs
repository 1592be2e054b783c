//! A call whose answer a page shows, made again when what it asks for changes.
use crate::calls::CallError;
use crate::lean::boxed::Make;
use crate::lean::effect;
use crate::lean::prelude::*;
use leptos::task::spawn_local;
use shipyard_model::Problem;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The newest answer, which stays while the next is on its way.
#[derive(Debug)]
pub struct Fetched<T: Send + Sync + 'static> {
    /// The answer.
    pub data: RwSignal<Option<T>>,
    /// Why the newest call failed.
    pub problem: RwSignal<Option<Problem>>,
    /// Whether an answer is awaited.
    pub busy: RwSignal<bool>,
}

impl<T: Send + Sync> Clone for Fetched<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for Fetched<T> {}

/// A call on its way; its answer is how to show what came.
type Calling = Pin<Box<dyn Future<Output = Result<Box<dyn FnOnce()>, CallError>>>>;

/// Calls with each new `key` once it has stood for `wait`; only the newest call's answer counts. No key, no call.
pub fn fetch<K, T, F>(
    key: impl Fn() -> Option<K> + 'static,
    wait: Duration,
    call: impl Fn(K) -> F + Copy + 'static,
) -> Fetched<T>
where
    K: 'static,
    T: Send + Sync + 'static,
    F: Future<Output = Result<T, CallError>> + 'static,
{
    let fetched = Fetched {
        data: RwSignal::new(None),
        problem: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let Fetched { data, problem, busy } = fetched;
    let ask = move || {
        key().map(|key| -> Calling {
            Box::pin(async move {
                let found = call(key).await?;
                let show: Box<dyn FnOnce()> = Box::new(move || data.set(Some(found)));
                Ok(show)
            })
        })
    };
    follow(problem, busy, wait, Box::new(ask));
    fetched
}

/// Calls what is asked for, once for all types of keys and answers.
fn follow(
    problem: RwSignal<Option<Problem>>,
    busy: RwSignal<bool>,
    wait: Duration,
    mut ask: Box<dyn Make<Option<Calling>>>,
) {
    let newest = StoredValue::new(0_u32);
    effect(move || {
        let calling = ask.make();
        newest.update_value(|n| *n = n.wrapping_add(1));
        let mine = newest.get_value();
        let current = move || newest.try_get_value() == Some(mine);
        let Some(calling) = calling else {
            busy.set(false);
            return;
        };
        busy.set(true);
        let run = move || {
            if !current() {
                return;
            }
            spawn_local(async move {
                let answer = calling.await;
                // The page may be gone by now, or have asked anew.
                if !current() {
                    return;
                }
                busy.set(false);
                match answer {
                    Ok(show) => {
                        problem.set(None);
                        show();
                    }
                    Err(CallError(why)) => problem.set(Some(why)),
                }
            });
        };
        if wait.is_zero() {
            run();
        } else {
            set_timeout(run, wait);
        }
    });
}
