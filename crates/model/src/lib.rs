//! The nouns of Shipyard as plain data, shared by the browser, the server and the command line.
//!
//! This crate exists so that every side speaks of an engine, a container or a placement in the same types. It does no
//! input or output, knows no Docker client, no database and no web framework, and compiles to WASM. What Docker sends
//! is turned into these types by `shipyard-engine`; what is kept on disk is made of them by `shipyard-store`.
//!
//! Texts inside these types that come from an engine (names, labels, images, messages) are untrusted: they are shown
//! as text, never as markup.
#![forbid(unsafe_code)]

pub mod access;
pub mod account;
pub mod activity;
pub mod change;
pub mod container;
pub mod deploy;
pub mod detail;
pub mod engine;
pub mod exec;
pub mod hook;
pub mod id;
pub mod image;
pub mod label;
pub mod live;
pub mod moving;
pub mod node;
pub mod operation;
pub mod original;
pub mod page;
pub mod problem;
pub mod roll;
pub mod secret;
pub mod spec;
pub mod stream;
pub mod template;
pub mod text;
pub mod unit;
pub mod usage;
pub mod webhook;
pub mod words;

pub use access::{Grant, Narrow, Pool, Profile, Role};
pub use account::{Account, Language, Permission, Preferences, Session, Theme};
pub use container::{Container, ContainerRow, ContainerState, ContainerVerb, Health, Port, Protocol, Usage};
pub use engine::{Capacity, Engine, EngineAddress, EngineHealth, EngineRow};
pub use id::{ContainerId, ContainerRef, EngineId, EngineName, OperationId};
pub use label::{Constraint, Labels};
pub use problem::Problem;
pub use secret::Secret;
pub use unit::{Bytes, Cpus, Millis};
