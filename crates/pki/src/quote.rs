//! Texts for a shell. Between single quotes nothing has a meaning but the single quote itself (POSIX 2.2.2), so that is
//! all there is to take care of; control characters are refused, so that a text is one line wherever it is put.
use std::fmt;

/// A text that no script of ours may hold: it has a control character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unquotable;

impl fmt::Display for Unquotable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text for a script may hold no control characters")
    }
}

impl std::error::Error for Unquotable {}

/// The text as one word of a shell.
///
/// # Errors
/// [`Unquotable`] when it has a control character.
pub fn quote(text: &str) -> Result<String, Unquotable> {
    if text.chars().any(char::is_control) {
        return Err(Unquotable);
    }
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_shell_reads_back_what_was_quoted(texts in prop::collection::vec("\\PC{0,20}|[ '\"\\\\$`!*?~#;&|<>(){}=%-]{0,20}", 1..6)) {
            let words: Vec<String> = texts.iter().map(|text| quote(text).unwrap()).collect();
            let script = format!("A={}\nprintf '%s\\n' \"$A\" {}", words[0], words.join(" "));
            let output = Command::new("sh").arg("-c").arg(&script).output().unwrap();
            let expected: String = texts.iter().take(1).chain(&texts).map(|text| format!("{text}\n")).collect();
            prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
            prop_assert!(output.stderr.is_empty());
        }

        #[test]
        fn what_would_end_a_line_is_refused(before: String, control in "[\\x00-\\x1f\\x7f\\u{85}]", after: String) {
            prop_assert_eq!(quote(&format!("{before}{control}{after}")), Err(Unquotable));
        }
    }
}
