//! Shipyard's own certificate authority, and the scripts that make a plain Docker host an engine.
//!
//! Pure: it is given the time, and gives certificates and texts. What is kept, who may ask, and who is asked over the
//! network is the yard's business; which of this runs on a node is the script's (`node.sh`).
//!
//! - [`Authority`] signs: a server certificate for each node, a client certificate for each engine.
//! - [`Request`] is a node's signing request, of which only the key is taken; by that key the node is known afterwards.
//! - [`Enrolment`] becomes the script that does on the node, in one go, what used to be done by hand.
#![forbid(unsafe_code)]

mod authority;
mod error;
mod quote;
mod request;
mod script;

pub use authority::{Authority, ClientCertificate, Host, LASTS_DAYS, ends_of, subject_of};
pub use error::PkiError;
pub use quote::{Unquotable, quote};
pub use request::Request;
pub use script::{Enrolment, Network, removal};
