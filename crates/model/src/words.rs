//! A command line as a shell would split it, and words as a shell would need them written.

/// A quotation mark was opened and not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unclosed;

/// Splits a command into words: blanks part them, single quotes keep everything, double quotes keep blanks, a backslash
/// keeps the next character. Nothing is expanded.
///
/// # Errors
/// [`Unclosed`] when a quotation mark has no end.
pub fn split(text: &str) -> Result<Vec<String>, Unclosed> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\'' => quoted(&mut chars, word.get_or_insert_default())?,
            '"' => double_quoted(&mut chars, word.get_or_insert_default())?,
            // Before the end of a line it joins two lines.
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(next) => word.get_or_insert_default().push(next),
            },
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), Unclosed> {
    for c in chars {
        if c == '\'' {
            return Ok(());
        }
        word.push(c);
    }
    Err(Unclosed)
}

fn double_quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), Unclosed> {
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok(()),
            '\\' => match chars.next().ok_or(Unclosed)? {
                '\n' => {}
                next @ ('"' | '\\' | '$' | '`') => word.push(next),
                next => word.extend(['\\', next]),
            },
            _ => word.push(c),
        }
    }
    Err(Unclosed)
}

/// A word as a shell reads it back unchanged.
pub fn quote(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_split_as_in_a_shell() {
        for (text, words) in [
            ("", vec![]),
            ("  httpd -f  -p 80 ", vec!["httpd", "-f", "-p", "80"]),
            (
                r#"sh -c "echo 'a  b'; sleep 1""#,
                vec!["sh", "-c", "echo 'a  b'; sleep 1"],
            ),
            (r#"a'b c'd "" ''"#, vec!["ab cd", "", ""]),
            (r#""a\"b\n" a\ b"#, vec![r#"a"b\n"#, "a b"]),
            ("a \\\n b", vec!["a", "b"]),
        ] {
            assert_eq!(split(text).unwrap(), words, "{text}");
        }
        assert_eq!(split("a 'b"), Err(Unclosed));
        assert_eq!(split("\"a\\"), Err(Unclosed));
    }

    proptest! {
        #[test]
        fn quoted_words_come_back(words in proptest::collection::vec(any::<String>(), 0..5)) {
            let line: Vec<_> = words.iter().map(|w| quote(w)).collect();
            prop_assert_eq!(split(&line.join(" ")).unwrap(), words);
        }
    }
}
