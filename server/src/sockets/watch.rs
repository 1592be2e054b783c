//! Looks after a socket's session: a socket outlives the request that was checked, but not the session.
use crate::guards::Known;
use crate::sessions::{Sessions, Ticket};
use crate::state::Server;
use shipyard_yard::{Actor, Who, Yard};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tower_sessions::session::Id;

/// A session that ended is noticed within a second.
const LOOK: Duration = Duration::from_millis(750);

/// The session of one socket.
pub(crate) struct Watch {
    yard: Yard,
    sessions: Sessions,
    id: Option<Id>,
    ticket: Ticket,
    actor: Actor,
}

impl Watch {
    pub(super) fn new(server: &Server, known: &Known) -> Self {
        Self {
            yard: server.yard.clone(),
            sessions: server.sessions.clone(),
            id: known.session,
            ticket: known.ticket.clone(),
            actor: known.actor.clone(),
        }
    }

    /// The account that the socket belongs to.
    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The use cases.
    pub(super) fn yard(&self) -> &Yard {
        &self.yard
    }

    /// Ends when the session does: signed out, expired, password changed, account gone.
    pub(super) async fn ended(&self) {
        let mut look = interval_at(Instant::now() + LOOK, LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            if !self.holds().await {
                return;
            }
        }
    }

    async fn holds(&self) -> bool {
        let Some(id) = &self.id else { return false };
        match self.sessions.find(id).await {
            Ok(Some(ticket)) if ticket.account == self.ticket.account && ticket.epoch == self.ticket.epoch => {
                matches!(
                    self.yard.actor(&ticket.account, ticket.epoch, self.actor.from()),
                    Who::Actor(..)
                )
            }
            Ok(_) => false,
            Err(error) => {
                tracing::error!(%error, "the session of a socket could not be read");
                false
            }
        }
    }

    /// Notes that somebody is there: a page that is being used asks for views, and for nothing else.
    pub(super) async fn in_use(&self) {
        if let Some(id) = &self.id
            && let Err(error) = self.sessions.touch(id).await
        {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }
}
