//! What happened, in the words of the Shipyard of 2014: type, message and tags of its events, for programs that read them by
//! its API and for its command's table. What it had no word for is told in the same manner.
use crate::activity::{ActivityPhase, ActivityRecord};

/// A record as the original tells an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginalEvent {
    /// Docker's own word, or the act: `start`, `add-engine`.
    pub kind: String,
    /// What else there is to say, as `name=value`.
    pub message: String,
    /// What it belongs to.
    pub tags: &'static [&'static str],
}

const DOCKER: &[&str] = &["docker"];
const CLUSTER: &[&str] = &["cluster"];
const SECURITY: &[&str] = &["cluster", "security"];
const WEBHOOK: &[&str] = &["docker", "webhook"];
const DEPLOY: &[&str] = &["deploy"];

/// Letters of a container's id that people are shown.
const SHORT: usize = 12;

/// A record in the original's words.
pub fn event(record: &ActivityRecord) -> OriginalEvent {
    let (name, detail) = (record.subject.name.as_str(), record.detail.trim());
    let told = |kind: &str, message: String, tags| OriginalEvent {
        kind: kind.to_owned(),
        message,
        tags,
    };
    if record.phase == ActivityPhase::Event {
        return reported(record);
    }
    match record.action.as_str() {
        "engine.add" | "node.enrol" => told("add-engine", address(name, detail), CLUSTER),
        "engine.remove" | "node.remove" => told("remove-engine", address(name, detail), CLUSTER),
        "token.create" => told("add-service-key", format!("description={name}"), SECURITY),
        "token.revoke" => told(
            "remove-service-key",
            format!("description={}", or(detail, name)),
            SECURITY,
        ),
        "account.create" => told("add-account", format!("username={name}"), SECURITY),
        "account.remove" => told("delete-account", format!("username={name}"), SECURITY),
        "role.save" => told("add-role", format!("name={name}"), SECURITY),
        "role.remove" => told("delete-role", format!("name={name}"), SECURITY),
        "webhook-key.create" => told("add-webhook-key", format!("image={name}"), WEBHOOK),
        "webhook-key.remove" => told("delete-webhook-key", format!("image={detail} key={name}"), WEBHOOK),
        // The original deployed by webhook alone, which is a roll.
        "deploy" => told("deploy", format!("{} deployed", or(detail, name)), DEPLOY),
        "roll" => told("deploy", format!("{name} deployed"), DEPLOY),
        _ => otherwise(record),
    }
}

/// The beginning of the id of the container that a record is about; `None` for anything else, and where only names are known.
pub fn short_id(record: &ActivityRecord) -> Option<String> {
    let id = record.subject.id.as_deref()?;
    Some(id.chars().take(SHORT).collect())
}

/// What Docker, or the connection to it, reported.
fn reported(record: &ActivityRecord) -> OriginalEvent {
    let (of, word) = record.action.split_once('.').unwrap_or(("", &record.action));
    let subject = &record.subject;
    if of == "engine" {
        // The original had no event for it.
        return OriginalEvent {
            kind: format!("engine-{word}"),
            message: format!("engine={}", subject.name),
            tags: CLUSTER,
        };
    }
    let kind = dockers(of, word);
    let what = short_id(record).unwrap_or_else(|| subject.name.clone());
    OriginalEvent {
        message: format!("action={kind} {of}={what}"),
        kind: kind.to_owned(),
        tags: DOCKER,
    }
}

/// Docker's word for what our own says.
fn dockers<'w>(of: &str, word: &'w str) -> &'w str {
    match (of, word) {
        ("container", "remove") => "destroy",
        ("container", "unhealthy") => "health_status: unhealthy",
        (_, word) => word,
    }
}

/// An act that the original had no event for.
fn otherwise(record: &ActivityRecord) -> OriginalEvent {
    let subject = &record.subject;
    let (of, word) = record.action.split_once('.').unwrap_or(("", &record.action));
    let is_docker = of == "container";
    let kind = if is_docker {
        dockers(of, word).to_owned()
    } else {
        record.action.replace('.', "-")
    };
    let mut message = format!("action={kind}");
    for (name, value) in [
        (subject_word(&subject.kind), &subject.name),
        ("by", &record.actor.account),
    ] {
        if !name.is_empty() && !value.is_empty() {
            message.push_str(&format!(" {name}={value}"));
        }
    }
    let is_security = matches!(of, "account" | "role" | "pool" | "token" | "session") || kind.starts_with("sign-");
    OriginalEvent {
        kind,
        message,
        tags: match (is_docker, is_security) {
            (true, _) => DOCKER,
            (_, true) => SECURITY,
            _ => CLUSTER,
        },
    }
}

fn subject_word(kind: &str) -> &str {
    match kind {
        "account" => "username",
        "token" => "description",
        other => other,
    }
}

/// An engine's address, with which the record's detail begins; its name, where that does not say.
fn address(name: &str, detail: &str) -> String {
    match detail.split(' ').next().filter(|first| first.contains("://")) {
        Some(address) => format!("addr={address}"),
        None => format!("engine={name}"),
    }
}

fn or<'t>(first: &'t str, second: &'t str) -> &'t str {
    if first.is_empty() { second } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Millis;
    use crate::activity::{ActivityActor, ActivityResult, ActivitySubject, ActivityVia};

    fn record(action: &str, subject: ActivitySubject, detail: &str) -> ActivityRecord {
        ActivityRecord {
            seq: 2,
            at: Millis(0),
            operation: None,
            actor: ActivityActor {
                account: "ann".to_owned(),
                via: ActivityVia::Session,
                from: None,
            },
            action: action.to_owned(),
            subject,
            detail: detail.to_owned(),
            phase: ActivityPhase::Outcome { of: 1 },
            result: ActivityResult::Ok,
        }
    }

    fn by_docker(action: &str, subject: ActivitySubject) -> ActivityRecord {
        ActivityRecord {
            phase: ActivityPhase::Event,
            ..record(action, subject, "")
        }
    }

    fn container() -> ActivitySubject {
        ActivitySubject {
            id: Some("0123456789abcdef0123".to_owned()),
            ..ActivitySubject::new("container", "web").on("node1")
        }
    }

    #[test]
    fn every_event_of_the_original_has_its_type_message_and_tags() {
        let of = ActivitySubject::new;
        let engine = || of("engine", "node1");
        for (record, kind, message, tags) in [
            (
                by_docker("container.create", container()),
                "create",
                "action=create container=0123456789ab",
                "docker",
            ),
            (
                by_docker("container.start", container()),
                "start",
                "action=start container=0123456789ab",
                "docker",
            ),
            (
                by_docker("container.export", container()),
                "export",
                "action=export container=0123456789ab",
                "docker",
            ),
            (
                by_docker("container.remove", container()),
                "destroy",
                "action=destroy container=0123456789ab",
                "docker",
            ),
            (
                by_docker("image.pull", of("image", "nginx:1")),
                "pull",
                "action=pull image=nginx:1",
                "docker",
            ),
            (
                by_docker("engine.down", engine()),
                "engine-down",
                "engine=node1",
                "cluster",
            ),
            (
                record("engine.add", engine(), "https://node1:2376 with new credentials"),
                "add-engine",
                "addr=https://node1:2376",
                "cluster",
            ),
            (
                record("node.enrol", engine(), "https://node1:2376"),
                "add-engine",
                "addr=https://node1:2376",
                "cluster",
            ),
            (
                record("engine.remove", engine(), "https://node1:2376"),
                "remove-engine",
                "addr=https://node1:2376",
                "cluster",
            ),
            (
                record("node.remove", engine(), ""),
                "remove-engine",
                "engine=node1",
                "cluster",
            ),
            (
                record("token.create", of("token", "ci"), ""),
                "add-service-key",
                "description=ci",
                "cluster,security",
            ),
            (
                record("token.revoke", of("token", "ab12"), "ci"),
                "remove-service-key",
                "description=ci",
                "cluster,security",
            ),
            (
                record("account.create", of("account", "bob"), ""),
                "add-account",
                "username=bob",
                "cluster,security",
            ),
            (
                record("account.remove", of("account", "bob"), ""),
                "delete-account",
                "username=bob",
                "cluster,security",
            ),
            (
                record("role.save", of("role", "ops"), ""),
                "add-role",
                "name=ops",
                "cluster,security",
            ),
            (
                record("role.remove", of("role", "ops"), ""),
                "delete-role",
                "name=ops",
                "cluster,security",
            ),
            (
                record("webhook-key.create", of("image", "acme/web"), ""),
                "add-webhook-key",
                "image=acme/web",
                "docker,webhook",
            ),
            (
                record("webhook-key.remove", of("webhook-key", "ab12"), "acme/web"),
                "delete-webhook-key",
                "image=acme/web key=ab12",
                "docker,webhook",
            ),
            (
                record("deploy", of("deploy", "web"), "nginx:1"),
                "deploy",
                "nginx:1 deployed",
                "deploy",
            ),
            (
                record("roll", of("image", "acme/web"), "web-1"),
                "deploy",
                "acme/web deployed",
                "deploy",
            ),
            // What it had no event for.
            (
                record("container.stop", container(), ""),
                "stop",
                "action=stop container=web by=ann",
                "docker",
            ),
            (
                record("sign-in", of("account", "ann"), ""),
                "sign-in",
                "action=sign-in username=ann by=ann",
                "cluster,security",
            ),
            (
                record("hook.create", of("hook", "chat"), ""),
                "hook-create",
                "action=hook-create hook=chat by=ann",
                "cluster",
            ),
        ] {
            let told = event(&record);
            assert_eq!(
                (told.kind.as_str(), told.message.as_str(), told.tags.join(",").as_str()),
                (kind, message, tags),
                "{}",
                record.action
            );
        }
    }
}
