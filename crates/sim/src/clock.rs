//! Moments as Docker writes them, by an engine's own clock.
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;

/// Nanoseconds since 1970, by this machine.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Year, month and day of a day since 1970 (Howard Hinnant, “chrono-compatible low-level date algorithms”).
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// RFC 3339 with all nine digits, as log lines begin with it: always 30 characters.
pub(crate) fn stamp(nanos: i64) -> String {
    let (seconds, fraction) = (nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND));
    let (year, month, day) = date(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let mut text = String::with_capacity(30);
    // Writing to a String does not fail.
    let _ = write!(
        text,
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:09}Z"
    );
    text
}

/// RFC 3339 as Go writes it: without the zeros at the end. 0 is Go's own beginning of time.
pub(crate) fn moment(nanos: i64) -> String {
    if nanos == 0 {
        return "0001-01-01T00:00:00Z".to_owned();
    }
    let text = stamp(nanos);
    let short = text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    format!("{short}Z")
}

/// How long something took in Docker's words (go-units `HumanDuration`), and after how many seconds they are others.
pub(crate) fn human(nanos: i64) -> (String, i64) {
    let seconds = (nanos / SECOND).max(0);
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    let until = |end: i64| (end - seconds).max(1);
    let next_hour = until(hours * 3600 + 1800);
    match seconds {
        0 => ("Less than a second".to_owned(), 1),
        1 => ("1 second".to_owned(), 1),
        2..60 => (format!("{seconds} seconds"), 1),
        60..120 => ("About a minute".to_owned(), until(120)),
        120..3600 => (format!("{minutes} minutes"), until((minutes + 1) * 60)),
        _ if hours == 1 => ("About an hour".to_owned(), until(5400)),
        _ if hours < 48 => (format!("{hours} hours"), next_hour),
        _ if hours < 24 * 7 * 2 => (format!("{} days", hours / 24), next_hour),
        _ if hours < 24 * 30 * 2 => (format!("{} weeks", hours / 24 / 7), next_hour),
        _ if hours < 24 * 365 * 2 => (format!("{} months", hours / 24 / 30), next_hour),
        _ => (format!("{} years", seconds / 3600 / 24 / 365), next_hour),
    }
}

/// An HTTP `Date`.
pub(crate) fn http_date(nanos: i64) -> String {
    let since = std::time::Duration::from_nanos(u64::try_from(nanos).unwrap_or(0));
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}

/// A moment as requests name it (`since`, `until`): seconds with a fraction, or RFC 3339 up to seconds.
pub(crate) fn asked(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = seconds.parse().ok()?;
    let mut nanos: i64 = 0;
    let mut unit = SECOND / 10;
    for digit in fraction.bytes().take(9) {
        nanos += i64::from(digit.checked_sub(b'0').filter(|d| *d < 10)?) * unit;
        unit /= 10;
    }
    seconds.checked_mul(SECOND)?.checked_add(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_go_does() {
        assert_eq!(moment(0), "0001-01-01T00:00:00Z");
        assert_eq!(moment(1_700_000_000 * SECOND), "2023-11-14T22:13:20Z");
        assert_eq!(moment(1_709_210_096 * SECOND + 120_000_000), "2024-02-29T12:34:56.12Z");
        assert_eq!(stamp(951_782_400 * SECOND + 7), "2000-02-29T00:00:00.000000007Z");
    }

    #[test]
    fn durations_are_dockers_words() {
        let text = |seconds: i64| human(seconds * SECOND).0;
        assert_eq!(text(0), "Less than a second");
        assert_eq!(text(59), "59 seconds");
        assert_eq!(text(61), "About a minute");
        assert_eq!(text(3599), "59 minutes");
        assert_eq!(text(3600), "About an hour");
        assert_eq!(text(2 * 3600), "2 hours");
        assert_eq!(text(3 * 86_400), "3 days");
        assert_eq!(text(20 * 86_400), "2 weeks");
    }

    #[test]
    fn words_are_others_just_then() {
        for seconds in (0..400_000).step_by(7) {
            let (word, next) = human(seconds * SECOND);
            let same = human((seconds + next - 1) * SECOND).0 == word;
            assert!(same, "{seconds}: {word} for {next}");
        }
    }

    #[test]
    fn moments_that_are_asked_for() {
        assert_eq!(asked("1700000000.5"), Some(1_700_000_000_500_000_000));
        assert_eq!(asked("3"), Some(3 * SECOND));
        assert_eq!(asked("x"), None);
        assert_eq!(asked("1.x"), None);
    }
}
