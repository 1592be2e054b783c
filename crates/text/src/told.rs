//! What is told of a text: why it cannot be read, and what in it, or in a request, the other side has no word for.
use shipyard_model::Problem;
use std::fmt::Display;

/// The field of problems that are of the text itself.
const FIELD: &str = "text";

/// A text that cannot be read.
pub(crate) fn fault(code: &str, detail: impl Into<String>) -> Problem {
    Problem::new(422, code, detail).field(FIELD)
}

/// A value that is not what an option takes, with one that would be.
pub(crate) fn bad_value(option: &str, value: impl Display, example: &str) -> Problem {
    let detail = format!("“{value}” is no value for {option}; write one such as {example}.");
    fault("text.value", detail)
        .arg("option", option)
        .arg("value", value)
        .arg("example", example)
}

/// Something that is left out, and is told. It keeps nothing from happening.
fn note(code: &str, option: &str, detail: String) -> Problem {
    Problem::new(200, code, detail).arg("option", option)
}

/// An option that says something about the terminal or the tool that it is written for, not about the container.
pub(crate) fn meaningless(option: &str) -> Problem {
    note(
        "text.meaningless",
        option,
        format!("{option} has no meaning here and is left out."),
    )
}

/// An option that makes another container, which a spec cannot say.
pub(crate) fn unsaid(option: &str) -> Problem {
    note(
        "text.unsaid",
        option,
        format!("{option} cannot be said in a deploy and is left out."),
    )
}

/// A part of the request that a text of this form has no word for.
pub(crate) fn no_word(what: &str, form: &str) -> Problem {
    let detail = format!("{what} has no word in {form}: it stays as it is, and is not in the text.");
    note("text.no-word", what, detail).arg("form", form)
}

/// A file that lies where the text comes from.
pub(crate) fn file(option: &str, path: &str) -> Problem {
    let detail = format!("{option} names the file “{path}”, which is not here: paste what it holds.");
    note("text.file", option, detail).arg("path", path)
}

/// Something that a shell would have put in.
pub(crate) fn not_expanded(text: &str) -> Problem {
    let detail = format!("“{text}” is taken as it is: no shell puts a value in its place here.");
    note("text.not-expanded", text, detail)
}

/// What follows the command and is for the shell.
pub(crate) fn rest(text: &str) -> Problem {
    let detail = format!("“{text}” is for the shell, not for Docker, and is left out.");
    note("text.rest", text, detail)
}

/// Where a fault is.
pub(crate) trait Placed {
    /// Says the line and column, if they are known.
    fn at(self, line: u64, column: u64) -> Self;
}

impl Placed for Problem {
    fn at(mut self, line: u64, column: u64) -> Self {
        if line > 0 && !self.args.contains_key("line") {
            self.detail = format!("Line {line}, column {column}: {}", self.detail);
            self.code.push_str("-at");
            self.args.insert("line".to_owned(), line.to_string());
            self.args.insert("column".to_owned(), column.to_string());
        }
        self
    }
}
