//! One try of one delivery, and what it says in the log of deliveries.
use super::{Hooks, Watched, check, message};
use shipyard_courier::next_wait;
use shipyard_model::Millis;
use shipyard_model::activity::ActivityRecord;
use shipyard_model::hook::Delivery;
use shipyard_store::{DeliveryRecord, HookRecord};
use std::time::Duration;

/// A delivery that was not tried yet.
pub(super) fn new(watched: &Watched, id: String, record: ActivityRecord) -> DeliveryRecord {
    let now = Millis::now();
    DeliveryRecord {
        number: 0,
        delivery: Delivery {
            id,
            hook: watched.hook().id.clone(),
            seq: record.seq,
            action: record.action.clone(),
            began: now,
            at: now,
            attempt: 0,
            delivered: false,
            status: None,
            said: String::new(),
            error: None,
            next_try: None,
        },
        record,
    }
}

impl Hooks {
    /// Tries once, and gives back for how long the receiver asked to be left alone. The caller holds the turn, and has made
    /// sure that this may be sent.
    pub(super) async fn try_once(&self, hook: &HookRecord, of: &mut DeliveryRecord) -> Option<Duration> {
        let now = Millis::now();
        of.delivery.at = now;
        of.delivery.attempt = of.delivery.attempt.saturating_add(1);
        (of.delivery.status, of.delivery.said, of.delivery.error) = (None, String::new(), None);
        let address = match check::address(&hook.hook.url, self.courier.allowed()) {
            Ok(address) => address,
            // The operator allows less than when it was made.
            Err(problem) => {
                of.delivery.error = Some(problem);
                return None;
            }
        };
        let mut asked = None;
        let message = message::message(&self.public_url, hook, of, now);
        match self.courier.post(&address, message).await {
            Ok(answer) => {
                of.delivery.delivered = answer.is_taken();
                asked = answer.retry_after;
                of.delivery.error = (!answer.is_taken()).then(|| check::not_taken(&answer));
                (of.delivery.status, of.delivery.said) = (Some(answer.status), answer.line);
            }
            Err(error) => of.delivery.error = Some(check::failed(&error)),
        }
        let delivery = &of.delivery;
        let code = delivery.error.as_ref().map(|problem| problem.code.as_str());
        tracing::debug!(hook = delivery.hook, id = delivery.id, code, "a delivery was tried");
        asked
    }
}

/// When a delivery that failed is tried again, not before the receiver `asked` for it; `None` when it is given up.
pub(super) fn next_try(delivery: &Delivery, asked: Option<Duration>) -> Option<Millis> {
    // A clock that was set back makes it no longer.
    let since = u64::try_from(delivery.at.since(delivery.began)).unwrap_or(0);
    // Without the system's random numbers the middle is good enough for a wait.
    let random = getrandom::u32().map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX));
    let wait = next_wait(delivery.attempt, Duration::from_millis(since), asked, random)?;
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Some(Millis(delivery.at.0.saturating_add(wait)))
}
