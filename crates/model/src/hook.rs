//! Hooks: Shipyard tells another program what happens, by a signed request to an address that a person chose.
use crate::activity::{ActivityPhase, ActivityRecord, begins};
use crate::problem::Problem;
use crate::unit::Millis;
use serde::{Deserialize, Serialize};

/// Where activity is sent, and which. What happened while it was off is not sent afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hook {
    /// Its identity.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where requests go.
    pub url: String,
    /// Actions, or their first words (`container` means `container.stop` too); `*` for all.
    pub actions: Vec<String>,
    /// Whether what was refused is sent too.
    pub refused_too: bool,
    /// Names of the engines that it is about; empty for all, and for what is on no engine.
    pub engines: Vec<String>,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Why it turned itself off.
    pub stopped: Option<Problem>,
    /// When it was made.
    pub created: Millis,
    /// The account that made or last changed it: no more is sent than this account may read.
    pub by: String,
    /// When its secret was made.
    pub secret_since: Millis,
}

impl Hook {
    /// What of it a person edits.
    pub fn edited(&self) -> NewHook {
        NewHook {
            name: self.name.clone(),
            url: self.url.clone(),
            actions: self.actions.clone(),
            refused_too: self.refused_too,
            engines: self.engines.clone(),
            enabled: self.enabled,
        }
    }

    /// Whether a record is to be sent. Of a change that is its outcome: what is only about to be done is not told.
    pub fn asks_for(&self, record: &ActivityRecord) -> bool {
        let phase = match record.phase {
            ActivityPhase::Intent => false,
            ActivityPhase::Refused => self.refused_too,
            ActivityPhase::Outcome { .. } | ActivityPhase::Event => true,
        };
        let wanted = |action: &String| action == "*" || begins(&record.action, action);
        phase
            && self.actions.iter().any(wanted)
            && (self.engines.is_empty() || self.engines.iter().any(|engine| record.is_on(engine)))
    }
}

/// A hook to be made, or what one is to become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewHook {
    /// What people call it.
    pub name: String,
    /// Where requests go.
    pub url: String,
    /// Actions, or their first words; `*` for all.
    pub actions: Vec<String>,
    /// Whether what was refused is sent too.
    #[serde(default)]
    pub refused_too: bool,
    /// Names of the engines that it is about; empty for all.
    #[serde(default)]
    pub engines: Vec<String>,
    /// Whether anything is sent.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

/// A hook with a secret that was just made. The secret is told and kept in the clear nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeHook {
    /// The hook.
    pub hook: Hook,
    /// What requests are signed with: `whsec_` and base 64, as Standard Webhooks has it.
    pub secret: String,
}

impl std::fmt::Debug for MadeHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeHook")
            .field("hook", &self.hook.id)
            .finish_non_exhaustive()
    }
}

/// What became of one record on its way to a hook's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Its identity, the same in every try: the receiver's `webhook-id`.
    pub id: String,
    /// The hook.
    pub hook: String,
    /// The record's `seq`; 0 for what is not in the log (Docker's events, tests).
    pub seq: u64,
    /// The record's action.
    pub action: String,
    /// When it was first tried.
    pub began: Millis,
    /// When it was last tried.
    pub at: Millis,
    /// How often it was tried.
    pub attempt: u32,
    /// Whether the receiver took it.
    pub delivered: bool,
    /// The status of the last answer.
    pub status: Option<u16>,
    /// The first line of the last answer. Untrusted.
    pub said: String,
    /// Why the last try failed.
    pub error: Option<Problem>,
    /// When it is tried again; `None` when it is not.
    pub next_try: Option<Millis>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::{ActivityActor, ActivityResult, ActivitySubject, ActivityVia};

    fn record(action: &str, phase: ActivityPhase) -> ActivityRecord {
        ActivityRecord {
            seq: 1,
            at: Millis(1),
            operation: None,
            actor: ActivityActor {
                account: "ann".into(),
                via: ActivityVia::Session,
                from: None,
            },
            action: action.into(),
            subject: ActivitySubject::new("container", "web").on("node1"),
            detail: String::new(),
            phase,
            result: ActivityResult::Ok,
        }
    }

    #[test]
    fn a_hook_asks_for_what_it_says() {
        let hook = |actions: &[&str], engines: &[&str], refused_too| Hook {
            id: "h".into(),
            name: "h".into(),
            url: String::new(),
            actions: actions.iter().map(ToString::to_string).collect(),
            refused_too,
            engines: engines.iter().map(ToString::to_string).collect(),
            enabled: true,
            stopped: None,
            created: Millis(0),
            by: "ann".into(),
            secret_since: Millis(0),
        };
        let stop = record("container.stop", ActivityPhase::Outcome { of: 1 });
        assert!(hook(&["*"], &[], false).asks_for(&stop));
        assert!(hook(&["deploy", "container"], &["node2", "node1"], false).asks_for(&stop));
        assert!(hook(&["container.stop"], &[], false).asks_for(&stop));
        assert!(!hook(&["contain"], &[], false).asks_for(&stop));
        assert!(!hook(&["*"], &["node2"], false).asks_for(&stop));
        assert!(!hook(&["*"], &[], false).asks_for(&record("deploy", ActivityPhase::Intent)));
        let refused = record("deploy", ActivityPhase::Refused);
        assert!(!hook(&["*"], &[], false).asks_for(&refused));
        assert!(hook(&["*"], &[], true).asks_for(&refused));
    }
}
