//! What became of what a hook sent, and sending it again.
use super::{Name, find, path};
use crate::api::Api;
use crate::args::Listing;
use crate::error::{Failure, Outcome};
use crate::out::table::{Cell, Column, Tabled, Tone, column, wide};
use crate::out::{self, Out, escape, time};
use crate::{follow, http};
use hyper::Method;
use serde::Serialize;
use shipyard_model::hook::Delivery;

/// A delivery in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Delivery);

/// What became of it, in a word.
fn state(delivery: &Delivery) -> Cell {
    match (delivery.delivered, delivery.next_try) {
        (true, _) => Cell::toned("delivered", Tone::Good),
        (false, Some(_)) => Cell::toned("waiting", Tone::Warn),
        (false, None) => Cell::toned("failed", Tone::Bad),
    }
}

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("ID"),
        column("Action"),
        column("State"),
        column("Status"),
        column("Tries"),
        column("Last Try"),
        wide("First Try"),
        wide("Next Try"),
        wide("Said"),
        wide("Why"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let delivery = &self.0;
        let status = delivery.status.map(|status| status.to_string());
        let next = delivery.next_try.map(time::plain);
        let why = delivery.error.as_ref().map(|problem| problem.detail.clone());
        let or_dash = |text: Option<String>| Cell::from(text.unwrap_or_else(|| "-".to_owned()));
        vec![
            delivery.id.clone().into(),
            delivery.action.clone().into(),
            state(delivery),
            or_dash(status),
            delivery.attempt.to_string().into(),
            time::plain(delivery.at).into(),
            time::plain(delivery.began).into(),
            or_dash(next),
            delivery.said.clone().into(),
            why.unwrap_or_default().into(),
        ]
    }

    fn name(&self) -> String {
        self.0.id.clone()
    }
}

/// `hook-deliveries`.
#[derive(Debug, clap::Args)]
pub struct Deliveries {
    #[command(flatten)]
    hook: Name,
    /// Most deliveries to show
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    listing: Listing,
}

/// Lists what a hook sent, newest first.
///
/// # Errors
/// When the hook is not there, or the server refuses.
pub async fn list(api: &Api, out: &Out, args: &Deliveries) -> Outcome {
    let hook = find(api, &args.hook.name).await?;
    let path = format!("{}/deliveries", path(&hook));
    let most = args.limit.unwrap_or(usize::MAX);
    let make = async || {
        let rows: Vec<Delivery> = api.all(&path, &[], most).await?;
        Ok(rows.into_iter().map(Shown).collect())
    };
    follow::made(out, &args.listing, make).await
}

/// Tells what became of one try.
fn told(out: &Out, delivery: &Delivery) -> Outcome {
    if out.is_data() {
        out.data(delivery)?;
    }
    match &delivery.error {
        // A test of what was taken before says whether it was taken again.
        Some(problem) => {
            let mut failure = Failure::failed(format!("It was not taken: {}", problem.detail)).hint(&problem.hint);
            if !delivery.said.is_empty() && problem.hint.is_empty() {
                failure = failure.hint(format!("The receiver said: {}", escape::line(&delivery.said)));
            }
            Err(failure)
        }
        None if out.is_data() => Ok(()),
        None => {
            let status = delivery.status.map_or_else(String::new, |status| format!(" {status}"));
            out::print(&format!("delivered{status} {}\n", escape::line(&delivery.id)))
        }
    }
}

/// Sends a test.
///
/// # Errors
/// When the hook is not there, the server refuses, or the receiver does not take it.
pub async fn test(api: &Api, out: &Out, args: &Name) -> Outcome {
    let path = path(&find(api, &args.name).await?);
    let bytes = api.act(Method::POST, format!("{path}/test"), None).await?;
    told(out, &http::read(&bytes)?)
}

/// `redeliver-hook`.
#[derive(Debug, clap::Args)]
pub struct Again {
    #[command(flatten)]
    hook: Name,
    /// The delivery's id, as hook-deliveries shows it
    delivery: String,
}

/// Sends a delivery again.
///
/// # Errors
/// When the hook or the delivery is not there, the server refuses, or the receiver does not take it.
pub async fn again(api: &Api, out: &Out, args: &Again) -> Outcome {
    let path = path(&find(api, &args.hook.name).await?);
    let path = format!("{path}/deliveries/{}/again", http::piece(&args.delivery));
    let bytes = api.act(Method::POST, path, None).await?;
    told(out, &http::read(&bytes)?)
}
