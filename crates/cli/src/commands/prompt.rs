//! `shipyard cli>`: the commands one after the other, with completion and a history.
mod names;
mod words;

use super::run_to_end;
use crate::args::Cli;
use crate::config;
use crate::error::{Exit, Failure};
use crate::out;
use clap::{Command, CommandFactory};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};
use std::os::unix::fs::DirBuilderExt;
use std::process::ExitCode;

const PROMPT: &str = "shipyard cli> ";

/// Reads commands until a person has had enough.
pub fn run() -> ExitCode {
    let settings = Config::builder()
        .auto_add_history(false)
        .history_ignore_space(true)
        .build();
    let mut editor = match Editor::<Words, FileHistory>::with_config(settings) {
        Ok(editor) => editor,
        Err(error) => {
            out::tell(
                &Failure::failed("There is no prompt on this terminal.").because(&error),
                true,
            );
            return ExitCode::from(Exit::Failed.code());
        }
    };
    editor.set_helper(Some(Words {
        command: Cli::command(),
        names: names::Server::default(),
    }));
    let history = config::history_path();
    if let Some(path) = &history {
        // Without one the prompt works all the same.
        if let Some(folder) = path.parent() {
            let _ = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        }
        let _ = editor.load_history(path);
    }
    out::note("Commands as after `shipyard`; help lists them, exit leaves.");
    loop {
        match editor.readline(PROMPT) {
            Ok(line) => {
                let text = line.trim();
                if matches!(text, "exit" | "quit") {
                    break;
                }
                if !text.is_empty() && !is_secret(text) {
                    // A line that is not kept is no reason to stop.
                    let _ = editor.add_history_entry(text);
                }
                one(text);
            }
            Err(ReadlineError::Interrupted) => {}
            Err(_) => break,
        }
    }
    if let Some(path) = &history {
        // rustyline gives the file to its owner alone.
        let _ = editor.save_history(path);
    }
    ExitCode::SUCCESS
}

/// Whether a line holds what nobody should find in a file later.
fn is_secret(line: &str) -> bool {
    ["shp_", "shs_", "--password ", "--password=", " -p"]
        .iter()
        .any(|mark| line.contains(mark))
}

/// Does one line.
fn one(line: &str) {
    let words = match cut(line) {
        Ok(words) if words.is_empty() => return,
        Ok(words) => words,
        Err(why) => return out::tell(&Failure::usage(why), false),
    };
    // Who has the habit writes the command's own name too.
    let skip = usize::from(words.first().is_some_and(|word| word == "shipyard"));
    let all = std::iter::once("shipyard".to_owned()).chain(words.into_iter().skip(skip));
    match Cli::read(all) {
        Ok(cli) => {
            let _ = run_to_end(&cli);
        }
        Err(told) => {
            let _ = told.print();
        }
    }
}

/// A line in words, as a shell cuts it: blanks apart, quotes and backslashes keep together.
///
/// # Errors
/// When a quote does not end.
fn cut(line: &str) -> Result<Vec<String>, &'static str> {
    let mut all = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"') | None, '\\') => {
                if let Some(next) = chars.next() {
                    word.get_or_insert_default().push(next);
                }
            }
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => all.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("A quote does not end.");
    }
    all.extend(word);
    Ok(all)
}

/// Completes words of the command line.
struct Words {
    command: Command,
    names: names::Server,
}

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(words::candidates(
            &self.command,
            line.get(..at).unwrap_or(line),
            &self.names,
        ))
    }
}

impl Hinter for Words {
    type Hint = String;
}
impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_cut_as_a_shell_does() {
        let read = |line| cut(line).unwrap();
        assert_eq!(
            read("run --name 'a b' --env X=\"1 2\"  c\\ d ''"),
            ["run", "--name", "a b", "--env", "X=1 2", "c d", ""]
        );
        assert!(cut("a 'b").is_err());
    }

    #[test]
    fn secrets_are_not_remembered() {
        assert!(is_secret("remove-service-key shp_a_b") && is_secret("add-account -u a -p x") && !is_secret("engines"));
    }

    proptest! {
        #[test]
        fn any_line_is_cut_or_refused(line in ".*") {
            let _ = cut(&line);
        }
    }
}
