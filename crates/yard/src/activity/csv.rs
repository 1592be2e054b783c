//! Records as CSV (RFC 4180). A spreadsheet takes a field that begins like a formula for one, whoever wrote it: such a
//! field gets an apostrophe in front, and every field stands in quotes. Pure.
use shipyard_model::Millis;
use shipyard_model::activity::{ActivityPhase, ActivityRecord, ActivityResult, ActivityVia};
use time::OffsetDateTime;

/// The first line.
pub(super) const HEADER: &str =
    "seq,time,account,via,from,action,kind,subject,engine,pool,phase,of,result,code,sentence,detail,operation\r\n";

/// A record as a line.
pub(super) fn line(out: &mut String, record: &ActivityRecord) {
    let via = match &record.actor.via {
        ActivityVia::Session => "session",
        ActivityVia::Token(name) => &format!("token {name}"),
        ActivityVia::Machine => "machine",
        ActivityVia::Engine => "engine",
    };
    let (phase, of) = match record.phase {
        ActivityPhase::Intent => ("intent", String::new()),
        ActivityPhase::Outcome { of } => ("outcome", of.to_string()),
        ActivityPhase::Refused => ("refused", String::new()),
        ActivityPhase::Event => ("event", String::new()),
    };
    let (result, code, sentence) = match &record.result {
        ActivityResult::Pending => ("pending", "", ""),
        ActivityResult::Ok => ("ok", "", ""),
        ActivityResult::Problem { code, sentence } => ("problem", code.as_str(), sentence.as_str()),
        ActivityResult::Unknown => ("unknown", "", ""),
    };
    let seq = Some(record.seq).filter(|seq| *seq > 0).map(|seq| seq.to_string());
    let fields = [
        seq.as_deref().unwrap_or_default(),
        &iso(record.at),
        &record.actor.account,
        via,
        record.actor.from.as_deref().unwrap_or_default(),
        &record.action,
        &record.subject.kind,
        &record.subject.name,
        record.subject.engine.as_deref().unwrap_or_default(),
        record.subject.pool.as_deref().unwrap_or_default(),
        phase,
        &of,
        result,
        code,
        sentence,
        &record.detail,
        record.operation.as_ref().map(|id| id.as_str()).unwrap_or_default(),
    ];
    for (index, text) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        field(out, text);
    }
    out.push_str("\r\n");
}

/// A field in quotes, which no spreadsheet takes for a formula and no reader for more than one line.
pub(super) fn field(out: &mut String, text: &str) {
    out.push('"');
    // The wide ones are taken for the narrow ones by spreadsheets of some languages.
    let formula = ['=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '＝', '＋', '－', '＠'];
    let begins = |text: &str| text.starts_with(formula);
    if begins(text) || begins(text.trim_start()) {
        out.push('\'');
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("\"\""),
            c if c.is_control() => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A moment for machines, in UTC: `2026-11-23T14:05:09.123Z`. Empty when it is in no calendar.
pub(crate) fn iso(at: Millis) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000).map_or_else(
        |_| String::new(),
        |t| {
            format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                t.year(),
                u8::from(t.month()),
                t.day(),
                t.hour(),
                t.minute(),
                t.second(),
                t.millisecond()
            )
        },
    )
}
