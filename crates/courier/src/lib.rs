//! Carries one message to an address that a person chose: which addresses may be reached, TLS, one request, a short answer,
//! how it is signed, and when it is tried again.
//!
//! It knows no people, no hooks and no disks; who may have what sent where is decided in `shipyard-yard`. Whoever chooses
//! an address could have Shipyard knock at what only its own machine can reach (OWASP: server-side request forgery), so the
//! address that a name leads to is judged, and that very address is then connected to.
#![forbid(unsafe_code)]

mod address;
mod post;
mod reach;
mod retry;
mod sign;

pub use address::{Address, BadAddress};
pub use post::{Answer, Courier, Message, PostError, Trust, TrustError};
pub use retry::{GIVEN_UP_AFTER, next_wait};
pub use sign::{OLD_SECRET_HOLDS, SECRET_BYTES, secret_text, signature};

/// What the operator allows beyond https to public addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Plain HTTP, to others than this machine itself.
    pub plain: bool,
    /// Addresses of private networks and of this machine itself.
    pub private: bool,
}
