//! The README's table of settings, rendered from the same definition that reads them.
use super::{Options, password};
use clap::CommandFactory;
use std::fmt::Write;

/// Renders the table: a row for each setting.
pub fn render() -> String {
    let mut out = String::from("| flag | environment | in the file | default | what it is |\n|---|---|---|---|---|\n");
    for arg in Options::command().get_arguments() {
        let (Some(long), Some(env)) = (arg.get_long(), arg.get_env()) else {
            continue;
        };
        let id = arg.get_id().as_str();
        let default = match arg.get_default_values().first() {
            Some(value) => format!("`{}`", value.to_string_lossy()),
            None => computed_default(id).to_owned(),
        };
        let key = if id == "config" {
            "–".to_owned()
        } else {
            format!("`{long}`")
        };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(
            out,
            "| `--{long}` | `{}` | {key} | {default} | {help} |",
            env.to_string_lossy()
        );
    }
    let _ = writeln!(
        out,
        "| – | `{}` | – | `shipyard` on loopback, else random | First password of the account admin; used at the first start only |",
        password::VARIABLE
    );
    out
}

/// Defaults that depend on the machine, in words.
fn computed_default(id: &str) -> &'static str {
    match id {
        "data_dir" => "`$XDG_DATA_HOME/shipyard`, else `~/.local/share/shipyard`",
        "key_file" => "`$XDG_CONFIG_HOME/shipyard/master.key`, else `~/.config/…`",
        "site_dir" => "`site` beside the program, else `target/site`",
        _ => "–",
    }
}
