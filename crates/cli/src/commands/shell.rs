//! What a shell and a manual want to know of the commands.
use crate::args::Cli;
use crate::error::{Failure, Outcome};
use crate::out;
use clap::CommandFactory;
use std::path::PathBuf;

/// Help of `completion`.
pub const HELP: &str = "\
Examples:
  source <(shipyard completion bash)
  shipyard completion zsh > ~/.zfunc/_shipyard
  shipyard completion fish > ~/.config/fish/completions/shipyard.fish";

/// `completion`.
#[derive(Debug, clap::Args)]
pub struct Completion {
    /// Which shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Prints completions.
///
/// # Errors
/// When the output is closed.
pub fn completion(args: &Completion) -> Outcome {
    let mut bytes = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "shipyard", &mut bytes);
    out::print(&String::from_utf8_lossy(&bytes))
}

/// `man`.
#[derive(Debug, clap::Args)]
pub struct Man {
    /// Folder for the pages
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes the manual's pages.
///
/// # Errors
/// When the folder cannot be written to.
pub fn man(args: &Man) -> Outcome {
    let bad = |error: std::io::Error| {
        Failure::failed(format!("“{}” cannot be written to.", args.folder.display())).because(&error)
    };
    std::fs::create_dir_all(&args.folder).map_err(bad)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).map_err(bad)
}

/// Prints the names of all commands, one a line, as the original does for bash.
pub fn list_commands() {
    let names: String = Cli::command()
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| format!("{}\n", command.get_name()))
        .collect();
    // A shell that closes its pipe completes nothing.
    let _ = out::print(&names);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_without_contradictions() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_page_and_completions() {
        let folder = tempfile::tempdir().unwrap();
        man(&Man {
            folder: folder.path().to_owned(),
        })
        .unwrap();
        assert!(folder.path().join("shipyard-add-engine.1").exists());
        for shell in [
            clap_complete::Shell::Bash,
            clap_complete::Shell::Zsh,
            clap_complete::Shell::Fish,
        ] {
            let mut bytes = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "shipyard", &mut bytes);
            assert!(String::from_utf8(bytes).unwrap().contains("add-engine"));
        }
    }

    /// What a person looks for, they find: in `shipyard help` and in `docs/cli.md`.
    #[test]
    fn help_and_the_manual_name_every_command() {
        let help = Cli::command().render_long_help().to_string();
        let manual = include_str!("../../../../docs/cli.md");
        let table: Vec<&str> = manual.lines().filter(|line| line.starts_with("| `")).collect();
        for command in Cli::command()
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
        {
            let name = command.get_name();
            assert!(
                help.lines().any(|line| line.split_whitespace().next() == Some(name)),
                "{name}"
            );
            let named = |line: &&str| line.contains(&format!("`{name}`")) || line.contains(&format!("`{name} "));
            assert!(table.iter().any(named), "docs/cli.md has no row with {name}");
        }
    }

    /// Every command of the original is there under its name.
    #[test]
    fn the_originals_commands_are_there() {
        let command = Cli::command();
        for name in [
            "login",
            "change-password",
            "accounts",
            "add-account",
            "delete-account",
            "containers",
            "inspect",
            "run",
            "stop",
            "restart",
            "destroy",
            "scale",
            "logs",
            "engines",
            "add-engine",
            "inspect-engine",
            "remove-engine",
            "service-keys",
            "add-service-key",
            "remove-service-key",
            "extensions",
            "add-extension",
            "remove-extension",
            "webhook-keys",
            "add-webhook-key",
            "remove-webhook-key",
            "info",
            "events",
        ] {
            assert!(command.find_subcommand(name).is_some(), "{name}");
        }
    }
}
