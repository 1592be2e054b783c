//! What a person sees. With feature `csr` this is the single-page app that runs in the browser; with `ssr` it is only
//! the server functions that the app calls. Never both at once.
#![cfg_attr(feature = "csr", recursion_limit = "256")]

pub mod calls;
pub mod chunks;

#[cfg(feature = "csr")]
#[macro_use]
pub mod text;
#[cfg(feature = "csr")]
pub mod boot;
#[cfg(feature = "csr")]
pub mod format;
#[cfg(feature = "csr")]
pub mod frame;
#[cfg(feature = "csr")]
pub mod interop;
#[cfg(feature = "csr")]
pub mod lean;
#[cfg(feature = "csr")]
pub mod live;
#[cfg(feature = "csr")]
pub mod pages;
#[cfg(feature = "csr")]
pub mod parts;
pub mod pure;
#[cfg(feature = "csr")]
pub mod routes;

#[cfg(feature = "csr")]
pub use routes::App;
