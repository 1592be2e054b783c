//! What is sent, as JSON: the shape that Standard Webhooks asks for (`type`, `timestamp`, `data`), with the record as the
//! API has it. Pure: the same record makes the same bytes in every try.
use crate::activity::iso;
use shipyard_courier::{Message, signature};
use shipyard_model::Millis;
use shipyard_model::activity::ActivityRecord;
use shipyard_store::{DeliveryRecord, HookRecord};

/// The id of a delivery of a record of the log: the same after a kill.
pub(super) fn id_of(hook: &str, seq: u64) -> String {
    format!("msg_{hook}_{seq}")
}

fn body(public_url: &str, record: &ActivityRecord) -> Vec<u8> {
    let body = serde_json::json!({
        "type": record.action,
        "timestamp": iso(record.at),
        "shipyard": public_url,
        "data": record,
    });
    body.to_string().into_bytes()
}

/// The message of a delivery, signed now.
pub(super) fn message(public_url: &str, hook: &HookRecord, delivery: &DeliveryRecord, now: Millis) -> Message {
    let body = body(public_url, &delivery.record);
    let timestamp = now.0.div_euclid(1000);
    let before = hook.before.iter().filter(|(_, until)| now < *until);
    let secrets = std::iter::once(&hook.secret).chain(before.map(|(secret, _)| secret));
    let id = delivery.delivery.id.clone();
    Message {
        signature: signature(secrets.map(|secret| secret.reveal()), &id, timestamp, &body),
        id,
        timestamp,
        event: delivery.record.action.clone(),
        body,
    }
}
