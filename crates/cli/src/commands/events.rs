//! What happened, in the original's words: an event for each thing that Docker reports or a person did.
use super::activity::{PATH, outcome, stream};
use crate::api::Api;
use crate::error::Outcome;
use crate::filter::{self, Filter};
use crate::out::table::{Cell, Column, Tabled, column, wide};
use crate::out::{Out, time};
use serde::Serialize;
use shipyard_model::activity::{ActivityPhase, ActivityRecord, ActivityResult, ActivityVia};

/// Help of `events`.
pub const HELP: &str = "\
Events are what Docker reports, and what people did, one line each. `shipyard activity` tells more of the latter.

Examples:
  shipyard events -n 20
  shipyard events --watch --filter engine=node1";

/// `events`.
#[derive(Debug, clap::Args)]
pub struct Events {
    /// Most events to show
    #[arg(short = 'n', long, default_value_t = 100, value_name = "N")]
    limit: usize,
    /// Follow: show events as they come
    #[arg(short, long)]
    watch: bool,
    /// Show only what has this: type=start, engine=node1
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = Filter::parse)]
    filter: Vec<Filter>,
}

/// A record as the original writes an event.
#[derive(Serialize)]
#[serde(transparent)]
struct Event(ActivityRecord);

/// The original's type of an event: Docker's word, or the act as `add-engine`.
fn kind(record: &ActivityRecord) -> String {
    let (first, rest) = record.action.split_once('.').unwrap_or((&record.action, ""));
    match (record.phase, first, rest) {
        // Docker's own word for what happened to a container.
        (ActivityPhase::Event, "container", word) => word.to_owned(),
        (_, "engine" | "account" | "role", word) => {
            let word = match word {
                "remove" if first != "engine" => "delete",
                "create" | "invite" => "add",
                other => other,
            };
            format!("{word}-{first}")
        }
        (_, "token", "create" | "add" | "make") => "add-service-key".to_owned(),
        (_, "token", _) => "remove-service-key".to_owned(),
        _ => record.action.replace('.', "-"),
    }
}

/// The original's tags.
fn tags(record: &ActivityRecord) -> &'static str {
    if record.actor.via == ActivityVia::Engine {
        return "docker";
    }
    match record.action.split('.').next().unwrap_or_default() {
        "deploy" => "deploy",
        "webhook" => "docker,webhook",
        "account" | "role" | "pool" | "grant" | "grants" | "token" | "session" | "password" => "cluster,security",
        first if first.starts_with("sign") => "cluster,security",
        _ => "cluster",
    }
}

fn message(record: &ActivityRecord) -> String {
    let (subject, detail) = (&record.subject, record.detail.trim());
    let (mut text, rest) = match subject.kind.as_str() {
        "container" if record.phase == ActivityPhase::Event => {
            let text = format!(
                "container:{} action={} container={}",
                subject.name,
                kind(record),
                subject.name
            );
            (text, detail)
        }
        // An engine's detail begins with its address.
        "engine" if detail.contains("://") => (format!("addr={detail}"), ""),
        "account" => (format!("username={}", subject.name), detail),
        "token" => (format!("description={}", subject.name), detail),
        _ if subject.name.is_empty() => (record.action.clone(), detail),
        other => (format!("{other}={}", subject.name), detail),
    };
    let outcome = outcome(record).text;
    for more in [rest, &outcome] {
        if !more.is_empty() && more != "ok" {
            text.push(' ');
            text.push_str(more);
        }
    }
    text
}

impl Tabled for Event {
    const COLUMNS: &'static [Column] = &[
        column("Time"),
        column("Message"),
        column("Engine"),
        column("Type"),
        column("Tags"),
        wide("Account"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let record = &self.0;
        let of_engine = || (record.subject.kind == "engine").then(|| record.subject.name.clone());
        vec![
            time::ruby(record.at).into(),
            message(record).into(),
            record
                .subject
                .engine
                .clone()
                .or_else(of_engine)
                .unwrap_or_default()
                .into(),
            kind(record).into(),
            tags(record).into(),
            record.actor.account.clone().into(),
        ]
    }

    fn name(&self) -> String {
        format!("{} {}", self.0.action, self.0.subject.name)
    }
}

/// Shows events.
///
/// # Errors
/// When the server refuses.
pub async fn run(api: &Api, out: &Out, args: &Events) -> Outcome {
    // An act is one event: that it was about to be done is the record's business.
    let one = |record: &ActivityRecord| record.result != ActivityResult::Pending;
    if args.watch {
        return stream(api, out, &[], |record| {
            one(&record)
                .then(|| filter::keep(vec![Event(record)], &args.filter))
                .transpose()
                .map(|kept| kept.and_then(|mut kept| kept.pop()))
        })
        .await;
    }
    let records: Vec<ActivityRecord> = api.all(PATH, &[], args.limit).await?;
    let shown = records.into_iter().filter(one).map(Event).collect();
    out.list(&filter::keep(shown, &args.filter)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::Millis;
    use shipyard_model::activity::{ActivityActor, ActivitySubject};

    fn record(action: &str, phase: ActivityPhase, subject: ActivitySubject) -> ActivityRecord {
        ActivityRecord {
            seq: 1,
            at: Millis::from_seconds(1_136_214_245),
            operation: None,
            actor: ActivityActor {
                account: String::new(),
                via: if phase == ActivityPhase::Event {
                    ActivityVia::Engine
                } else {
                    ActivityVia::Session
                },
                from: None,
            },
            action: action.to_owned(),
            subject,
            detail: String::new(),
            phase,
            result: ActivityResult::Ok,
        }
    }

    fn cells(record: ActivityRecord) -> Vec<String> {
        Event(record)
            .cells()
            .into_iter()
            .take(5)
            .map(|cell| cell.text)
            .collect()
    }

    #[test]
    fn events_are_written_as_the_original_does() {
        let start = record(
            "container.start",
            ActivityPhase::Event,
            ActivitySubject::new("container", "web").on("node1"),
        );
        assert_eq!(
            cells(start),
            [
                "Mon Jan 02 15:04:05 +0000 2006",
                "container:web action=start container=web",
                "node1",
                "start",
                "docker"
            ]
        );
        let add = record(
            "engine.add",
            ActivityPhase::Outcome { of: 1 },
            ActivitySubject::new("engine", "node1"),
        );
        assert_eq!(
            cells(add).get(1..).unwrap(),
            ["engine=node1", "node1", "add-engine", "cluster"]
        );
        let account = record(
            "account.remove",
            ActivityPhase::Outcome { of: 1 },
            ActivitySubject::new("account", "ann"),
        );
        assert_eq!(
            cells(account).get(1..).unwrap(),
            ["username=ann", "", "delete-account", "cluster,security"]
        );
    }
}
