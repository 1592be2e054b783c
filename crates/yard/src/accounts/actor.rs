//! Who asks. Only `accounts`, around this module, can make an [`Actor`], so a use case that takes one cannot be reached by a
//! request that was not authenticated.
use shipyard_access::Rights;
use shipyard_model::{Account, Millis, Permission, Problem};
use std::net::IpAddr;
use std::sync::Arc;

/// How long a proof of who somebody is holds for what asks for a fresh one (step-up).
const PROOF_HOLDS_MS: i64 = 10 * 60 * 1000;

/// An authenticated account, where it comes from and what it may do. Others than this crate's accounts can look at one, but
/// make none:
///
/// ```
/// fn look(actor: &shipyard_yard::Actor) -> &shipyard_access::Rights {
///     actor.rights()
/// }
/// ```
///
/// ```compile_fail,E0624
/// fn forge(admin: &shipyard_model::Account, rights: shipyard_access::Rights) -> shipyard_yard::Actor {
///     shipyard_yard::Actor::new(admin, rights, None, shipyard_yard::Via::Session { proved: None })
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Actor {
    account: String,
    /// When the account was made: another may have had its name before.
    since: Millis,
    rights: Arc<Rights>,
    from: Option<IpAddr>,
    via: Via,
}

/// By what somebody is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A session of the account itself, a person.
    Session {
        /// When the person last gave a password or second factor; `None` if that is not known.
        proved: Option<Millis>,
    },
    /// A token of the account: a machine.
    Token {
        /// Its public part.
        id: String,
    },
}

impl Actor {
    /// Made by `accounts` alone, after a session, a token or a key was checked.
    pub(super) fn new(account: &Account, rights: Rights, from: Option<IpAddr>, via: Via) -> Self {
        Self {
            account: account.name.clone(),
            since: account.created,
            rights: Arc::new(rights),
            from,
            via,
        }
    }

    /// For tests of what stands behind the gate.
    #[cfg(test)]
    pub(crate) fn of_test(account: &str, rights: Rights) -> Self {
        Self {
            account: account.to_owned(),
            since: Millis(0),
            rights: Arc::new(rights),
            from: None,
            via: Via::Session { proved: None },
        }
    }

    /// The account's name.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Whether what was made at a moment in the name of an account was made by this one. A name that is given again brings
    /// nothing of whoever had it before.
    pub(crate) fn made(&self, by: &str, at: Millis) -> bool {
        by == self.account && at >= self.since
    }

    /// When the account was made.
    pub(crate) fn since(&self) -> Millis {
        self.since
    }

    /// Whether something is of this account, which an account of this name that was made at that moment made.
    pub(crate) fn is(&self, name: &str, since: Millis) -> bool {
        name == self.account && since == self.since
    }

    /// What it may do.
    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    /// The address that the request came from.
    pub fn from(&self) -> Option<IpAddr> {
        self.from
    }

    /// By what it is known.
    pub fn via(&self) -> &Via {
        &self.via
    }

    /// Whether it is a person at a session, and no machine with a token.
    pub fn is_person(&self) -> bool {
        matches!(self.via, Via::Session { .. })
    }

    /// Until when what asks for a fresh proof is open; `None` when it is not.
    pub fn proved_until(&self) -> Option<Millis> {
        match self.via {
            Via::Session { proved: Some(at) } if self.has_fresh_proof(Millis::now()) => {
                Some(Millis(at.0.saturating_add(PROOF_HOLDS_MS)))
            }
            _ => None,
        }
    }

    /// Whether a permission holds anywhere.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        (permission == Permission::OwnAccount && self.is_person()) || !self.rights.scope(permission).is_empty()
    }

    /// Whether the person proved who they are within the last ten minutes.
    pub(crate) fn has_fresh_proof(&self, now: Millis) -> bool {
        match self.via {
            Via::Session { proved: Some(at) } => is_fresh(at, now),
            _ => false,
        }
    }
}

/// Whether a proof of that moment holds.
pub(crate) fn is_fresh(proved: Millis, now: Millis) -> bool {
    (0..PROOF_HOLDS_MS).contains(&(now.0 - proved.0))
}

/// A fresh proof is asked for.
pub(crate) fn step_up() -> Problem {
    Problem::new(403, "step-up", "This asks for your password or a code again.")
        .hint("Prove that it is you, then try again.")
}
