//! A call whose answer a page shows, made again when what it asks for changes.
use crate::calls::CallError;
use crate::lean::effect;
use crate::lean::prelude::*;
use leptos::task::spawn_local;
use shipyard_model::Problem;
use std::future::Future;
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
    let newest = StoredValue::new(0_u32);
    effect(move || {
        let key = key();
        newest.update_value(|n| *n = n.wrapping_add(1));
        let mine = newest.get_value();
        let current = move || newest.try_get_value() == Some(mine);
        let Some(key) = key else {
            fetched.busy.set(false);
            return;
        };
        fetched.busy.set(true);
        let run = move || {
            if !current() {
                return;
            }
            spawn_local(async move {
                let answer = call(key).await;
                // The page may be gone by now, or have asked anew.
                if !current() {
                    return;
                }
                fetched.busy.set(false);
                match answer {
                    Ok(data) => {
                        fetched.problem.set(None);
                        fetched.data.set(Some(data));
                    }
                    Err(CallError(problem)) => fetched.problem.set(Some(problem)),
                }
            });
        };
        if wait.is_zero() {
            run();
        } else {
            set_timeout(run, wait);
        }
    });
    fetched
}
