//! The `shipyard-server` program: everything is in the library, so that tests reach it.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    shipyard_server::run()
}
