//! Records in the words of the page's language. What has no sentence of its own is said with the action's own word.
use crate::text;
use shipyard_model::activity::{ActivityPhase, ActivityRecord, ActivityResult, ActivityVia};
use shipyard_model::live::Look;

/// The sentence for what was done, and its values.
pub(super) fn sentence(one: &ActivityRecord) -> (&'static str, Vec<(&'static str, String)>) {
    let subject = match one.subject.name.as_str() {
        "" => text::get("activity.nobody"),
        name => name,
    };
    let mut args = vec![("subject", subject.to_owned())];
    if one.phase == ActivityPhase::Event && one.actor.via == ActivityVia::Engine {
        let word = one.action.split_once('.').map_or(one.action.as_str(), |(_, word)| word);
        let key = match (one.subject.kind.as_str(), word, &one.result) {
            ("engine", word, _) => format!("recent.engine-{word}"),
            (_, "die", ActivityResult::Ok) => "recent.end".to_owned(),
            (_, word, _) => format!("recent.{word}"),
        };
        if let Some(text) = text::find(&key) {
            args.push(("code", one.detail.rsplit(' ').next().unwrap_or_default().to_owned()));
            return (text, args);
        }
    }
    if let Some(text) = text::find(&format!("activity.act.{}", one.action)) {
        return (text, args);
    }
    args.push(("what", one.action.clone()));
    (text::get("recent.other"), args)
}

/// Who: the account, Docker or Shipyard itself.
pub(super) fn who(one: &ActivityRecord) -> String {
    let name = match one.actor.via {
        ActivityVia::Engine => "Docker",
        ActivityVia::Machine if one.actor.account.is_empty() => "Shipyard",
        _ if one.actor.account.is_empty() => text::get("activity.nobody"),
        _ => &one.actor.account,
    };
    name.to_owned()
}

/// By which way and from where.
pub(super) fn way(one: &ActivityRecord) -> String {
    let token = match &one.actor.via {
        ActivityVia::Token(name) => Some(t!("activity.token", name = name)),
        _ => None,
    };
    let parts: Vec<String> = token.into_iter().chain(one.actor.from.clone()).collect();
    parts.join(" · ")
}

/// Look and word of the result.
pub(super) fn result(one: &ActivityRecord) -> (Look, &'static str) {
    match (one.phase, &one.result) {
        (ActivityPhase::Refused, _) => (Look::Bad, t!("activity.refused")),
        (ActivityPhase::Intent, _) | (_, ActivityResult::Pending) => (Look::Idle, t!("activity.pending")),
        (_, ActivityResult::Unknown) => (Look::Warn, t!("activity.unknown")),
        (ActivityPhase::Event, ActivityResult::Problem { .. }) => (Look::Bad, t!("activity.event")),
        (ActivityPhase::Event, _) => (Look::Idle, t!("activity.event")),
        (_, ActivityResult::Problem { .. }) => (Look::Bad, t!("activity.failed")),
        (_, ActivityResult::Ok) => (Look::Ok, t!("activity.ok")),
    }
}

/// Why it failed or was refused, in the page's language where the text needs no values that the record does not have.
pub(super) fn why(one: &ActivityRecord) -> Option<String> {
    let ActivityResult::Problem { code, sentence } = &one.result else {
        return None;
    };
    if one.actor.via == ActivityVia::Engine {
        return None;
    }
    let own = text::find(&format!("problem.{code}")).filter(|text| !text.contains('{'));
    Some(own.map_or_else(|| sentence.clone(), str::to_owned))
}
