//! Why a call to a connected engine failed, by Docker's status and message.
use crate::ConnectError;
use crate::classify;
use crate::meter::TooMuch;
use crate::read_back::Beyond;
use shipyard_model::{EngineAddress, Problem};

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.problem())]
pub enum CallError {
    /// The engine could not be reached, or not any more.
    Connect(#[from] ConnectError),
    /// Docker refused or failed.
    Docker {
        /// HTTP status; 500 when the failure came within a stream.
        status: u16,
        /// Docker's own message.
        message: String,
    },
    /// The answer did not come, or not whole, in time.
    TooSlow {
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// The answer is larger than an engine may send.
    TooLarge,
    /// The answer is not what Docker answers.
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
    /// What was kept of a container, and no specification can say, has no place in what it is to become.
    Beyond {
        /// Name of the container.
        container: String,
        /// Docker's names of it.
        options: Vec<String>,
    },
    /// An image reference that is none.
    BadImage {
        /// The reference.
        image: String,
    },
}

/// Messages of Docker are shown to people: enough of them to understand, not more.
const MESSAGE_LIMIT: usize = 2000;

impl CallError {
    /// From the Docker client's error.
    pub(crate) fn from_docker(error: bollard::errors::Error, address: &EngineAddress, seconds: u64) -> Self {
        use bollard::errors::Error as E;
        match error {
            E::DockerResponseServerError { status_code, message } => Self::docker(status_code, &message),
            E::DockerStreamError { error } => Self::docker(500, &error),
            E::RequestTimeoutError => Self::TooSlow { seconds },
            E::JsonDataError { message, .. } => Self::Unreadable { reason: message },
            E::JsonSerdeError { err } => Self::Unreadable {
                reason: err.to_string(),
            },
            E::APIVersionParseError {} => Self::Unreadable {
                reason: "no API version".to_owned(),
            },
            other => Self::from_chain(&other, address),
        }
    }

    /// From any error of the layers below, by what is in its chain.
    pub(crate) fn from_chain(error: &(dyn std::error::Error + 'static), address: &EngineAddress) -> Self {
        if classify::find::<TooMuch>(error).is_some() {
            return Self::TooLarge;
        }
        match classify::classify(error, address) {
            Some(found) => Self::Connect(found),
            None => Self::Connect(ConnectError::Closed {
                address: address.to_string(),
            }),
        }
    }

    /// From Docker's own words.
    pub(crate) fn docker(status: u16, message: &str) -> Self {
        let message: String = without_ids(message.trim()).chars().take(MESSAGE_LIMIT).collect();
        Self::Docker { status, message }
    }

    /// Whether Docker says that the object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Docker { status: 404, .. })
    }

    /// Whether the connection itself failed, so that the engine must be looked at rather than the call.
    pub fn is_connection(&self) -> bool {
        matches!(self, Self::Connect(_) | Self::TooSlow { .. })
    }

    /// As it is told to a person. Docker's own message is in `args["reason"]`.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Connect(error) => error.problem(),
            Self::Docker { status, message } => docker_problem(*status, message),
            Self::TooSlow { seconds } => Problem::new(
                504,
                "engine.slow",
                format!("The engine did not answer within {seconds} seconds."),
            )
            .hint("What was asked for may still happen; look again in a while.")
            .arg("seconds", seconds),
            Self::TooLarge => Problem::new(
                502,
                "engine.answer-too-large",
                "The engine's answer is larger than Shipyard takes.",
            )
            .hint("Something is wrong with this engine: look at it with the docker command."),
            Self::Unreadable { reason } => Problem::new(
                502,
                "engine.answer-unreadable",
                format!("The engine's answer cannot be read: {reason}"),
            )
            .hint("Something is wrong with this engine: look at it with the docker command.")
            .arg("reason", reason),
            Self::Beyond { container, options } => Beyond {
                options: options.clone(),
            }
            .problem(container),
            Self::BadImage { image } => {
                Problem::new(422, "image.bad-reference", format!("“{image}” is no image reference."))
                    .hint("Write it as after docker run: nginx, nginx:1.27 or registry.example:5000/team/app@sha256:….")
                    .field("image")
                    .arg("image", image)
            }
        }
    }
}

/// One kind of refusal, known by words in Docker's message. The first that fits is taken.
struct Kind {
    status: Option<u16>,
    words: &'static [&'static str],
    code: &'static str,
    sentence: &'static str,
    hint: &'static str,
    answer: u16,
}

const fn kind(
    status: Option<u16>,
    words: &'static [&'static str],
    answer: u16,
    code: &'static str,
    sentence: &'static str,
    hint: &'static str,
) -> Kind {
    Kind {
        status,
        words,
        code,
        sentence,
        hint,
        answer,
    }
}

const KINDS: &[Kind] = &[
    kind(
        Some(404),
        &["No such container"],
        404,
        "container.not-found",
        "The container does not exist any more.",
        "",
    ),
    kind(
        None,
        &[
            "No such image",
            "manifest unknown",
            "manifest for",
            "repository does not exist",
            "not found: manifest",
            "name unknown",
        ],
        404,
        "image.not-found",
        "The image was not found.",
        "Check its name and tag; a private registry may want a sign-in.",
    ),
    kind(
        None,
        &[
            "pull access denied",
            "unauthorized",
            "authentication required",
            "no basic auth credentials",
            "denied:",
        ],
        403,
        "image.denied",
        "The registry does not give this image to the engine.",
        "Check the image's name; a private registry wants a sign-in.",
    ),
    kind(
        None,
        &["toomanyrequests", "pull rate limit"],
        429,
        "image.rate-limit",
        "The registry limits how often this engine may pull.",
        "Try again later, or pull from a mirror.",
    ),
    kind(
        Some(409),
        &["is already in use by container"],
        409,
        "container.name-taken",
        "A container of that name is on the engine already.",
        "Choose another name, or remove that container.",
    ),
    kind(
        None,
        &["port is already allocated", "address already in use"],
        409,
        "container.port-taken",
        "A port on the engine is taken already.",
        "Choose another port, or leave it open for any free one.",
    ),
    kind(
        Some(409),
        &[
            "You cannot remove a running container",
            "You cannot remove a paused container",
            "cannot remove container",
        ],
        409,
        "container.running",
        "The container runs, so it was not removed.",
        "Stop it first, or remove it by force.",
    ),
    kind(
        None,
        &["removal of container"],
        409,
        "container.removing",
        "The container is being removed already.",
        "",
    ),
    kind(
        Some(409),
        &["is not paused"],
        409,
        "container.not-paused",
        "The container is not paused.",
        "",
    ),
    kind(
        Some(409),
        &["is already paused"],
        409,
        "container.paused-already",
        "The container is paused already.",
        "",
    ),
    kind(
        None,
        &["is paused", "a paused container"],
        409,
        "container.paused",
        "The container is paused.",
        "Unpause it first.",
    ),
    kind(
        Some(409),
        &["is not running"],
        409,
        "container.not-running",
        "The container does not run.",
        "",
    ),
    kind(
        None,
        &[
            "executable file not found",
            "no such file or directory: unknown",
            "permission denied: unknown",
            "exec format error",
        ],
        422,
        "container.command",
        "The container's command cannot be run.",
        "Check the command, and that the image is made for this engine's architecture.",
    ),
    kind(
        Some(404),
        &["network "],
        404,
        "container.network-missing",
        "The engine does not have that network.",
        "Create the network there, or choose another one.",
    ),
    kind(
        None,
        &["no space left on device"],
        507,
        "engine.disk-full",
        "The engine's disk is full.",
        "Free space there: docker system df shows what takes it.",
    ),
    kind(
        None,
        &[
            "dial tcp",
            "i/o timeout",
            "connection refused",
            "server gave HTTP response to HTTPS client",
            "Client.Timeout",
            "TLS handshake",
            "x509:",
        ],
        502,
        "image.registry",
        "The engine does not reach the registry.",
        "Check the image's registry, and the engine's way to it.",
    ),
    kind(
        Some(400),
        &[""],
        422,
        "container.bad-settings",
        "Docker does not accept these settings.",
        "",
    ),
    kind(
        Some(403),
        &[""],
        403,
        "engine.denied",
        "The engine does not allow this.",
        "An authorization plugin or a proxy before the daemon may forbid it.",
    ),
];

fn docker_problem(status: u16, message: &str) -> Problem {
    let fits =
        |kind: &&Kind| kind.status.is_none_or(|s| s == status) && kind.words.iter().any(|word| message.contains(word));
    let problem = match KINDS.iter().find(fits) {
        Some(kind) => Problem::new(kind.answer, kind.code, sentence(kind.sentence, message)).hint(kind.hint),
        None => Problem::new(502, "engine.failed", sentence("Docker failed to do this.", message))
            .hint("The Docker daemon's log on that engine may say more."),
    };
    problem.arg("reason", message)
}

/// A message without the ids of containers, which may be somebody else's: Docker names whoever has the name or volume that
/// was asked for. Digests of images stay.
fn without_ids(message: &str) -> String {
    let mut out = String::new();
    for piece in message.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_id = word.len() == 64 && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if is_id && !out.ends_with("sha256:") {
            out.push('…');
            out.push_str(piece.strip_prefix(word).unwrap_or_default());
        } else {
            out.push_str(piece);
        }
    }
    out
}

fn sentence(what: &str, message: &str) -> String {
    if message.is_empty() {
        what.to_owned()
    } else {
        format!("{what} Docker says: {message}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_elses_container_is_told_by_its_id() {
        let id = "0123456789abcdef".repeat(4);
        let conflict = format!(
            "Conflict. The container name \"/web\" is already in use by container \"{id}\". You have to remove (or rename) that container."
        );
        let problem = CallError::docker(409, &conflict).problem();
        assert_eq!(problem.code, "container.name-taken");
        assert!(problem.detail.contains("by container \"…\". You"), "{}", problem.detail);
        assert!(!problem.detail.contains("01234567") && !problem.args["reason"].contains("01234567"));
        let in_use = format!("remove data: volume is in use - [{id}, {id}]");
        let problem = CallError::docker(409, &in_use).problem();
        assert_eq!(problem.args["reason"], "remove data: volume is in use - […, …]");
        let digest = format!("manifest for web@sha256:{id} not found");
        assert_eq!(CallError::docker(404, &digest).problem().args["reason"], digest);
    }

    #[test]
    fn messages_of_docker_have_their_kinds() {
        for (status, message, code) in [
            (404, "No such container: abc", "container.not-found"),
            (404, "No such image: nope:latest", "image.not-found"),
            (
                409,
                "Conflict. The container name \"/a\" is already in use by container \"b\".",
                "container.name-taken",
            ),
            (
                500,
                "driver failed: Bind for 0.0.0.0:80 failed: port is already allocated",
                "container.port-taken",
            ),
            (409, "Container abc is not running", "container.not-running"),
            (404, "network nope not found", "container.network-missing"),
            (400, "invalid mount config", "container.bad-settings"),
            (500, "something else", "engine.failed"),
        ] {
            let problem = CallError::docker(status, message).problem();
            assert_eq!(problem.code, code, "{message}");
            assert!(problem.detail.ends_with(message));
            assert_eq!(problem.args.get("reason").map(String::as_str), Some(message));
        }
    }
}
