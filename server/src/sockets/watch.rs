//! Looks after a socket's session: a socket outlives the request that was checked, but not the session.
use super::wire::Goodbye;
use crate::guards::{By, Known};
use crate::sessions::Sessions;
use crate::state::Server;
use shipyard_yard::{Actor, Who, Yard};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// A session that ended is noticed within a second.
const LOOK: Duration = Duration::from_millis(750);

/// The session of one socket.
pub(crate) struct Watch {
    yard: Yard,
    sessions: Sessions,
    by: By,
    actor: Actor,
}

impl Watch {
    pub(crate) fn new(server: &Server, known: &Known) -> Self {
        Self {
            yard: server.yard.clone(),
            sessions: server.sessions.clone(),
            by: known.by.clone(),
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

    /// Ends when what opened the socket does, and says how: signed out, expired, password changed, account gone, token
    /// revoked; or when the account may do other things now than when it was opened.
    pub(crate) async fn ended(&self) -> Goodbye {
        let mut look = interval_at(Instant::now() + LOOK, LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            match self.now().await {
                Some(actor) if actor.rights() == self.actor.rights() => {}
                Some(_) => return Goodbye::Changed,
                None => return Goodbye::SignedOut,
            }
        }
    }

    /// Who it is now; `None` when nobody any more.
    async fn now(&self) -> Option<Actor> {
        let (id, begun) = match &self.by {
            By::Token(token) => return self.yard.token_actor(token, self.actor.from()),
            By::Session { id, ticket } => (id.as_ref()?, ticket),
        };
        let ticket = match self.sessions.find(id).await {
            Ok(ticket) => ticket?,
            Err(error) => {
                tracing::error!(%error, "the session of a socket could not be read");
                return None;
            }
        };
        if ticket.account != begun.account || ticket.epoch != begun.epoch {
            return None;
        }
        match self
            .yard
            .actor(&ticket.account, ticket.epoch, self.actor.from(), Some(ticket.proved_at))
        {
            Who::Actor(actor, _) => Some(actor),
            _ => None,
        }
    }

    /// Notes that somebody is there: a page that is being used asks for views, and for nothing else.
    pub(super) async fn in_use(&self) {
        if let By::Session { id: Some(id), .. } = &self.by
            && let Err(error) = self.sessions.touch(id).await
        {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }
}
