//! What is asked of engines for a plan: a bounded number of plans at once for each account, so that nobody keeps engines busy by
//! asking what would be, and what never changes is asked once.
use crate::actor::Actor;
use shipyard_model::{ContainerId, EngineId, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Plans of one account at once.
const MOST: u32 = 8;

/// On which other containers one stands: by which field, and on which, as it was written.
pub(crate) type StandsOn = Arc<Vec<(&'static str, String)>>;

/// What is asked at this moment, and what was.
#[derive(Default)]
pub(crate) struct Asking {
    plans: Mutex<BTreeMap<String, u32>>,
    /// A container's modes are those that it was made with.
    stands: Mutex<BTreeMap<EngineId, BTreeMap<ContainerId, StandsOn>>>,
}

/// One plan; dropped, it is over.
pub(crate) struct Turn<'a> {
    asking: &'a Asking,
    account: String,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Asking {
    /// Begins a plan that asks engines.
    ///
    /// # Errors
    /// 429 `plans.too-many`.
    pub(crate) fn plan(&self, actor: &Actor) -> Result<Turn<'_>, Problem> {
        let mut plans = lock(&self.plans);
        let count = plans.entry(actor.account().to_owned()).or_default();
        if *count >= MOST {
            let many = Problem::new(429, "plans.too-many", "This account asks for too many plans at once.");
            return Err(many.hint("Try again in a moment."));
        }
        *count += 1;
        Ok(Turn {
            asking: self,
            account: actor.account().to_owned(),
        })
    }

    /// What a container of an engine stands on, where that was asked before.
    pub(crate) fn stands_on(&self, engine: &EngineId, container: &ContainerId) -> Option<StandsOn> {
        lock(&self.stands).get(engine)?.get(container).cloned()
    }

    /// Remembers what the containers of an engine stand on, and forgets those that are gone.
    pub(crate) fn stand_on(&self, engine: &EngineId, all: impl Iterator<Item = (ContainerId, StandsOn)>) {
        lock(&self.stands).insert(engine.clone(), all.collect());
    }

    /// Forgets engines that are gone.
    pub(crate) fn keep_engines(&self, there: &BTreeSet<&EngineId>) {
        lock(&self.stands).retain(|id, _| there.contains(id));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut plans = lock(&self.asking.plans);
        match plans.get_mut(&self.account) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                plans.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_access::Rights;

    #[test]
    fn each_account_has_its_own_number_of_plans() {
        let asking = Asking::default();
        let somebody = |name| Actor::of_test(name, Rights::default());
        let turns: Vec<_> = (0..MOST).map(|_| asking.plan(&somebody("a")).unwrap()).collect();
        assert_eq!(asking.plan(&somebody("a")).err().unwrap().code, "plans.too-many");
        assert!(asking.plan(&somebody("b")).is_ok());
        drop(turns);
        assert!(asking.plan(&somebody("a")).is_ok());
        assert!(lock(&asking.plans).is_empty());
    }
}
