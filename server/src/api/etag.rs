//! Two people edit the same thing: who read an older state of it is told, instead of undoing what the other did
//! (RFC 9110, sections 8.8.3 and 13.1.1).
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use shipyard_model::Problem;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The tag of a thing's state.
pub(crate) fn of(thing: &impl Serialize) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    serde_json::to_vec(thing).unwrap_or_default().hash(&mut hasher);
    HeaderValue::from_str(&format!("\"{:016x}\"", hasher.finish())).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Goes on when the request names this state, or none (`If-Match`).
///
/// # Errors
/// 412.
pub(crate) fn unchanged(headers: &HeaderMap, thing: &impl Serialize) -> Result<(), Problem> {
    let mut wanted = headers.get_all(header::IF_MATCH).iter().peekable();
    if wanted.peek().is_none() {
        return Ok(());
    }
    let now = of(thing);
    let is_now = |value: &HeaderValue| {
        let text = value.to_str().unwrap_or_default();
        text.split(',')
            .any(|one| matches!(one.trim(), "*") || one.trim() == now)
    };
    if wanted.any(is_now) {
        return Ok(());
    }
    Err(
        Problem::new(412, "changed-meanwhile", "It was changed since you read it.")
            .hint("Read it again, then make your change."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_state_is_told() {
        let now = of(&"now");
        let check = |value: Option<&HeaderValue>| {
            let headers = value
                .map(|value| (header::IF_MATCH, value.clone()))
                .into_iter()
                .collect();
            unchanged(&headers, &"now").map_err(|problem| problem.status)
        };
        assert_eq!(check(None), Ok(()));
        assert_eq!(check(Some(&now)), Ok(()));
        assert_eq!(check(Some(&HeaderValue::from_static("*"))), Ok(()));
        assert_eq!(check(Some(&of(&"before"))), Err(412));
    }
}
