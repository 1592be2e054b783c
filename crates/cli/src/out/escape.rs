//! What others wrote, made harmless: a terminal obeys control characters, and names, labels and log lines are anybody's.
use std::borrow::Cow;
use std::fmt::Write;

/// Whether a terminal acts on it, or it turns the direction of what follows.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn escape(into: &mut String, c: char) {
    let code = u32::from(c);
    // Writing to a string does not fail.
    let _ = if code < 0x100 {
        write!(into, "\\x{code:02x}")
    } else {
        write!(into, "\\u{{{code:x}}}")
    };
}

/// The text on one line, everything that a terminal would act on written out: `\x1b`, `\u{202e}`.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if acts(c) {
            escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The same for a text of several lines, whose line ends and tabs stay.
pub fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) && !matches!(c, '\n' | '\t') {
            escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

/// JSON in which what JSON itself lets through is written as `\u202e`. It stands in strings only, so the meaning is the
/// same.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) && c != '\n' {
            // All of them are below 0x10000.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// A line of a log for a terminal: colours (SGR) stay and end with the line, everything else is written out.
pub fn log_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut rest = text;
    let mut coloured = false;
    while let Some(c) = rest.chars().next() {
        if let Some((code, after)) = sgr(rest) {
            out.push_str(code);
            coloured = true;
            rest = after;
            continue;
        }
        if c == '\t' || !acts(c) {
            out.push(c);
        } else {
            escape(&mut out, c);
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    if coloured {
        out.push_str("\x1b[0m");
    }
    out
}

/// A colour code at the beginning of the text, and what follows it.
fn sgr(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("\x1b[")?;
    let length = inner.find(|c: char| !c.is_ascii_digit() && !matches!(c, ';' | ':'))?;
    let rest = inner.get(length..)?.strip_prefix('m')?;
    // Longer ones name no colour; some terminals choke on them.
    (length <= 64).then(|| text.split_at(text.len() - rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_one_line_that_no_terminal_acts_on() {
        assert_eq!(line("web-1"), "web-1");
        assert_eq!(line("a\x1b[2Jb\r\n"), "a\\x1b[2Jb\\x0d\\x0a");
        assert_eq!(line("a\u{202e}b\u{9b}"), "a\\u{202e}b\\x9b");
        assert_eq!(lines("a\n\tb\x07"), "a\n\tb\\x07");
    }

    #[test]
    fn json_means_the_same_afterwards() {
        let value = serde_json::json!({ "name": "a\u{9b}\u{202e}\u{1b}b" });
        let text = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!text.chars().any(|c| acts(c) && c != '\n'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn log_lines_keep_colours_and_nothing_else() {
        assert_eq!(log_line("\x1b[31mred\x1b[0m"), "\x1b[31mred\x1b[0m\x1b[0m");
        assert_eq!(log_line("\x1b[2J\x1b]0;title\x07"), "\\x1b[2J\\x1b]0;title\\x07");
        assert_eq!(log_line("plain\twords"), "plain\twords");
    }

    proptest! {
        #[test]
        fn nothing_that_acts_is_left(text in "\\PC*|[\\x00-\\x9f]*") {
            prop_assert!(!line(&text).chars().any(acts));
            let logged = log_line(&text);
            let mut rest = logged.as_str();
            while let Some(at) = rest.find('\x1b') {
                let (_, code) = rest.split_at(at);
                let (_, after) = sgr(code).expect("only colours");
                rest = after;
            }
        }
    }
}
