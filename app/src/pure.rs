//! What the pages calculate without a browser: kept apart so that it is tested natively. The server reads addresses with
//! [`query`] too, to know what a page shows first.
#[cfg(any(test, feature = "csr"))]
pub mod activity;
#[cfg(any(test, feature = "csr"))]
pub mod ansi;
#[cfg(any(test, feature = "csr"))]
pub mod browser_name;
#[cfg(any(test, feature = "csr"))]
pub mod choice;
#[cfg(any(test, feature = "csr"))]
pub mod deal;
#[cfg(any(test, feature = "csr"))]
pub mod dotenv;
#[cfg(any(test, feature = "csr"))]
pub mod json;
#[cfg(any(test, feature = "csr"))]
pub mod pem;
pub mod query;
pub mod route;
#[cfg(any(test, feature = "csr"))]
pub mod set;
#[cfg(any(test, feature = "csr"))]
pub mod square;
#[cfg(any(test, feature = "csr"))]
pub mod window;
