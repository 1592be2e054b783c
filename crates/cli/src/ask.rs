//! What a person is asked for. A password comes from the terminal, from `SHIPYARD_PASSWORD`, or with `--password-stdin`
//! from standard input; never from the command line, which every user of the machine can read.
use crate::error::{Exit, Failure, Outcome};
use std::collections::VecDeque;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::sync::{Mutex, PoisonError};

/// Asks, in the ways that this process has.
#[derive(Default)]
pub struct Asker {
    /// Passwords and codes are lines of standard input.
    stdin: bool,
    lines: Mutex<Option<VecDeque<String>>>,
}

/// Most that is read from standard input.
const MOST: u64 = 64 * 1024;

impl Asker {
    /// Asks as the flags say.
    pub fn new(password_stdin: bool) -> Self {
        Self {
            stdin: password_stdin,
            lines: Mutex::default(),
        }
    }

    /// Whether a person can be asked.
    pub fn is_terminal(&self) -> bool {
        !self.stdin && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Whether there is any way to a password.
    pub fn can_prove(&self) -> bool {
        self.stdin || self.is_terminal() || std::env::var_os("SHIPYARD_PASSWORD").is_some()
    }

    /// The password of the account.
    ///
    /// # Errors
    /// When there is no way to ask for it.
    pub fn password(&self, prompt: &str) -> Outcome<String> {
        if !self.stdin
            && let Ok(password) = std::env::var("SHIPYARD_PASSWORD")
        {
            return Ok(password);
        }
        self.secret(prompt)
    }

    /// Any other secret: a new password, a code.
    ///
    /// # Errors
    /// When there is no way to ask for it.
    pub fn secret(&self, prompt: &str) -> Outcome<String> {
        if self.stdin {
            return self.line_of_stdin().ok_or_else(|| {
                Failure::usage(format!(
                    "Standard input has no line for “{}”.",
                    prompt.trim_end_matches([':', ' '])
                ))
            });
        }
        if !self.is_terminal() {
            return Err(
                Failure::new(Exit::SignedOut, "There is no terminal to ask for the password on.")
                    .hint("Set SHIPYARD_PASSWORD, or give it with --password-stdin."),
            );
        }
        rpassword::prompt_password(prompt)
            .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            .map_err(|e| Failure::failed("The password cannot be read.").because(&e))
    }

    fn line_of_stdin(&self) -> Option<String> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = lines.get_or_insert_with(|| {
            let mut text = String::new();
            // What cannot be read has no lines.
            let _ = std::io::stdin().lock().take(MOST).read_to_string(&mut text);
            text.lines().map(str::to_owned).collect()
        });
        lines.pop_front()
    }

    /// A line that may be seen.
    ///
    /// # Errors
    /// When standard input is needed for the password, or has ended.
    pub fn line(&self, prompt: &str) -> Outcome<String> {
        let name = prompt.trim_end_matches([':', ' ']);
        if self.stdin {
            return Err(Failure::usage(format!(
                "{name} must be given when the password comes from standard input."
            )));
        }
        // Without a terminal nobody reads it, and the answer is piped in.
        let _ = write!(std::io::stderr().lock(), "{prompt}");
        let mut text = String::new();
        let read = std::io::stdin().lock().take(MOST).read_line(&mut text);
        match read {
            Ok(1..) => Ok(text.trim().to_owned()),
            _ => Err(Failure::usage(format!("{name} was not given."))),
        }
    }

    /// Yes or no; no where nobody can be asked.
    pub fn yes(&self, question: &str) -> bool {
        self.is_terminal()
            && self
                .line(&format!("{question} [y/N] "))
                .is_ok_and(|answer| matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}
