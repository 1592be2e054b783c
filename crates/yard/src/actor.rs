//! Who asks. Only the authentication in this crate can make an [`Actor`], so a use case that takes one cannot be
//! reached by a request that was not authenticated.
use shipyard_access::Role;
use std::net::IpAddr;

/// An authenticated account, where it comes from and what it may do.
#[derive(Clone, Debug)]
pub struct Actor {
    account: String,
    role: Role,
    from: Option<IpAddr>,
}

impl Actor {
    /// Made by `accounts` alone, after a session was checked.
    pub(crate) fn new(account: String, role: Role, from: Option<IpAddr>) -> Self {
        Self { account, role, from }
    }

    /// The account's name.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Its role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The address that the request came from.
    pub fn from(&self) -> Option<IpAddr> {
        self.from
    }
}
