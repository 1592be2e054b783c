//! What happened, in the original's words: an event for each thing that Docker reports or a person did.
use super::activity::{PATH, outcome, stream};
use crate::api::Api;
use crate::error::Outcome;
use crate::filter::{self, Filter};
use crate::out::table::{Cell, Column, Tabled, column, wide};
use crate::out::{Out, time};
use serde::Serialize;
use shipyard_model::activity::{ActivityRecord, ActivityResult};
use shipyard_model::original::{self, OriginalEvent};

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

/// The original's message, which names the container first where there is one, and what became of it where it is not done.
fn message(record: &ActivityRecord, told: &OriginalEvent) -> String {
    let mut text = match original::short_id(record) {
        Some(id) => format!("container:{id} {}", told.message),
        None => told.message.clone(),
    };
    let outcome = outcome(record).text;
    if outcome != "ok" && !outcome.is_empty() {
        text.push(' ');
        text.push_str(&outcome);
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
        let told = original::event(record);
        let of_engine = || (record.subject.kind == "engine").then(|| record.subject.name.clone());
        vec![
            time::ruby(record.at).into(),
            message(record, &told).into(),
            record
                .subject
                .engine
                .clone()
                .or_else(of_engine)
                .unwrap_or_default()
                .into(),
            told.kind.into(),
            told.tags.join(",").into(),
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
    use shipyard_model::activity::{ActivityActor, ActivityPhase, ActivitySubject, ActivityVia};

    // What each kind is called is tested where it is said, in the model.
    #[test]
    fn events_are_written_as_the_original_does() {
        let record = |result| ActivityRecord {
            seq: 0,
            at: Millis::from_seconds(1_136_214_245),
            operation: None,
            actor: ActivityActor {
                account: String::new(),
                via: ActivityVia::Engine,
                from: None,
            },
            action: "container.start".to_owned(),
            subject: ActivitySubject {
                id: Some("0123456789abcdef".to_owned()),
                ..ActivitySubject::new("container", "web").on("node1")
            },
            detail: String::new(),
            phase: ActivityPhase::Event,
            result,
        };
        let cells = |result| {
            let cells = Event(record(result)).cells().into_iter().take(5);
            cells.map(|cell| cell.text).collect::<Vec<_>>()
        };
        assert_eq!(
            cells(ActivityResult::Ok),
            [
                "Mon Jan 02 15:04:05 +0000 2006",
                "container:0123456789ab action=start container=0123456789ab",
                "node1",
                "start",
                "docker"
            ]
        );
        let failed = ActivityResult::Problem {
            code: "engine.down".to_owned(),
            sentence: "It is down.".to_owned(),
        };
        assert!(cells(failed).get(1).unwrap().ends_with(" It is down."));
    }
}
