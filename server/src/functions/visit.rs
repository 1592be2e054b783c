//! What calls may do with the session that they come from.
use crate::guards::{By, Known};
use crate::pages::passkey::site;
use crate::sessions::Sessions;
use crate::state::Server;
use http::HeaderMap;
use shipyard_app::calls::own::{Visit, VisitFuture};
use shipyard_model::Problem;
use shipyard_model::access::SessionRow;
use std::sync::Arc;
use tower_sessions::Session;
use tower_sessions::session::Error;

/// A person's session; a machine has none.
pub(super) fn of(server: &Server, known: &Known, session: Session, headers: &HeaderMap) -> Option<Arc<dyn Visit>> {
    let By::Session { ticket, .. } = &known.by else {
        return None;
    };
    Some(Arc::new(Browser {
        sessions: server.sessions.clone(),
        session,
        account: ticket.account.clone(),
        epoch: ticket.epoch,
        site: site(headers).map(str::to_owned),
        in_the_clear: server.in_the_clear,
    }))
}

struct Browser {
    sessions: Sessions,
    session: Session,
    account: String,
    epoch: u64,
    site: Result<String, Problem>,
    in_the_clear: bool,
}

fn problem(error: Error) -> Problem {
    tracing::error!(%error, "a session could not be used");
    Problem::internal()
}

impl Visit for Browser {
    fn site(&self) -> Result<&str, Problem> {
        self.site.as_deref().map_err(Clone::clone)
    }

    fn in_the_clear(&self) -> bool {
        self.in_the_clear
    }

    fn proved(&self) -> VisitFuture<'_, ()> {
        Box::pin(async { self.sessions.proved_in_page(&self.session).await.map_err(problem) })
    }

    fn sessions(&self) -> VisitFuture<'_, Vec<SessionRow>> {
        Box::pin(async {
            let id = self.session.id();
            let list = self.sessions.list(&self.account, self.epoch, id.as_ref()).await;
            list.map_err(problem)
        })
    }

    fn end<'v>(&'v self, name: &'v str) -> VisitFuture<'v, ()> {
        Box::pin(async move {
            let ended = self.sessions.end_named(&self.account, self.epoch, name).await;
            match ended.map_err(problem)? {
                true => Ok(()),
                false => Err(Problem::not_found("session", name)),
            }
        })
    }
}
