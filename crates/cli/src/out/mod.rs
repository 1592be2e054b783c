//! How things are shown: as a table, as data, on a terminal or not.
pub mod escape;
pub mod table;
pub mod time;
pub mod yaml;

use crate::error::{Failure, Outcome};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use table::{Paper, Tabled};

/// In which form lists are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// A table for people.
    #[default]
    Table,
    /// The table with further columns.
    Wide,
    /// JSON, whole.
    Json,
    /// The same as YAML.
    Yaml,
    /// Names alone, one a line.
    Name,
}

/// Where a command writes to.
#[derive(Clone, Copy, Debug)]
pub struct Out {
    /// In which form; `None` where none was asked for.
    pub form: Option<Output>,
    /// Standard output is a terminal.
    pub terminal: bool,
    /// Colours are wanted on standard output.
    pub colours: bool,
}

impl Out {
    /// As the process was started.
    pub fn of(form: Option<Output>) -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self {
            form,
            terminal,
            colours: terminal && colours_wanted(),
        }
    }

    /// The form, or the table.
    pub fn form(&self) -> Output {
        self.form.unwrap_or_default()
    }

    /// Whether a program reads it.
    pub fn is_data(&self) -> bool {
        matches!(self.form(), Output::Json | Output::Yaml)
    }

    /// The paper for tables.
    pub fn paper(&self) -> Paper {
        Paper {
            blanks: self.terminal,
            colours: self.colours,
            wide: self.form() == Output::Wide,
        }
    }

    /// Prints a list in the form that was asked for.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn list<T: Tabled>(&self, items: &[T]) -> Outcome {
        match self.form() {
            Output::Json | Output::Yaml => self.data(&items),
            Output::Name => {
                let names: Vec<String> = items
                    .iter()
                    .map(|item| escape::line(&item.name()).into_owned())
                    .collect();
                print(&names.iter().map(|name| format!("{name}\n")).collect::<String>())
            }
            Output::Table | Output::Wide => print(&table::render(items, self.paper())),
        }
    }

    /// Prints something as data; JSON unless YAML was asked for.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn data<T: Serialize>(&self, value: &T) -> Outcome {
        let value = serde_json::to_value(value).map_err(|e| Failure::failed("This cannot be written.").because(&e))?;
        match self.form() {
            Output::Yaml => print(&yaml::render(&value)),
            _ => print(&format!("{}\n", self.json(&value)?)),
        }
    }

    /// Prints one value of a stream: JSON on a line of its own, or a YAML document.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn one_of_many<T: Serialize>(&self, value: &T) -> Outcome {
        let value = serde_json::to_value(value).map_err(|e| Failure::failed("This cannot be written.").because(&e))?;
        match self.form() {
            Output::Yaml => print(&format!("---\n{}", yaml::render(&value))),
            _ => print(&format!("{}\n", escape::json(&value.to_string()))),
        }
    }

    /// JSON with four blanks, as the original indents it.
    fn json(&self, value: &serde_json::Value) -> Outcome<String> {
        let mut bytes = Vec::new();
        let pretty = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut writer = serde_json::Serializer::with_formatter(&mut bytes, pretty);
        value
            .serialize(&mut writer)
            .map_err(|e| Failure::failed("This cannot be written.").because(&e))?;
        Ok(escape::json(&String::from_utf8_lossy(&bytes)))
    }

    /// A word in a colour, where there are colours.
    pub fn paint(&self, text: &str, tone: table::Tone) -> String {
        let code = tone.code();
        if self.colours && !code.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Whether colours are wanted at all (<https://no-color.org>).
pub fn colours_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Writes to standard output.
///
/// # Errors
/// When it is closed or full. A reader that has had enough (`shipyard containers | head`) is no failure to speak of: the
/// sentence is empty then, and nothing is said.
pub fn print(text: &str) -> Outcome {
    bytes(&mut std::io::stdout().lock(), text.as_bytes())
}

/// Writes bytes as they are.
///
/// # Errors
/// As [`print()`].
pub fn bytes(to: &mut impl Write, bytes: &[u8]) -> Outcome {
    match to.write_all(bytes).and_then(|()| to.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::failed("")),
        Err(error) => Err(Failure::failed("The output cannot be written.").because(&error)),
    }
}

/// Says something beside the output.
pub fn note(text: &str) {
    // Whoever closed it does not want to know.
    let _ = writeln!(std::io::stderr().lock(), "{}", escape::lines(text));
}

/// Tells a failure: its sentence, its hint, and with `verbose` what it came from.
pub fn tell(failure: &Failure, verbose: bool) {
    if failure.sentence.is_empty() {
        return;
    }
    let colours = std::io::stderr().is_terminal() && colours_wanted();
    let mut text = if colours {
        "\x1b[31merror:\x1b[0m ".to_owned()
    } else {
        "error: ".to_owned()
    };
    text.push_str(&escape::lines(&failure.sentence));
    if !failure.hint.is_empty() {
        text.push_str("\n  ");
        text.push_str(&escape::lines(&failure.hint).replace('\n', "\n  "));
    }
    if verbose {
        if !failure.code.is_empty() {
            text.push_str(&format!("\n  code: {}", escape::line(&failure.code)));
        }
        for cause in &failure.chain {
            text.push_str(&format!("\n  because: {}", escape::line(cause)));
        }
    }
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
