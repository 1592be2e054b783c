//! One file or folder for each page, named like its address.
pub mod access;
pub mod activity;
pub mod container;
pub mod container_edit;
pub mod containers;
pub mod deploy;
pub mod doctor;
pub mod engine;
pub mod engine_form;
pub mod engines;
pub mod fleet;
pub mod node_form;
pub mod not_found;
pub mod operation;
pub mod operations;
pub mod settings;
pub mod usage;
