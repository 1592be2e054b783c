//! Lists that are followed: shown again whenever the server says that they changed, or whenever they differ where it does not
//! say so.
use crate::api::Api;
use crate::args::Listing;
use crate::error::Outcome;
use crate::filter::{self, Filter};
use crate::http;
use crate::out::table::Tabled;
use crate::out::{self, Out};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// How often what nobody tells changes of is asked for again.
const AGAIN: Duration = Duration::from_secs(3);

/// Shows a list in place of the one before, where there is a screen to do that on; as data one value a line.
///
/// # Errors
/// When it cannot be written.
pub fn show<T: Tabled>(out: &Out, items: &[T]) -> Outcome {
    if out.is_data() {
        return out.one_of_many(&items);
    }
    if out.terminal {
        // Home, and away with what was below; no flicker of an empty screen.
        out::print("\x1b[H\x1b[J")?;
    }
    out.list(items)
}

/// Follows a list whose every event is the whole of it.
///
/// # Errors
/// When the connection breaks.
pub async fn whole<T, U>(api: &Api, out: &Out, path: &str, filters: &[Filter], turn: impl Fn(U) -> T) -> Outcome
where
    T: Tabled,
    U: DeserializeOwned,
{
    let mut events = api.follow(path).await?;
    while let Some(event) = events.next().await? {
        if event.kind == "whole" {
            let items: Vec<U> = http::read(event.data.as_bytes())?;
            let items = filter::keep(items.into_iter().map(&turn).collect(), filters)?;
            show(out, &items)?;
        }
    }
    Ok(())
}

/// Shows a list as it is, or follows it.
///
/// # Errors
/// When the server refuses, or the connection breaks.
pub async fn list<T, U>(
    api: &Api,
    out: &Out,
    path: &str,
    query: &[(&str, String)],
    listing: &Listing,
    turn: impl Fn(U) -> T,
) -> Outcome
where
    T: Tabled,
    U: DeserializeOwned,
{
    if listing.watch {
        let path = format!("{path}{}", http::query(query.iter().cloned()));
        return whole(api, out, &path, &listing.filter, turn).await;
    }
    let rows: Vec<U> = api.all(path, query, usize::MAX).await?;
    out.list(&filter::keep(rows.into_iter().map(turn).collect(), &listing.filter)?)
}

/// The same for a list that is made of several answers: followed, it is made again every few seconds, and shown when it differs.
///
/// # Errors
/// When it cannot be made.
pub async fn made<T: Tabled>(out: &Out, listing: &Listing, make: impl AsyncFn() -> Outcome<Vec<T>>) -> Outcome {
    let mut last = None;
    loop {
        let items = filter::keep(make().await?, &listing.filter)?;
        if !listing.watch {
            return out.list(&items);
        }
        let now = serde_json::to_value(&items).ok();
        if last != Some(now.clone()) {
            show(out, &items)?;
            last = Some(now);
        }
        tokio::time::sleep(AGAIN).await;
    }
}
