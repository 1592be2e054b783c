//! Moments as people and the original's scripts read them. All are in UTC, so that two people see the same.
use shipyard_model::Millis;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A moment in the parts of a calendar.
struct Parts {
    year: i64,
    month: usize,
    day: i64,
    weekday: usize,
    second: i64,
    millis: i64,
}

fn parts(at: Millis) -> Parts {
    let seconds = at.0.div_euclid(1000);
    let days = seconds.div_euclid(86_400);
    // Howard Hinnant's civil_from_days: years begin in March, so that the leap day is a year's last.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    Parts {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: usize::try_from(month).unwrap_or(1),
        day: of_year - (153 * shifted + 2) / 5 + 1,
        weekday: usize::try_from(days.rem_euclid(7)).unwrap_or_default(),
        second: seconds.rem_euclid(86_400),
        millis: at.0.rem_euclid(1000),
    }
}

fn word(words: &[&'static str], at: usize) -> &'static str {
    words.get(at).copied().unwrap_or_default()
}

/// `Mon Jan 02 15:04:05 +0000 2006`, as the original writes the time of an event (Ruby's date).
pub fn ruby(at: Millis) -> String {
    let p = parts(at);
    format!(
        "{} {} {:02} {:02}:{:02}:{:02} +0000 {}",
        word(&DAYS, p.weekday),
        word(&MONTHS, p.month.saturating_sub(1)),
        p.day,
        p.second / 3600,
        p.second / 60 % 60,
        p.second % 60,
        p.year
    )
}

/// `2006-01-02 15:04:05`.
pub fn plain(at: Millis) -> String {
    let p = parts(at);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        p.year,
        p.month,
        p.day,
        p.second / 3600,
        p.second / 60 % 60,
        p.second % 60
    )
}

/// `2006-01-02T15:04:05.000Z`.
pub fn rfc3339(at: Millis) -> String {
    let millis = parts(at).millis;
    format!("{}.{millis:03}Z", plain(at).replace(' ', "T"))
}

/// How long ago: `5s`, `3m`, `2h`, `4d`.
pub fn ago(at: Millis, now: Millis) -> String {
    let seconds = now.since(at) / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// Reads `2006-01-02`, `2006-01-02T15:04:05Z`, or how long ago: `10m`, `2h`, `3d`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn parse(text: &str, now: Millis) -> Result<Millis, String> {
    let want = || format!("“{text}” is no time: write 10m, 2h, 3d, 2026-01-31 or 2026-01-31T12:00:00Z");
    let text = text.trim();
    for (unit, factor) in [('s', 1000), ('m', 60_000), ('h', 3_600_000), ('d', 86_400_000)] {
        if let Some(count) = text.strip_suffix(unit).and_then(|count| count.parse::<u32>().ok()) {
            return Ok(Millis(now.0.saturating_sub(i64::from(count) * factor)));
        }
    }
    let (date, clock) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
    let numbers = |text: &str, apart: char| -> Option<Vec<i64>> {
        text.split(apart)
            .map(|part| part.parse::<u32>().ok().map(i64::from))
            .collect()
    };
    let (Some(date), Some(clock)) = (numbers(date, '-'), numbers(clock.trim_end_matches('Z'), ':')) else {
        return Err(want());
    };
    let (&[year, month, day], Some(&hour)) = (date.as_slice(), clock.first()) else {
        return Err(want());
    };
    let (minute, second) = (clock.get(1).copied().unwrap_or(0), clock.get(2).copied().unwrap_or(0));
    let good = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
        && clock.len() <= 3;
    if !good {
        return Err(want());
    }
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Ok(Millis::from_seconds(days * 86_400 + hour * 3600 + minute * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_written_as_the_original_does() {
        let at = Millis::from_seconds(1_136_214_245);
        assert_eq!(ruby(at), "Mon Jan 02 15:04:05 +0000 2006");
        assert_eq!(rfc3339(Millis(at.0 + 7)), "2006-01-02T15:04:05.007Z");
        assert_eq!(plain(Millis::from_seconds(951_782_400)), "2000-02-29 00:00:00");
        assert_eq!(ago(Millis(0), Millis::from_seconds(90_000)), "25h");
    }

    #[test]
    fn times_are_read() {
        let now = Millis::from_seconds(1_000_000);
        assert_eq!(parse("10m", now), Ok(Millis::from_seconds(999_400)));
        assert_eq!(parse("1970-01-02", now), Ok(Millis::from_seconds(86_400)));
        for bad in ["", "soon", "2026-13-01", "2026-01-01T25:00", "1m2", "-5m"] {
            assert!(parse(bad, now).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seconds in 0_i64..253_402_300_799) {
            let at = Millis::from_seconds(seconds);
            prop_assert_eq!(parse(&plain(at), Millis(0)), Ok(at));
        }

        #[test]
        fn no_text_is_too_strange(text in ".*") {
            let _ = parse(&text, Millis(0));
        }
    }
}
