//! Lists that are followed: shown again whenever the server says that they changed.
use crate::api::Api;
use crate::error::Outcome;
use crate::filter::{self, Filter};
use crate::http;
use crate::out::table::Tabled;
use crate::out::{self, Out};
use serde::de::DeserializeOwned;

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
