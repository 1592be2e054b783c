//! What every handler may reach: the yard, the sessions, the site's files. Cheap to clone.
use crate::api::Once;
use crate::assets::Site;
use crate::metrics::Requests;
use crate::origin::Names;
use crate::sessions::Sessions;
use crate::sockets::Sockets;
use shipyard_yard::Yard;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The parts of a running server.
#[derive(Clone)]
pub(crate) struct Server {
    /// The use cases.
    pub(crate) yard: Yard,
    /// Who is signed in.
    pub(crate) sessions: Sessions,
    /// The built interface.
    pub(crate) site: Arc<Site>,
    /// Hosts and origins that we answer.
    pub(crate) names: Arc<Names>,
    /// Times of requests, for monitoring.
    pub(crate) requests: Requests,
    /// What programs asked for with a key, so that asking again does it once.
    pub(crate) once: Once,
    /// Held while a program reads a state and changes it, so that two do not undo each other.
    pub(crate) edits: Arc<tokio::sync::Mutex<()>>,
    /// Open sockets, counted by account.
    pub(crate) sockets: Sockets,
    /// Cancelled when the server is to stop.
    pub(crate) draining: CancellationToken,
    /// Whether people reach us by https.
    pub(crate) https: bool,
    /// Whether requests cross a network in the clear, for all we know.
    pub(crate) in_the_clear: bool,
}
