//! How a command fails: a sentence, what to do about it, and the exit code that scripts go by.
use shipyard_model::Problem;
use std::fmt;

/// Exit codes. They are part of the interface: `docs/cli.md` lists them, and they do not change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything was done.
    Done,
    /// Something failed, wholly or in part.
    Failed,
    /// The command line cannot be understood, or names several things where one is meant.
    Usage,
    /// Nobody is signed in, or the credential is no longer good.
    SignedOut,
    /// Not allowed, or a fresh proof of who one is was not given.
    Forbidden,
    /// What was named is not there.
    NotFound,
    /// The server cannot be reached, or is not the one that is trusted.
    Unreachable,
    /// No engine can take what shall be deployed.
    NoPlace,
    /// Interrupted from the keyboard.
    Interrupted,
    /// What a command inside a container ended with, or the signal that ended us, as a shell counts it.
    Own(u8),
}

impl Exit {
    /// The number that scripts see.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::SignedOut => 3,
            Self::Forbidden => 4,
            Self::NotFound => 5,
            Self::Unreachable => 6,
            Self::NoPlace => 7,
            Self::Interrupted => 130,
            Self::Own(code) => code,
        }
    }
}

/// Kinds of problems that say that a deploy has no place.
const NO_PLACE: [&str; 10] = [
    "no-room",
    "no-room-anywhere",
    "no-engines",
    "no-engine-matches",
    "none-reachable",
    "all-drained",
    "kept-away",
    "named-unreachable",
    "named-drained",
    "named-unknown",
];

/// A command that did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What scripts see.
    pub exit: Exit,
    /// What failed and why, in a sentence.
    pub sentence: String,
    /// What to do; empty when there is nothing to say.
    pub hint: String,
    /// What it came from, outermost first; shown with `--verbose`.
    pub chain: Vec<String>,
    /// The kind of the server's problem; empty for faults of our own.
    pub code: String,
}

/// What a command gives back.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure with its sentence.
    pub fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self {
            exit,
            sentence: sentence.into(),
            hint: String::new(),
            chain: Vec::new(),
            code: String::new(),
        }
    }

    /// Something failed.
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Failed, sentence)
    }

    /// The command line is at fault.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Usage, sentence)
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Adds what it came from.
    #[must_use]
    pub fn because(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            self.chain.push(error.to_string());
            next = error.source();
        }
        self
    }
}

/// What scripts see of a problem.
pub fn exit_of(problem: &Problem) -> Exit {
    let no_place = match problem.code.split_once('.') {
        Some(("deploy", kind)) => NO_PLACE.contains(&kind),
        _ => false,
    };
    match problem.status {
        _ if no_place => Exit::NoPlace,
        401 => Exit::SignedOut,
        403 => Exit::Forbidden,
        404 => Exit::NotFound,
        _ => Exit::Failed,
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let exit = exit_of(&problem);
        let hint = match (problem.code.as_str(), exit) {
            ("step-up", _) => {
                "Sign in on a terminal, or set SHIPYARD_PASSWORD: a person's session is asked for a proof, and no token has it."
                    .to_owned()
            }
            ("must-change-password", _) => "Change it: shipyard change-password".to_owned(),
            (_, Exit::SignedOut) => "Sign in: shipyard login".to_owned(),
            _ => problem.hint,
        };
        Self {
            exit,
            sentence: problem.detail,
            hint,
            chain: Vec::new(),
            code: problem.code,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_have_the_exit_codes_that_the_manual_lists() {
        let exit = |status, code: &str| exit_of(&Problem::new(status, code, "No."));
        assert_eq!(exit(401, "signed-out"), Exit::SignedOut);
        assert_eq!(exit(403, "forbidden"), Exit::Forbidden);
        assert_eq!(exit(404, "not-found"), Exit::NotFound);
        assert_eq!(exit(409, "deploy.no-room"), Exit::NoPlace);
        assert_eq!(exit(422, "deploy.named-unknown"), Exit::NoPlace);
        assert_eq!(exit(422, "deploy.image-empty"), Exit::Failed);
        assert_eq!(exit(500, "internal"), Exit::Failed);
    }

    #[test]
    fn what_it_came_from_is_kept() {
        let inner = std::io::Error::other("cut");
        assert_eq!(Failure::failed("No.").because(&inner).chain, ["cut"]);
    }
}
