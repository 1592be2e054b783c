//! What a program shows: `Authorization: Bearer shp_…` for a token, `shs_…` for a session (RFC 6750), and nowhere else.
use http::{HeaderMap, header};
use shipyard_model::{Problem, Secret};

/// The token or session of a request; `None` without an `Authorization` header.
pub(crate) fn of(headers: &HeaderMap) -> Option<Result<Secret, Problem>> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let first = all.next()?;
    let text = first.to_str().ok().and_then(|text| text.split_once(' '));
    Some(match text {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && all.next().is_none() => {
            Ok(Secret::new(token.trim()))
        }
        _ => Err(refused()),
    })
}

/// The token is none of ours, has ended or was revoked: which, is not told.
pub(crate) fn refused() -> Problem {
    Problem::new(401, "token.refused", "This token does not hold.").hint("Make a new one on your settings page.")
}

/// The session has ended; why, is not told.
pub(crate) fn session_refused() -> Problem {
    Problem::new(401, "session.refused", "This session has ended.").hint("Sign in again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(values: &[&str]) -> Option<Result<String, u16>> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        of(&headers).map(|read| read.map(|t| t.reveal().to_owned()).map_err(|p| p.status))
    }

    #[test]
    fn one_bearer_and_nothing_else() {
        assert_eq!(token(&[]), None);
        assert_eq!(token(&["Bearer shp_a_b"]), Some(Ok("shp_a_b".to_owned())));
        assert_eq!(token(&["bearer  shp_a_b"]), Some(Ok("shp_a_b".to_owned())));
        for wrong in [&["Basic YTpi"][..], &["shp_a_b"], &["Bearer a", "Bearer b"], &[""]] {
            assert_eq!(token(wrong), Some(Err(401)), "{wrong:?}");
        }
    }
}
