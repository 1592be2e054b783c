//! A command line as a person pastes it: words as a shell would make them, and what a shell would have done besides, which
//! is told.
use crate::told;
use shipyard_model::Problem;
use std::iter::Peekable;
use std::str::Chars;

/// The words of the first command, and notes.
///
/// # Errors
/// When a quotation mark is not closed.
pub(crate) fn words(text: &str) -> Result<(Vec<String>, Vec<Problem>), Problem> {
    let mut lexer = Lexer {
        chars: text.chars().peekable(),
        words: Vec::new(),
        word: None,
        notes: Vec::new(),
    };
    lexer.run()?;
    Ok((lexer.words, lexer.notes))
}

struct Lexer<'t> {
    chars: Peekable<Chars<'t>>,
    words: Vec<String>,
    word: Option<String>,
    notes: Vec<Problem>,
}

impl Lexer<'_> {
    fn run(&mut self) -> Result<(), Problem> {
        while let Some(c) = self.chars.next() {
            match c {
                // A line that ends without a backslash goes on all the same: that is how it is often pasted.
                ' ' | '\t' | '\n' | '\r' => self.words.extend(self.word.take()),
                '#' if self.word.is_none() => while self.chars.next_if(|c| *c != '\n').is_some() {},
                '\'' => self.single()?,
                '"' => self.double()?,
                '\\' => self.escaped(),
                ';' | '&' | '|' | '<' | '>' | '(' | ')' => {
                    let rest: String = std::iter::once(c).chain(self.chars.by_ref()).collect();
                    self.notes.push(told::rest(rest.trim()));
                }
                '$' | '`' => {
                    self.told(c);
                    self.push(c);
                }
                _ => self.push(c),
            }
        }
        self.words.extend(self.word.take());
        Ok(())
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    /// Says what a shell would put something else for.
    fn told(&mut self, first: char) {
        let begins = |c: &char| c.is_ascii_alphabetic() || matches!(c, '_' | '{' | '(');
        if first == '`' {
            self.notes.push(told::not_expanded("`"));
        } else if self.chars.peek().is_some_and(begins) {
            let end = match self.chars.peek() {
                Some('{') => Some('}'),
                Some('(') => Some(')'),
                _ => None,
            };
            let mut is_over = false;
            let is_name = |c: &char| match end {
                Some(end) => !std::mem::replace(&mut is_over, *c == end),
                None => c.is_ascii_alphanumeric() || *c == '_',
            };
            let name: String = self.chars.clone().take_while(is_name).collect();
            self.notes.push(told::not_expanded(&format!("${name}")));
        }
    }

    fn escaped(&mut self) {
        match self.chars.next() {
            // Before the end of a line it joins two lines.
            Some('\r') => drop(self.chars.next_if_eq(&'\n')),
            Some('\n') | None => {}
            Some(c) => self.push(c),
        }
    }

    fn single(&mut self) -> Result<(), Problem> {
        self.word.get_or_insert_default();
        loop {
            match self.chars.next() {
                Some('\'') => return Ok(()),
                Some(c) => self.push(c),
                None => return Err(unclosed()),
            }
        }
    }

    fn double(&mut self) -> Result<(), Problem> {
        self.word.get_or_insert_default();
        loop {
            match self.chars.next().ok_or_else(unclosed)? {
                '"' => return Ok(()),
                '\\' => match self.chars.next().ok_or_else(unclosed)? {
                    '\n' => {}
                    c @ ('"' | '\\' | '$' | '`') => self.push(c),
                    c => {
                        self.push('\\');
                        self.push(c);
                    }
                },
                c @ ('$' | '`') => {
                    self.told(c);
                    self.push(c);
                }
                c => self.push(c),
            }
        }
    }
}

fn unclosed() -> Problem {
    told::fault(
        "text.unclosed",
        "A quotation mark is opened and not closed. Close it, or put a backslash before it.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shipyard_model::words::quote;

    #[test]
    fn lines_go_on_and_comments_do_not() {
        let (words, notes) =
            words("docker run \\\n  -d \\\r\n -e \"A=b c\" # as in the manual\n  'x'\"y\" a\\ b").unwrap();
        assert_eq!(words, ["docker", "run", "-d", "-e", "A=b c", "xy", "a b"]);
        assert_eq!(notes, []);
    }

    #[test]
    fn what_a_shell_would_do_is_told() {
        let (words, notes) = words("run -v $PWD/a:/a \"${B:-c}\" '$C' x && rm -rf /").unwrap();
        assert_eq!(words, ["run", "-v", "$PWD/a:/a", "${B:-c}", "$C", "x"]);
        let told: Vec<_> = notes
            .iter()
            .map(|note| (note.code.as_str(), note.args["option"].as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("text.not-expanded", "$PWD"),
                ("text.not-expanded", "${B:-c}"),
                ("text.rest", "&& rm -rf /")
            ]
        );
        assert_eq!(super::words("a 'b").unwrap_err().code, "text.unclosed");
    }

    proptest! {
        #[test]
        fn quoted_words_come_back(all in proptest::collection::vec(any::<String>(), 0..5)) {
            let line: Vec<_> = all.iter().map(|word| quote(word)).collect();
            prop_assert_eq!(words(&line.join(" \\\n  ")).unwrap(), (all, vec![]));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = words(&text);
        }
    }
}
