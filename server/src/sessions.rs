//! Sessions: who signed in, when, and how long that holds.
//!
//! A session holds an account's name and epoch, moments, where it began, and whether its sign-in may stand for the current
//! password; nothing else. It ends after a time without use and after a time in any case; both are checked here, whatever
//! the cookie says. The database holds the SHA-256 of a session's id, so that who reads it cannot take a session over.
mod shelf;

pub(crate) use shelf::Shelf;

use crate::config::Settings;
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use shipyard_model::access::SessionRow;
use shipyard_model::{Millis, Secret};
use shipyard_yard::Yard;
use std::net::IpAddr;
use std::time::Duration;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Error, Id};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

/// How the text of a session that a program holds begins.
pub(crate) const PREFIX: &str = "shs_";
/// The key of what every session has.
const TICKET: &str = "ticket";
/// The one key of a session that is not begun yet.
const HALF: &str = "half";
/// The key of a session that may change its password once without giving it again.
const ONE_CHANGE: &str = "one-change";
/// How long a right password waits for its code.
const HALF_HOLDS: Duration = Duration::from_secs(5 * 60);
/// How long a page may still show the id that its session had before, in what it had asked already.
const HANDOVER: Duration = Duration::from_secs(10);
/// A session's use is written down at most this often: each write costs an fsync.
const REFRESH: Duration = Duration::from_secs(5 * 60);

/// What a session holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ticket {
    /// The account's name.
    pub(crate) account: String,
    /// The account's epoch at sign-in: a password change moves it on, and the session is over.
    pub(crate) epoch: u64,
    /// When the person signed in.
    issued_at: Millis,
    /// When the session was last used, to five minutes.
    seen_at: Millis,
    /// When the person last gave a password or code.
    pub(crate) proved_at: Millis,
    /// Where it began.
    #[serde(default)]
    pub(crate) origin: Origin,
}

/// From where a session was begun, for its owner to know it by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The address.
    pub(crate) from: String,
    /// What the browser calls itself. Untrusted, cut short.
    pub(crate) browser: String,
}

impl Origin {
    /// Of a request.
    pub(crate) fn new(from: Option<IpAddr>, headers: &HeaderMap) -> Self {
        let browser = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            from: from.map(|from| from.to_string()).unwrap_or_default(),
            browser: browser.unwrap_or_default().chars().take(200).collect(),
        }
    }
}

/// A sign-in whose password was right and whose code is still to come. It opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Half {
    /// The account's name.
    pub(crate) account: String,
    /// The account's epoch.
    pub(crate) epoch: u64,
    /// When the password was given.
    at: Millis,
}

/// Whether a request shows our cookie.
pub(crate) fn has_cookie(headers: &HeaderMap, name: &str) -> bool {
    let all = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';'))
        .any(|pair| pair.split('=').next().is_some_and(|key| key.trim() == name))
}

/// The sessions of this server.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    shelf: Shelf,
    limits: Limits,
    secure: bool,
}

/// How long a session holds.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Without use.
    idle: Duration,
    /// In any case.
    length: Duration,
}

impl Limits {
    fn allow(self, ticket: &Ticket, now: Millis) -> bool {
        !is_older(now, ticket.seen_at, self.idle) && !is_older(now, ticket.issued_at, self.length)
    }
}

impl Sessions {
    pub(crate) fn new(yard: &Yard, settings: &Settings) -> Self {
        Self {
            shelf: Shelf::new(yard),
            limits: Limits {
                idle: settings.session_idle,
                length: settings.session_length,
            },
            secure: settings.is_https(),
        }
    }

    /// The layer that reads and sets the cookie.
    ///
    /// `SameSite=Lax`, not `Strict`: a link to a page of Shipyard in a chat or ticket must open it. What acts is POST
    /// or a socket, and both check the origin.
    pub(crate) fn layer(&self) -> SessionManagerLayer<Shelf> {
        SessionManagerLayer::new(self.shelf.clone())
            .with_name(self.cookie_name())
            .with_secure(self.secure)
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            .with_path("/")
            .with_expiry(self.expiry())
    }

    fn expiry(&self) -> Expiry {
        Expiry::OnInactivity(self.limits.idle.try_into().unwrap_or(time::Duration::HOUR))
    }

    /// The cookie's name. Over https it has the prefix by which browsers refuse it from anywhere but this very host.
    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.secure { "__Host-shipyard" } else { "shipyard" }
    }

    /// A session that no browser holds: a new one, or the one of a text that [`Sessions::text`] made.
    pub(crate) fn without_cookie(&self, id: Option<Id>) -> Session {
        Session::new(id, std::sync::Arc::new(self.shelf.clone()), Some(self.expiry()))
    }

    /// Keeps a session that no browser holds, and gives the text by which a program shows it: the same secret that a
    /// browser has in its cookie.
    pub(crate) async fn text(session: &Session) -> Result<Secret, Error> {
        session.save().await?;
        Ok(Secret::new(
            session.id().map(|id| format!("{PREFIX}{id}")).unwrap_or_default(),
        ))
    }

    /// The id in such a text.
    pub(crate) fn id(text: &Secret) -> Option<Id> {
        text.reveal().strip_prefix(PREFIX)?.parse().ok()
    }

    /// When a session that is used from now on without a pause ends, by its ticket.
    pub(crate) fn ends(&self, ticket: &Ticket) -> Millis {
        later(ticket.issued_at, self.limits.length).min(later(Millis::now(), self.limits.idle))
    }

    /// A `Set-Cookie` that removes the cookie, with the attributes that browsers ask for before they obey.
    pub(crate) fn removal(&self) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!(
            "{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}",
            self.cookie_name()
        )
    }

    /// Begins a session under a new id; what the browser had before is void.
    pub(crate) async fn begin(
        &self,
        session: &Session,
        account: &str,
        epoch: u64,
        origin: Origin,
    ) -> Result<(), Error> {
        let now = Millis::now();
        session.clear().await;
        session.cycle_id().await?;
        let ticket = Ticket {
            account: account.to_owned(),
            epoch,
            issued_at: now,
            seen_at: now,
            proved_at: now,
            origin,
        };
        session.insert(TICKET, ticket).await
    }

    /// Remembers a right password until its code comes. Nobody is signed in by it.
    pub(crate) async fn begin_half(&self, session: &Session, account: &str, epoch: u64) -> Result<(), Error> {
        session.clear().await;
        session.cycle_id().await?;
        let half = Half {
            account: account.to_owned(),
            epoch,
            at: Millis::now(),
        };
        session.insert(HALF, half).await
    }

    /// The sign-in that waits for its code.
    pub(crate) async fn half(&self, session: &Session) -> Result<Option<Half>, Error> {
        let half = session.get::<Half>(HALF).await?;
        Ok(half.filter(|half| !is_older(Millis::now(), half.at, HALF_HOLDS)))
    }

    /// Notes that the person proved anew who they are; the session goes on under a new id, as it may do more now, and the
    /// id of before is void.
    pub(crate) async fn proved(&self, session: &Session) -> Result<(), Error> {
        let Some(mut ticket) = self.ticket(session).await? else {
            return Ok(());
        };
        ticket.proved_at = Millis::now();
        // Proved twice at once, in two tabs: what goes on is not let go as what it comes from.
        session.remove_value(shelf::LET_GO).await?;
        session.cycle_id().await?;
        session.insert(TICKET, ticket).await
    }

    /// [`Sessions::proved`] for a page. What else it asks meanwhile still shows the id of before, as its socket does: refused,
    /// the page would believe that it is signed out, and the refusal would take the new cookie away. So that id holds for a
    /// moment longer, without the proof.
    pub(crate) async fn proved_in_page(&self, session: &Session) -> Result<(), Error> {
        if let Some(id) = session.id() {
            self.shelf.let_go(&id, later(Millis::now(), HANDOVER)).await?;
        }
        self.proved(session).await
    }

    /// Notes that this session's own sign-in stands for the current password, once: the original's API signs in with it and
    /// then sends the new password alone.
    pub(crate) async fn allow_one_change(session: &Session) -> Result<(), Error> {
        session.insert(ONE_CHANGE, true).await
    }

    /// Takes that back; whether there was something to take.
    pub(crate) async fn take_one_change(session: &Session) -> Result<bool, Error> {
        let taken = session.remove::<bool>(ONE_CHANGE).await?;
        Ok(taken.unwrap_or_default())
    }

    /// Lets a session go on under the account's new epoch: it is the one that changed the password.
    pub(crate) async fn go_on(&self, session: &Session, epoch: u64) -> Result<(), Error> {
        let Some(mut ticket) = self.ticket(session).await? else {
            return Ok(());
        };
        ticket.epoch = epoch;
        session.insert(TICKET, ticket).await?;
        session.save().await
    }

    /// The sessions of an account, the newest first. `this` is the one that asks.
    pub(crate) async fn list(&self, account: &str, epoch: u64, this: Option<&Id>) -> Result<Vec<SessionRow>, Error> {
        let mut rows = Vec::new();
        let this = this.map(|id| self.shelf.name(id));
        let now = Millis::now();
        for (name, data) in self.shelf.all().await? {
            if shelf::is_let_go(&data) {
                continue;
            }
            let Some(Ok(ticket)) = data.get(TICKET).cloned().map(serde_json::from_value::<Ticket>) else {
                continue;
            };
            if ticket.account == account && ticket.epoch == epoch && self.limits.allow(&ticket, now) {
                rows.push(SessionRow {
                    this: this.as_ref() == Some(&name),
                    id: name,
                    since: ticket.issued_at,
                    used: ticket.seen_at,
                    from: ticket.origin.from,
                    browser: ticket.origin.browser,
                });
            }
        }
        rows.sort_by(|a, b| b.since.cmp(&a.since).then_with(|| a.id.cmp(&b.id)));
        Ok(rows)
    }

    /// Ends one of an account's sessions by the name that [`Sessions::list`] gave it; whether there was one.
    pub(crate) async fn end_named(&self, account: &str, epoch: u64, name: &str) -> Result<bool, Error> {
        let rows = self.list(account, epoch, None).await?;
        if !rows.iter().any(|row| row.id == name) {
            return Ok(false);
        }
        self.shelf.end(name).await?;
        Ok(true)
    }

    /// Ends a session here, not only in the browser.
    pub(crate) async fn end(session: &Session) -> Result<(), Error> {
        session.flush().await
    }

    /// The ticket of a request's session, while it holds. Notes the use.
    pub(crate) async fn ticket(&self, session: &Session) -> Result<Option<Ticket>, Error> {
        let Some(mut ticket) = session.get::<Ticket>(TICKET).await? else {
            return Ok(None);
        };
        let now = Millis::now();
        if !self.limits.allow(&ticket, now) {
            session.flush().await?;
            return Ok(None);
        }
        if is_older(now, ticket.seen_at, REFRESH) {
            ticket.seen_at = now;
            session.insert(TICKET, &ticket).await?;
        }
        Ok(Some(ticket))
    }

    /// The ticket of a session by its id, for sockets, which outlive their request.
    pub(crate) async fn find(&self, id: &Id) -> Result<Option<Ticket>, Error> {
        let record = self.shelf.load(id).await?;
        let Some(value) = record.and_then(|mut record| record.data.remove(TICKET)) else {
            return Ok(None);
        };
        let ticket: Ticket = serde_json::from_value(value)?;
        Ok(self.limits.allow(&ticket, Millis::now()).then_some(ticket))
    }

    /// Notes that a session is in use by somebody at a socket.
    pub(crate) async fn touch(&self, id: &Id) -> Result<(), Error> {
        let session = self.without_cookie(Some(*id));
        if self.ticket(&session).await?.is_some() && session.is_modified() {
            session.save().await?;
        }
        Ok(())
    }

    /// Removes what has expired; how many.
    pub(crate) async fn purge(&self) -> Result<usize, Error> {
        Ok(self.shelf.purge().await?)
    }
}

fn later(than: Millis, by: Duration) -> Millis {
    Millis(than.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
}

fn is_older(now: Millis, then: Millis, limit: Duration) -> bool {
    u128::try_from(now.since(then)).unwrap_or(0) >= limit.as_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_without_use_and_ends_in_any_case() {
        let limits = Limits {
            idle: Duration::from_secs(60),
            length: Duration::from_secs(600),
        };
        let holds = |issued: i64, seen: i64, now: i64| {
            let ticket = Ticket {
                account: "a".into(),
                epoch: 1,
                issued_at: Millis::from_seconds(issued),
                seen_at: Millis::from_seconds(seen),
                proved_at: Millis::from_seconds(issued),
                origin: Origin::default(),
            };
            limits.allow(&ticket, Millis::from_seconds(now))
        };
        assert!(holds(0, 0, 59) && holds(0, 540, 599));
        assert!(!holds(0, 0, 60), "idle");
        assert!(!holds(0, 590, 600), "in use, but too old");
        assert!(holds(100, 100, 0), "a clock that was set back ends nothing");
    }
}
