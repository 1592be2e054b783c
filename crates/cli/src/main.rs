//! The `shipyard` command.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    shipyard_cli::main()
}
