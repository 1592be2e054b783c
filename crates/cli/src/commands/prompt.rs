//! `shipyard cli>`: the commands one after the other, with completion and a history.
use super::run_to_end;
use crate::args::Cli;
use crate::config;
use crate::error::{Exit, Failure};
use crate::out;
use clap::{Command, CommandFactory, Parser};
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
    editor.set_helper(Some(Words(Cli::command())));
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
    let words = match words(line) {
        Ok(words) if words.is_empty() => return,
        Ok(words) => words,
        Err(why) => return out::tell(&Failure::usage(why), false),
    };
    // Who has the habit writes the command's own name too.
    let skip = usize::from(words.first().is_some_and(|word| word == "shipyard"));
    let all = std::iter::once("shipyard".to_owned()).chain(words.into_iter().skip(skip));
    match Cli::try_parse_from(all) {
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
fn words(line: &str) -> Result<Vec<String>, &'static str> {
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

/// What could stand at the end of a line, and where it begins.
fn candidates(root: &Command, line: &str) -> (usize, Vec<String>) {
    let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let typed = line.get(start..).unwrap_or_default();
    let before = line.get(..start).unwrap_or_default();
    let mut command = root;
    for word in before.split_whitespace() {
        if let Some(inner) = command.find_subcommand(word) {
            command = inner;
        }
    }
    let commands = command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
        .map(|inner| inner.get_name().to_owned());
    let common = root.get_arguments().filter(|argument| argument.is_global_set());
    let flags = command
        .get_arguments()
        .chain(common)
        .filter(|argument| !argument.is_hide_set())
        .filter_map(|argument| argument.get_long().map(|long| format!("--{long}")));
    let mut all: Vec<String> = if typed.starts_with('-') {
        flags.collect()
    } else {
        commands.collect()
    };
    all.retain(|word| word.starts_with(typed));
    all.sort_unstable();
    all.dedup();
    (start, all)
}

/// Completes words of the command line.
struct Words(Command);

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(candidates(&self.0, line.get(..at).unwrap_or(line)))
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
        let cut = |line| words(line).unwrap();
        assert_eq!(
            cut("run --name 'a b' --env X=\"1 2\"  c\\ d ''"),
            ["run", "--name", "a b", "--env", "X=1 2", "c d", ""]
        );
        assert!(words("a 'b").is_err());
    }

    #[test]
    fn commands_and_flags_are_completed() {
        let root = Cli::command();
        let of = |line: &str| candidates(&root, line);
        assert_eq!(of("eng"), (0, vec!["engines".to_owned()]));
        assert_eq!(of("context us"), (8, vec!["use".to_owned()]));
        assert!(of("run --cont").1.contains(&"--container-name".to_owned()));
        assert!(of("engines --out").1.contains(&"--output".to_owned()));
        assert_eq!(of("nothing-like-it").1, Vec::<String>::new());
    }

    #[test]
    fn secrets_are_not_remembered() {
        assert!(is_secret("remove-service-key shp_a_b") && is_secret("add-account -u a -p x") && !is_secret("engines"));
    }

    proptest! {
        #[test]
        fn any_line_is_cut_or_refused(line in ".*") {
            let _ = words(&line);
            let _ = candidates(&Cli::command(), &line);
        }
    }
}
