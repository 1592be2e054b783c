//! What a person did, for the list of recent happenings.
use crate::Actor;
use shipyard_model::Millis;
use shipyard_model::live::Look;
use shipyard_model::page::Happening;

/// An act of a person that went well, on something that has no engine around it.
pub(crate) fn of(actor: &Actor, what: &str, subject: &str) -> Happening {
    tracing::info!(account = actor.account(), subject, "{what}");
    Happening {
        at: Millis::now(),
        actor: Some(actor.account().to_owned()),
        what: what.to_owned(),
        subject: subject.to_owned(),
        id: None,
        engine: None,
        exit_code: None,
        look: Look::Idle,
    }
}
