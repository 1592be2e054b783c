//! One Docker engine: connection, health, events, calls.
//!
//! This is the only crate that knows the Docker client (bollard) and TLS (rustls). It turns what an engine sends into
//! the nouns of `shipyard-model`, with a deadline and a size limit on every answer: an engine is not trusted.
//!
//! - [`probe()`] tries an address once and tells each kind of failure apart ([`ConnectError`]).
//! - [`Connection`] carries all calls.
//! - [`follow()`] keeps a true copy of an engine's containers for as long as its [`Follower`] lives.
//!
//! Nothing here reads environment variables: `DOCKER_HOST` and its kin have no influence.
#![forbid(unsafe_code)]

mod act;
mod call_error;
mod classify;
mod connect_error;
mod connect_problem;
mod connection;
mod connector;
mod create;
mod credentials;
mod event;
mod exec;
mod follow;
mod heartbeat;
mod image;
mod kept;
mod list;
mod log_lines;
mod logs;
mod meter;
mod mirror;
mod probe;
mod pull;
mod reach;
mod read_back;
mod retry;
mod stats;
mod status;
mod stranger;
mod times;
mod update;
mod watch;
mod well;
mod whereabouts;
mod wire;

pub use call_error::CallError;
pub use connect_error::{ConnectError, PemField};
pub use connection::Connection;
pub use credentials::Credentials;
pub use event::EngineEvent;
pub use exec::{Exec, ExecHandle, ExecOutput};
pub use follow::{Follower, Update, follow};
pub use heartbeat::Heartbeat;
pub use kept::Kept;
pub use log_lines::Logged;
pub use logs::{LogFacts, LogOptions};
pub use probe::{examine, probe};
pub use read_back::{Beyond, Inspected, Made};
pub use retry::Retry;
pub use stats::RawCpu;
pub use stranger::{Strangers, answers_in_the_clear, strangers};
pub use times::{CallTimes, call_times};
pub use update::Amend;
pub use well::Faring;
pub use whereabouts::Whereabouts;
