//! Commands in a container, as far as they are known here: `echo`, `exit`, `sleep`, `yes`, `true`, `false`, alone or one
//! after the other in `sh -c`. Whatever else is run reads its input and writes it out again.
use crate::chance::Id;
use std::time::Duration;

/// A command that was made.
#[derive(Clone, Debug)]
pub(crate) struct Exec {
    pub(crate) container: Id,
    pub(crate) words: Vec<String>,
    pub(crate) tty: bool,
    pub(crate) stdin: bool,
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
    pub(crate) begun: bool,
    /// With what it ended.
    pub(crate) code: Option<i32>,
}

impl Exec {
    /// Whether it runs now.
    pub(crate) fn runs(&self) -> bool {
        self.begun && self.code.is_none()
    }
}

/// One thing that a command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Out(String),
    Err(String),
    Sleep(Duration),
    /// Writes what it reads, until that ends.
    Copy,
    /// Writes without end, as fast as it is read.
    Yes,
    Exit(i32),
}

/// What a command does, step by step.
pub(crate) fn steps(words: &[String]) -> Vec<Step> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [shell, "-c", script] if is_shell(shell) => {
            let mut all: Vec<Step> = script
                .split([';', '\n'])
                .filter_map(|part| statement(part.trim()))
                .collect();
            // The last command's status is the script's.
            if !matches!(all.last(), Some(Step::Exit(_))) {
                all.push(Step::Exit(0));
            }
            all
        }
        _ => {
            let line = words.join(" ");
            let mut all: Vec<Step> = statement(&line).into_iter().collect();
            all.push(Step::Exit(i32::from(line == "false")));
            all
        }
    }
}

pub(crate) fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("sh" | "bash" | "ash" | "zsh"))
}

fn statement(text: &str) -> Option<Step> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned() + "\n";
    Some(match word {
        "" | "true" | "false" | ":" => return None,
        "echo" => match rest.strip_suffix(">&2") {
            Some(text) => Step::Err(bare(text)),
            None => Step::Out(bare(rest)),
        },
        "sleep" => Step::Sleep(Duration::from_secs_f64(
            rest.trim().parse::<f64>().ok().filter(|s| (0.0..1e6).contains(s))?,
        )),
        "exit" => Step::Exit(rest.trim().parse().unwrap_or(0)),
        "yes" => Step::Yes,
        _ => Step::Copy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Vec<Step> {
        steps(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn commands_do_what_is_known() {
        assert_eq!(of(&["echo", "a", "b"]), [Step::Out("a b\n".to_owned()), Step::Exit(0)]);
        assert_eq!(of(&["false"]), [Step::Exit(1)]);
        assert_eq!(of(&["cat"]), [Step::Copy, Step::Exit(0)]);
        assert_eq!(
            of(&["sh", "-c", "echo hi; echo e >&2; cat; exit 3"]),
            [
                Step::Out("hi\n".to_owned()),
                Step::Err("e\n".to_owned()),
                Step::Copy,
                Step::Exit(3)
            ]
        );
    }
}
