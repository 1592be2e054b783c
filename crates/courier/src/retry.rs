//! When a message that was not taken is tried again. Pure.
use http::{HeaderMap, header};
use std::time::{Duration, SystemTime};

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(3600);
/// How long after the first try there is no more.
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 3600);

/// For how long a receiver that is too busy asks to be left alone: `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3).
/// What cannot be read asks for nothing.
pub(crate) fn asked_wait(status: u16, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if !matches!(status, 429 | 503) {
        return None;
    }
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Of digits alone, what does not fit is only too much.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    // A date that has passed asks for no wait.
    Some(at.duration_since(now).unwrap_or_default())
}

/// How long to wait after so many failures, the first of which is `since` ago; `None` when it is given up.
///
/// Between half of a bound and all of it; the bound doubles from a second to an hour. `random`, between 0 and 1, keeps many
/// that failed together from coming back together. A receiver that `asked` for a longer wait has it, up to the longest of ours;
/// none shortens it.
pub fn next_wait(failures: u32, since: Duration, asked: Option<Duration>, random: f64) -> Option<Duration> {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(20));
    let bound = doubled.min(LONGEST);
    let random = if random.is_finite() {
        random.clamp(0.0, 1.0)
    } else {
        1.0
    };
    let own = bound.mul_f64(0.5 + random / 2.0);
    let wait = own.max(asked.unwrap_or_default().min(LONGEST));
    (since.saturating_add(wait) <= GIVEN_UP_AFTER).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_are_bounded_and_grow(
            failures: u32,
            since in 0u64..200_000,
            asked in proptest::option::of(any::<u64>()),
            random: f64,
        ) {
            let (since, asked) = (Duration::from_secs(since), asked.map(Duration::from_secs));
            if let Some(wait) = next_wait(failures, since, asked, random) {
                prop_assert!(wait >= FIRST / 2 && wait <= LONGEST);
                prop_assert!(since + wait <= GIVEN_UP_AFTER);
                prop_assert!(asked.is_none_or(|asked| wait >= asked.min(LONGEST)), "what is asked for is given");
                prop_assert!(next_wait(failures, Duration::ZERO, None, random).unwrap() <= wait, "nothing shortens it");
                let later = next_wait(failures.saturating_add(1), Duration::ZERO, asked, 1.0).unwrap();
                prop_assert!(later >= wait);
            } else {
                prop_assert!(since + LONGEST > GIVEN_UP_AFTER);
            }
        }

        #[test]
        fn a_receiver_that_is_gone_is_given_up_after_a_day(randoms in proptest::collection::vec(0.0f64..1.0, 100)) {
            let (mut since, mut tries) = (Duration::ZERO, 0u32);
            for random in randoms {
                tries += 1;
                match next_wait(tries, since, None, random) {
                    Some(wait) => since += wait,
                    None => break,
                }
            }
            prop_assert!((30..=70).contains(&tries), "{tries} tries");
            prop_assert!(since > GIVEN_UP_AFTER - LONGEST && since <= GIVEN_UP_AFTER);
        }
    }

    #[test]
    fn the_first_waits_are_short() {
        let most = |failures| next_wait(failures, Duration::ZERO, None, 1.0).unwrap().as_secs();
        assert_eq!([1, 2, 3, 4, 12, 13, 1000].map(most), [1, 2, 4, 8, 2048, 3600, 3600]);
    }

    fn asked(status: u16, text: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, header::HeaderValue::from_str(text).unwrap());
        // Sun, 06 Nov 1994 08:49:37 GMT.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        asked_wait(status, &headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn who_is_too_busy_says_for_how_long() {
        for (text, wait) in [
            ("120", Some(120)),
            ("0", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:50:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("+7", None),
            ("soon", None),
        ] {
            assert_eq!(asked(503, text), wait, "{text}");
            assert_eq!(asked(429, text), wait, "{text}");
            assert_eq!(asked(500, text), None, "{text}");
        }
        assert_eq!(asked_wait(503, &HeaderMap::new(), SystemTime::now()), None);
    }

    proptest! {
        #[test]
        fn nothing_that_a_receiver_writes_stops_us(text in "[ -~]{0,60}", status in 100u16..600) {
            let _ = asked(status, &text);
        }
    }
}
