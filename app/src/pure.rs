//! What the pages calculate without a browser: kept apart so that it is tested natively.
pub mod ansi;
pub mod docker_run;
pub mod dotenv;
pub mod query;
pub mod words;
