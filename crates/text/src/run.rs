//! The `docker run` line.
mod options;
mod set;
mod write;

pub(crate) use write::write;

use crate::told;
use crate::{Read, shell};
use options::{OPTIONS, Takes};
use set::Reading;
use shipyard_model::Problem;

/// Words before `run` that mean the same.
const TOOLS: [&str; 3] = ["docker", "podman", "nerdctl"];

/// Whether a text begins as such a line does.
pub(crate) fn is_line(text: &str) -> bool {
    let mut words = text
        .split_whitespace()
        .filter(|word| !matches!(*word, "$" | "#" | "sudo"));
    words.next().is_some_and(|first| TOOLS.contains(&first))
}

/// Reads a line.
///
/// # Errors
/// The first thing in it that cannot be read, by the name of its option.
pub(crate) fn read(text: &str) -> Result<Read, Problem> {
    let (words, notes) = shell::words(text)?;
    let mut words = words.into_iter().peekable();
    while words.next_if(|word| matches!(word.as_str(), "$" | "sudo")).is_some() {}
    if words.next_if(|word| TOOLS.contains(&word.as_str())).is_some() {
        words.next_if_eq("container");
    }
    if words
        .next_if(|word| matches!(word.as_str(), "run" | "create"))
        .is_none()
    {
        return Err(told::fault(
            "text.no-run",
            "This is no docker run line. Begin it with docker run.",
        ));
    }
    let mut reading = Reading::new(notes);
    while let Some(word) = words.peek() {
        if word == "--" {
            words.next();
            break;
        }
        if !word.starts_with('-') || word == "-" {
            break;
        }
        let word = words.next().unwrap_or_default();
        let mut next = || words.next();
        match word.strip_prefix("--") {
            Some(long) => long_option(&mut reading, long, &mut next)?,
            None => short_options(&mut reading, &word, &mut next)?,
        }
    }
    let Some(image) = words.next() else {
        return Err(
            told::fault("text.no-image", "The line names no image. Write it after the options.").field("image"),
        );
    };
    Ok(reading.finish(image, words.collect()))
}

fn unknown(option: &str) -> Problem {
    told::fault("text.unknown-option", format!("docker run has no option {option}.")).arg("option", option)
}

fn needs_value(option: &str) -> Problem {
    told::fault("text.needs-value", format!("{option} needs a value after it.")).arg("option", option)
}

/// `--name web`, `--name=web`, `--init`, `--init=false`.
fn long_option(reading: &mut Reading, word: &str, next: &mut dyn FnMut() -> Option<String>) -> Result<(), Problem> {
    let (name, given) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (word, None),
    };
    let shown = format!("--{name}");
    let option = OPTIONS
        .iter()
        .find(|option| option.names.split(' ').any(|one| one == name))
        .ok_or_else(|| unknown(&shown))?;
    let value = match option.takes {
        Takes::Nothing(_) => given.unwrap_or_else(|| "true".to_owned()),
        _ => given.or_else(next).ok_or_else(|| needs_value(&shown))?,
    };
    reading.take(option, &shown, &value)
}

/// `-d`, `-it`, `-p80:80`, `-p 80:80`.
fn short_options(reading: &mut Reading, word: &str, next: &mut dyn FnMut() -> Option<String>) -> Result<(), Problem> {
    let mut rest = word.chars().skip(1);
    while let Some(letter) = rest.next() {
        let shown = format!("-{letter}");
        let option = OPTIONS
            .iter()
            .find(|option| option.short == Some(letter))
            .ok_or_else(|| unknown(&shown))?;
        if matches!(option.takes, Takes::Nothing(_)) {
            reading.take(option, &shown, "true")?;
            continue;
        }
        let glued: String = rest.by_ref().collect();
        let value = match glued.strip_prefix('=').unwrap_or(&glued) {
            "" => next().ok_or_else(|| needs_value(&shown))?,
            value => value.to_owned(),
        };
        return reading.take(option, &shown, &value);
    }
    Ok(())
}
