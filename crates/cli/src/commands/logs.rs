//! Logs, of one container or of several in one time line.
use crate::api::Api;
use crate::error::{Exit, Failure, Outcome};
use crate::out::{self, Out, escape, time};
use crate::{find, http};
use serde::{Deserialize, Serialize};
use shipyard_model::stream::{LogLine, Output};
use shipyard_model::{ContainerRow, Millis, Problem};
use std::time::Duration;
use tokio::sync::mpsc;

/// Help of `logs`.
pub const HELP: &str = "\
Lines of several containers are put in the order of their times, each behind its container's name.

Examples:
  shipyard logs 4b2a
  shipyard logs -f --tail 20 web-1 web-2 node3/db
  shipyard logs --since 10m --stderr web-1";

/// `logs`.
#[derive(Debug, clap::Args)]
pub struct Logs {
    /// Names, ids or beginnings of ids; engine/name where several engines have it
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Only standard output (with --stderr: both)
    #[arg(long)]
    stdout: bool,
    /// Only standard error (with --stdout: both)
    #[arg(long)]
    stderr: bool,
    /// Go on with what comes
    #[arg(short, long)]
    follow: bool,
    /// Only so many of the last lines
    #[arg(short = 'n', long, value_name = "N")]
    tail: Option<u32>,
    /// Not before this: 10m, 2h, 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Not after this
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Begin each line with its time
    #[arg(short, long)]
    timestamps: bool,
}

impl Logs {
    /// What is asked for: at first, or after a place up to which all was told.
    fn query(&self, after: Option<&str>) -> Outcome<String> {
        let now = Millis::now();
        let moment = |text: &Option<String>| match text {
            Some(text) => time::parse(text, now)
                .map(|at| at.0.to_string())
                .map_err(Failure::usage),
            None => Ok(String::new()),
        };
        let both = self.stdout == self.stderr;
        let flag = |on: bool| on.to_string();
        let tail = self.tail.filter(|_| after.is_none());
        Ok(http::query([
            ("follow", flag(self.follow)),
            ("tail", tail.map(|lines| lines.to_string()).unwrap_or_default()),
            ("since", moment(&self.since)?),
            ("until", moment(&self.until)?),
            ("after", after.unwrap_or_default().to_owned()),
            ("stdout", flag(both || self.stdout)),
            ("stderr", flag(both || self.stderr)),
        ]))
    }
}

#[derive(Deserialize)]
struct Lines {
    lines: Vec<LogLine>,
    /// The place after them, in a log that is followed.
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Skipped {
    lines: u64,
}

/// What comes of one of the containers.
enum Came {
    Lines(usize, Vec<LogLine>),
    Skipped(usize, u64),
    Gap(usize),
    Ended(usize, Outcome),
}

/// Shows logs.
///
/// # Errors
/// When a container is not there, or its log cannot be read.
pub async fn run(api: &Api, out: &Out, args: &Logs) -> Outcome {
    args.query(None)?;
    let rows = find::containers(api, &args.ids).await?;
    let printer = Printer::new(out, &rows, args.timestamps);
    let (sender, receiver) = mpsc::channel(64);
    let readers = rows.iter().enumerate().map(|(at, row)| {
        let sender = sender.clone();
        async move {
            let ended = read(api, args, at, row, &sender).await;
            // Nobody waits for it where the printer has stopped.
            let _ = sender.send(Came::Ended(at, ended)).await;
        }
    });
    let readers = futures_util::future::join_all(readers.collect::<Vec<_>>());
    drop(sender);
    let (_, printed) = tokio::join!(
        async {
            readers.await;
        },
        merge(receiver, &printer, rows.len())
    );
    printed
}

/// How often in a row a log that is followed is asked for again after its connection broke.
const TRIES: u32 = 8;

/// Reads a log to its end. One that is followed goes on over a new connection when one breaks, where it was.
async fn read(api: &Api, args: &Logs, at: usize, row: &ContainerRow, sender: &mpsc::Sender<Came>) -> Outcome {
    let (mut cursor, mut failures) = (None::<String>, 0_u32);
    loop {
        let before = cursor.clone();
        let path = format!("{}/logs{}", find::path(row), args.query(cursor.as_deref())?);
        let broken = match read_once(api, at, &path, sender, &mut cursor).await {
            Err(failure) if failure.exit == Exit::Unreachable => failure,
            ended => return ended,
        };
        failures = if cursor == before { failures + 1 } else { 1 };
        if !args.follow || cursor.is_none() || failures > TRIES {
            return Err(broken);
        }
        // Half of it by chance: others lost the same server.
        let wait = Duration::from_millis(500 << failures.min(5));
        let part = getrandom::u32().map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX));
        tokio::time::sleep(wait / 2 + (wait / 2).mul_f64(part)).await;
    }
}

async fn read_once(
    api: &Api,
    at: usize,
    path: &str,
    sender: &mpsc::Sender<Came>,
    cursor: &mut Option<String>,
) -> Outcome {
    let mut events = api.follow(path).await?;
    while let Some(event) = events.next().await? {
        let came = match event.kind.as_str() {
            "lines" => {
                let told = http::read::<Lines>(event.data.as_bytes())?;
                *cursor = told.cursor.or_else(|| cursor.take());
                Came::Lines(at, told.lines)
            }
            "skipped" => Came::Skipped(at, http::read::<Skipped>(event.data.as_bytes())?.lines),
            "gap" => Came::Gap(at),
            "end" => return Ok(()),
            "failed" => return Err(why(&event.data)),
            "closed" if event.data.contains("going-away") => {
                return Err(Failure::new(Exit::Unreachable, "The server stops."));
            }
            _ => continue,
        };
        if sender.send(came).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The problem of an event, bare or as `{"why": …}`.
fn why(data: &str) -> Failure {
    #[derive(Deserialize)]
    struct Why {
        why: Problem,
    }
    let problem = serde_json::from_str::<Why>(data)
        .map(|told| told.why)
        .or_else(|_| serde_json::from_str::<Problem>(data));
    problem.map_or_else(|_| Failure::failed("The log cannot be read."), Failure::from)
}

/// How long a line waits for an older one of another container.
const SETTLE: Duration = Duration::from_millis(200);

/// Prints what comes, in the order of time as far as it is known.
async fn merge(mut receiver: mpsc::Receiver<Came>, printer: &Printer<'_>, containers: usize) -> Outcome {
    let mut held: Vec<(usize, LogLine)> = Vec::new();
    let mut failures = Vec::new();
    loop {
        let came = if held.is_empty() {
            receiver.recv().await
        } else {
            match tokio::time::timeout(SETTLE, receiver.recv()).await {
                Ok(came) => came,
                Err(_) => {
                    printer.flush(&mut held)?;
                    continue;
                }
            }
        };
        match came {
            Some(Came::Lines(at, lines)) => {
                held.extend(lines.into_iter().map(|line| (at, line)));
                // One container's lines are in order; many lines cannot all wait.
                if containers == 1 || held.len() > 50_000 {
                    printer.flush(&mut held)?;
                }
            }
            Some(Came::Skipped(at, lines)) => {
                printer.flush(&mut held)?;
                out::note(&format!(
                    "{}: {lines} lines came too fast and were left out",
                    printer.name(at)
                ));
            }
            Some(Came::Gap(at)) => {
                printer.flush(&mut held)?;
                out::note(&format!("{}: lines are missing here", printer.name(at)));
            }
            Some(Came::Ended(_, Ok(()))) => {}
            Some(Came::Ended(at, Err(failure))) => failures.push((at, failure)),
            None => break,
        }
    }
    printer.flush(&mut held)?;
    match failures.len() {
        0 => Ok(()),
        1 if containers == 1 => failures.pop().map_or(Ok(()), |(_, failure)| Err(failure)),
        failed => {
            for (at, failure) in &failures {
                out::note(&format!("{}: {failure}", printer.name(*at)));
            }
            Err(Failure::new(
                Exit::Failed,
                format!("{failed} of {containers} logs cannot be read."),
            ))
        }
    }
}

/// A line as data.
#[derive(Serialize)]
struct Data<'a> {
    engine: &'a str,
    container: &'a str,
    #[serde(flatten)]
    line: &'a LogLine,
}

struct Printer<'a> {
    out: &'a Out,
    rows: &'a [ContainerRow],
    prefixes: Vec<String>,
    timestamps: bool,
}

impl<'a> Printer<'a> {
    fn new(out: &'a Out, rows: &'a [ContainerRow], timestamps: bool) -> Self {
        // Colours that are read on dark and on light.
        const COLOURS: [u8; 6] = [36, 33, 35, 32, 34, 31];
        let shown: Vec<String> = rows.iter().map(|row| label(row, rows)).collect();
        let width = shown.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        let prefix = |(at, name): (usize, &String)| {
            let padded = format!("{name:width$} | ");
            match COLOURS.get(at % COLOURS.len()) {
                Some(colour) if out.colours => format!("\x1b[{colour}m{padded}\x1b[0m"),
                _ => padded,
            }
        };
        let prefixes = if rows.len() > 1 {
            shown.iter().enumerate().map(prefix).collect()
        } else {
            Vec::new()
        };
        Self {
            out,
            rows,
            prefixes,
            timestamps,
        }
    }

    fn name(&self, at: usize) -> String {
        self.rows.get(at).map_or_else(String::new, |row| label(row, self.rows))
    }

    /// Prints what was held back, oldest first.
    fn flush(&self, held: &mut Vec<(usize, LogLine)>) -> Outcome {
        // Stable: lines of one moment stay as they came. One without a time stays with the line before it.
        let mut last = Millis(i64::MIN);
        let mut keyed: Vec<(Millis, usize, LogLine)> = Vec::with_capacity(held.len());
        for (at, line) in held.drain(..) {
            last = line.at.unwrap_or(last);
            keyed.push((last, at, line));
        }
        if self.rows.len() > 1 {
            keyed.sort_by_key(|(moment, ..)| *moment);
        }
        let mut text = String::new();
        for (_, at, line) in keyed {
            text.push_str(&self.line(at, &line)?);
            text.push('\n');
        }
        out::print(&text)
    }

    fn line(&self, at: usize, line: &LogLine) -> Outcome<String> {
        let row = self.rows.get(at);
        if self.out.is_data() {
            let data = Data {
                engine: row.map_or("", |row| row.engine.as_str()),
                container: row.map_or("", |row| &row.name),
                line,
            };
            let json =
                serde_json::to_string(&data).map_err(|e| Failure::failed("This cannot be written.").because(&e))?;
            return Ok(escape::json(&json));
        }
        let mut text = self.prefixes.get(at).cloned().unwrap_or_default();
        if let (true, Some(moment)) = (self.timestamps, line.at) {
            text.push_str(&time::rfc3339(moment));
            text.push(' ');
        }
        if self.out.terminal {
            let shown = escape::log_line(&line.text);
            let bad = line.output == Output::Err && self.out.colours && !shown.contains('\x1b');
            if bad {
                text.push_str(&format!("\x1b[31m{shown}\x1b[0m"));
            } else {
                text.push_str(&shown);
            }
        } else {
            text.push_str(&line.text);
        }
        Ok(text)
    }
}

/// A container's name, with its engine where another one has the same.
fn label(row: &ContainerRow, rows: &[ContainerRow]) -> String {
    let alone = rows.iter().filter(|other| other.name == row.name).count() == 1;
    let name = escape::line(&row.name);
    if alone {
        name.into_owned()
    } else {
        format!("{}/{name}", row.engine)
    }
}
