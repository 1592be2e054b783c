//! Activity: who did what, from where, on what, whether it was allowed, and what became of it.
//!
//! A change makes two records: an *intent* before anything is asked of an engine or written, and an *outcome* after. What
//! was refused makes one. What Docker reports is shown between them, marked as an event, and is not kept.
use crate::id::OperationId;
use crate::unit::Millis;
use serde::{Deserialize, Serialize};

/// One entry of the time line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityRecord {
    /// Its place in the log, from 1 upwards without a gap; 0 for what is not kept (events of Docker).
    pub seq: u64,
    /// When, by the server's clock; by the engine's for an event.
    pub at: Millis,
    /// The operation that carries it out, when one does.
    pub operation: Option<OperationId>,
    /// Who.
    pub actor: ActivityActor,
    /// What: a stable word with dots, such as `container.stop`, `deploy`, `engine.add`, `sign-in`.
    pub action: String,
    /// On what.
    pub subject: ActivitySubject,
    /// What else there is to know, in a few words; never a secret.
    pub detail: String,
    /// Which part of the act this is.
    pub phase: ActivityPhase,
    /// What became of it.
    pub result: ActivityResult,
}

/// Who did it, and by which way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityActor {
    /// The account's name; empty for the server itself, for Docker, and for a sign-in under a name that nobody has.
    pub account: String,
    /// The way in.
    pub via: ActivityVia,
    /// The address that the request came from, when it came over the network.
    pub from: Option<String>,
}

/// The way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ActivityVia {
    /// A browser's session, or the sign-in that begins one.
    Session,
    /// A token, by its name.
    Token(String),
    /// This machine: the server itself, or its command line.
    Machine,
    /// An engine, which reported an event.
    Engine,
}

/// What an act was on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivitySubject {
    /// Its kind: `container`, `deploy`, `engine`, `operation`, `account`, `session`, `image`, `server`, `permission`.
    pub kind: String,
    /// Its name; several are told apart by commas.
    pub name: String,
    /// The name of the one engine that it is on.
    pub engine: Option<String>,
    /// The pool that it is in.
    pub pool: Option<String>,
    /// The id of the container that Docker reported something of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl ActivitySubject {
    /// Something of a kind, by its name.
    pub fn new(kind: &str, name: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            name: name.into(),
            engine: None,
            pool: None,
            id: None,
        }
    }

    /// Names the one engine that it is on.
    #[must_use]
    pub fn on(mut self, engine: impl Into<String>) -> Self {
        self.engine = Some(engine.into());
        self
    }
}

/// Which part of an act a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ActivityPhase {
    /// It was allowed and is about to be done.
    Intent,
    /// It is over.
    Outcome {
        /// The `seq` of its intent.
        of: u64,
    },
    /// It was not allowed, and nothing was done.
    Refused,
    /// It happened by itself.
    Event,
}

/// What became of an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ActivityResult {
    /// Not known yet: an intent.
    Pending,
    /// It was done.
    Ok,
    /// It was not, or not wholly.
    Problem {
        /// Code of the [`Problem`](crate::Problem).
        code: String,
        /// Its English sentence.
        sentence: String,
    },
    /// Nobody knows: the server ended in the middle.
    Unknown,
}

/// Which records to show, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityQuery {
    /// Text that account, action, subject, detail or result hold, in any case; empty for all.
    pub text: String,
    /// The account's name, whole and in any case; empty for all.
    pub account: String,
    /// The action, or its first words: `container` means `container.stop` too; empty for all.
    pub action: String,
    /// The engine's name, whole; empty for all.
    pub engine: String,
    /// Not before this moment.
    pub from: Option<Millis>,
    /// Before this moment.
    pub to: Option<Millis>,
    /// Only what was refused.
    pub refused: bool,
    /// Only records before this `seq`: what [`ActivityPage::next`] said.
    pub before: Option<u64>,
    /// Most records of a page; 0 for the server's own choice.
    pub limit: u32,
}

/// A page of the time line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityPage {
    /// Newest first; may be fewer than asked for though there are more, when what is looked for is rare.
    pub records: Vec<ActivityRecord>,
    /// What to ask for next as [`ActivityQuery::before`]; `None` when there is no more.
    pub next: Option<u64>,
}

impl ActivityQuery {
    /// Whether a record is asked for; `before` and `limit` are not looked at.
    pub fn asks_for(&self, record: &ActivityRecord) -> bool {
        (!self.refused || record.phase == ActivityPhase::Refused)
            && self.from.is_none_or(|from| record.at >= from)
            && self.to.is_none_or(|to| record.at < to)
            && (self.account.is_empty() || record.actor.account.to_lowercase() == self.account.to_lowercase())
            && (self.action.is_empty() || begins(&record.action, &self.action))
            && (self.engine.is_empty() || record.is_on(&self.engine))
            && (self.text.is_empty() || record.holds(&self.text.to_lowercase()))
    }
}

/// Whether an action is `wanted`, or begins with it and a dot.
pub(crate) fn begins(action: &str, wanted: &str) -> bool {
    action
        .strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl ActivityRecord {
    /// Whether it is on the engine of that name.
    pub fn is_on(&self, engine: &str) -> bool {
        self.subject.engine.as_deref() == Some(engine) || (self.subject.kind == "engine" && self.subject.name == engine)
    }

    fn holds(&self, text: &str) -> bool {
        let in_it = |part: &str| part.to_lowercase().contains(text);
        let in_result = match &self.result {
            ActivityResult::Problem { code, sentence } => in_it(code) || in_it(sentence),
            _ => false,
        };
        in_result
            || [&self.actor.account, &self.action, &self.subject.name, &self.detail]
                .into_iter()
                .chain(&self.subject.engine)
                .chain(&self.actor.from)
                .any(|part| in_it(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> ActivityRecord {
        ActivityRecord {
            seq: 3,
            at: Millis(1000),
            operation: None,
            actor: ActivityActor {
                account: "Ann".into(),
                via: ActivityVia::Token("ci".into()),
                from: Some("10.0.0.7".into()),
            },
            action: "container.stop".into(),
            subject: ActivitySubject::new("container", "web-1").on("node1"),
            detail: String::new(),
            phase: ActivityPhase::Outcome { of: 2 },
            result: ActivityResult::Problem {
                code: "engine.down".into(),
                sentence: "The engine does not answer.".into(),
            },
        }
    }

    #[test]
    fn enums_are_written_as_their_plain_names() {
        let text = serde_json::to_string(&record()).unwrap();
        assert!(text.contains(r#""via":{"token":"ci"}"#), "{text}");
        assert!(text.contains(r#""phase":{"outcome":{"of":2}}"#), "{text}");
        assert!(text.contains(r#""operation":null"#), "{text}");
        assert_eq!(serde_json::from_str::<ActivityRecord>(&text).unwrap(), record());
    }

    #[test]
    fn a_query_asks_for_what_it_says() {
        let asks = |change: fn(&mut ActivityQuery)| {
            let mut query = ActivityQuery::default();
            change(&mut query);
            query.asks_for(&record())
        };
        assert!(asks(|_| {}));
        assert!(asks(|q| q.account = "ann".into()) && !asks(|q| q.account = "an".into()));
        assert!(asks(|q| q.action = "container".into()) && asks(|q| q.action = "container.stop".into()));
        assert!(!asks(|q| q.action = "contain".into()));
        assert!(asks(|q| q.engine = "node1".into()) && !asks(|q| q.engine = "node".into()));
        assert!(asks(|q| q.text = "WEB".into()) && asks(|q| q.text = "0.0.7".into()));
        assert!(asks(|q| q.text = "not answer".into()) && !asks(|q| q.text = "other".into()));
        assert!(asks(|q| q.from = Some(Millis(1000))) && !asks(|q| q.to = Some(Millis(1000))));
        assert!(!asks(|q| q.refused = true));
    }
}
