//! The record of who did what.
use crate::api::Api;
use crate::error::{Failure, Outcome};
use crate::http;
use crate::out::table::{self, Cell, Column, Tabled, Tone, column, wide};
use crate::out::{self, Out, escape, time};
use serde::Serialize;
use shipyard_model::Millis;
use shipyard_model::activity::{ActivityPhase, ActivityRecord, ActivityResult, ActivityVia};

/// Help of `activity`.
pub const HELP: &str = "\
Examples:
  shipyard activity --account ann --since 2h
  shipyard activity --refused --watch
  shipyard activity export --format csv > activity.csv";

/// `activity`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Activity {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    query: Query,
    /// Most records to show
    #[arg(short = 'n', long, default_value_t = 100, value_name = "N")]
    limit: usize,
    /// Follow: show records as they come
    #[arg(short, long)]
    watch: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Print all of the record, as a file of lines
    Export {
        #[command(flatten)]
        query: Query,
        /// jsonl or csv
        #[arg(long, default_value = "jsonl")]
        format: String,
    },
}

/// Which records.
#[derive(Debug, clap::Args)]
struct Query {
    /// Text that they hold
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Who did it
    #[arg(long)]
    account: Option<String>,
    /// What was done: container.stop, or container for all of these
    #[arg(long)]
    action: Option<String>,
    /// On which engine
    #[arg(long)]
    engine: Option<String>,
    /// Not before this: 10m, 2h, 2026-01-31
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only what was not allowed
    #[arg(long)]
    refused: bool,
}

impl Query {
    fn pairs(&self) -> Outcome<Vec<(&'static str, String)>> {
        let now = Millis::now();
        let moment = |text: &Option<String>| match text {
            Some(text) => time::parse(text, now)
                .map(|at| at.0.to_string())
                .map_err(Failure::usage),
            None => Ok(String::new()),
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Ok(vec![
            ("q", text(&self.text)),
            ("account", text(&self.account)),
            ("action", text(&self.action)),
            ("engine", text(&self.engine)),
            ("from", moment(&self.since)?),
            ("to", moment(&self.until)?),
            ("refused", if self.refused { "true".to_owned() } else { String::new() }),
        ])
    }
}

/// What became of it.
pub(super) fn outcome(record: &ActivityRecord) -> Cell {
    match (&record.phase, &record.result) {
        (ActivityPhase::Refused, _) => Cell::toned("refused", Tone::Bad),
        (_, ActivityResult::Pending) => Cell::toned("begun", Tone::Dim),
        (_, ActivityResult::Ok) => Cell::toned("ok", Tone::Good),
        (_, ActivityResult::Problem { code, sentence }) => {
            Cell::toned(if sentence.is_empty() { code } else { sentence }, Tone::Bad)
        }
        (_, ActivityResult::Unknown) => Cell::toned("unknown", Tone::Warn),
    }
}

/// A record in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(ActivityRecord);

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("Time"),
        column("Account"),
        column("Action"),
        column("Subject"),
        column("Engine"),
        column("Result"),
        wide("From"),
        wide("Via"),
        wide("Detail"),
        wide("Operation"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let r = &self.0;
        let via = match &r.actor.via {
            ActivityVia::Session => "session".to_owned(),
            ActivityVia::Token(name) => format!("token {name}"),
            ActivityVia::Machine => "machine".to_owned(),
            ActivityVia::Engine => "engine".to_owned(),
        };
        vec![
            time::plain(r.at).into(),
            if r.actor.account.is_empty() {
                "-"
            } else {
                &r.actor.account
            }
            .into(),
            r.action.clone().into(),
            r.subject.name.clone().into(),
            r.subject.engine.clone().unwrap_or_default().into(),
            outcome(r),
            r.actor.from.clone().unwrap_or_default().into(),
            via.into(),
            r.detail.clone().into(),
            r.operation.as_ref().map(ToString::to_string).unwrap_or_default().into(),
        ]
    }

    fn name(&self) -> String {
        self.0.seq.to_string()
    }
}

/// Where it is.
pub(super) const PATH: &str = "/api/v1/activity";

/// Shows activity.
///
/// # Errors
/// When the server refuses.
pub async fn run(api: &Api, out: &Out, args: &Activity) -> Outcome {
    if let Some(Verb::Export { query, format }) = &args.verb {
        let pairs = query.pairs()?.into_iter().chain([("format", format.clone())]);
        let bytes = api
            .ask(http::Ask::get(format!("{PATH}/export{}", http::query(pairs))))
            .await?;
        let text = String::from_utf8_lossy(&bytes);
        return out::print(&if out.terminal {
            escape::lines(&text)
        } else {
            text.into_owned()
        });
    }
    let pairs = args.query.pairs()?;
    if args.watch {
        return stream(api, out, &pairs, |record| Ok(Some(Shown(record)))).await;
    }
    let records: Vec<ActivityRecord> = api.all(PATH, &pairs, args.limit).await?;
    out.list(&records.into_iter().map(Shown).collect::<Vec<_>>())
}

/// Prints records as they come, below one head.
pub(super) async fn stream<T: Tabled>(
    api: &Api,
    out: &Out,
    pairs: &[(&str, String)],
    turn: impl Fn(ActivityRecord) -> Outcome<Option<T>>,
) -> Outcome {
    let mut events = api
        .follow(&format!("{PATH}{}", http::query(pairs.iter().cloned())))
        .await?;
    let mut first = true;
    while let Some(event) = events.next().await? {
        if event.kind != "record" {
            continue;
        }
        let Some(item) = turn(http::read(event.data.as_bytes())?)? else {
            continue;
        };
        if out.is_data() {
            out.one_of_many(&item)?;
            continue;
        }
        let text = table::render(&[item], out.paper());
        let lines = text.split_inclusive('\n').skip(usize::from(!first));
        out::print(&lines.collect::<String>())?;
        first = false;
    }
    Ok(())
}
