//! Hooks: activity that is sent to other programs. What sends to us (webhook keys) is with the other keys.
mod deliveries;

pub use deliveries::{Again, Deliveries, again, list as deliveries, test};

use crate::api::Api;
use crate::args::Listing;
use crate::error::{Exit, Failure, Outcome};
use crate::follow;
use crate::http;
use crate::out::table::{Cell, Column, Tabled, Tone, column, wide};
use crate::out::{self, Out, Output, escape, time};
use hyper::Method;
use serde::Serialize;
use serde_json::json;
use shipyard_model::hook::{Hook, MadeHook, NewHook};

/// Help of `add-hook`.
pub const ADD_HELP: &str = "\
What is sent is signed with a secret, which is shown once. An action is one of those of `shipyard activity`, or its first
words: container means container.stop too; * means all.

Examples:
  shipyard add-hook --name chat --url https://chat.example.org/in --action deploy --action container.die
  shipyard add-hook --name audit --url https://audit.example.org/ --action '*' --refused-too
  shipyard test-hook chat";

const HOOKS: &str = "/api/v1/hooks";

/// A hook in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Hook);

/// Whether it sends, in a word.
fn state(hook: &Hook) -> Cell {
    match (hook.enabled, &hook.stopped) {
        (true, _) => Cell::toned("on", Tone::Good),
        (false, Some(_)) => Cell::toned("stopped", Tone::Bad),
        (false, None) => Cell::toned("off", Tone::Dim),
    }
}

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("ID"),
        column("Name"),
        column("URL"),
        column("Actions"),
        column("State"),
        wide("Engines"),
        wide("Refused Too"),
        wide("By"),
        wide("Created"),
        wide("Why"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let hook = &self.0;
        let why = hook.stopped.as_ref().map(|problem| problem.detail.clone());
        vec![
            hook.id.clone().into(),
            hook.name.clone().into(),
            hook.url.clone().into(),
            hook.actions.join(",").into(),
            state(hook),
            hook.engines.join(",").into(),
            if hook.refused_too { "yes" } else { "no" }.into(),
            hook.by.clone().into(),
            time::plain(hook.created).into(),
            why.unwrap_or_default().into(),
        ]
    }

    fn name(&self) -> String {
        self.0.name.clone()
    }
}

/// `hooks`.
#[derive(Debug, clap::Args)]
pub struct Hooks {
    #[command(flatten)]
    listing: Listing,
}

/// Lists hooks.
///
/// # Errors
/// When the server refuses.
pub async fn hooks(api: &Api, out: &Out, args: &Hooks) -> Outcome {
    follow::list(api, out, HOOKS, &[], &args.listing, Shown).await
}

/// The one that is meant: by name, by id or by the beginning of it.
fn choose(rows: &[Hook], text: &str) -> Outcome<Hook> {
    let named: Vec<&Hook> = rows.iter().filter(|hook| hook.name == text).collect();
    let begins = |hook: &&Hook| !text.is_empty() && hook.id.starts_with(text);
    let fitting = match rows.iter().find(|hook| hook.id == text) {
        Some(whole) => vec![whole],
        None if named.is_empty() => rows.iter().filter(begins).collect(),
        None => named,
    };
    match fitting.as_slice() {
        [] => Err(Failure::new(Exit::NotFound, format!("There is no hook “{text}”.")).hint("See: shipyard hooks")),
        [one] => Ok((*one).clone()),
        several => {
            let lines: Vec<String> = several
                .iter()
                .map(|hook| format!("{}  {}", hook.id, hook.name))
                .collect();
            let told = format!("“{text}” may be each of {} hooks.", several.len());
            Err(Failure::usage(told).hint(format!("Write the id:\n{}", lines.join("\n"))))
        }
    }
}

async fn find(api: &Api, text: &str) -> Outcome<Hook> {
    choose(&api.all(HOOKS, &[], usize::MAX).await?, text)
}

fn path(hook: &Hook) -> String {
    format!("{HOOKS}/{}", http::piece(&hook.id))
}

/// Shows a secret, which nothing shows again.
fn told(out: &Out, word: &str, made: &MadeHook) -> Outcome {
    let (name, secret) = (escape::line(&made.hook.name), escape::line(&made.secret));
    match out.form() {
        Output::Json | Output::Yaml => out.data(made),
        Output::Name => {
            out::note(&format!("secret: {secret}"));
            out::print(&format!("{name}\n"))
        }
        _ => {
            out::print(&format!("{word} hook: {name}\nsecret: {secret}\n"))?;
            out::note("Keep the secret: it is shown this once.");
            Ok(())
        }
    }
}

/// `add-hook`.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// What people call it
    #[arg(short, long)]
    name: String,
    /// Where it is sent
    #[arg(long)]
    url: String,
    /// What is sent: actions or their first words, * for all
    #[arg(long, required = true, value_name = "ACTION", value_delimiter = ',')]
    action: Vec<String>,
    /// Only what is on these engines
    #[arg(long, value_name = "ENGINE", value_delimiter = ',')]
    engine: Vec<String>,
    /// Send what was refused as well
    #[arg(long)]
    refused_too: bool,
    /// Send nothing yet
    #[arg(long)]
    disabled: bool,
}

/// Makes a hook.
///
/// # Errors
/// When the server refuses.
pub async fn add(api: &Api, out: &Out, args: &Add) -> Outcome {
    let new = NewHook {
        name: args.name.clone(),
        url: args.url.clone(),
        actions: args.action.clone(),
        refused_too: args.refused_too,
        engines: args.engine.clone(),
        enabled: !args.disabled,
    };
    let made: MadeHook = api.make(HOOKS, &json!(new)).await?;
    told(out, "created", &made)
}

/// `edit-hook`.
#[derive(Debug, clap::Args)]
pub struct Edit {
    /// Name, id or beginning of the id
    #[arg(value_name = "HOOK")]
    hook: String,
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// New address
    #[arg(long)]
    url: Option<String>,
    /// Actions, in place of all that it has
    #[arg(long, value_name = "ACTION", value_delimiter = ',')]
    action: Option<Vec<String>>,
    /// Engines, in place of all that it has; `--engine ""` for all engines
    #[arg(long, value_name = "ENGINE", value_delimiter = ',')]
    engine: Option<Vec<String>>,
    /// Whether what was refused is sent as well
    #[arg(long, value_name = "true|false")]
    refused_too: Option<bool>,
}

impl Edit {
    /// What is named here in place of what it has.
    fn of(&self, old: NewHook) -> NewHook {
        let engines = self.engine.clone().map(|names| {
            let named = names.into_iter().filter(|name| !name.is_empty());
            named.collect()
        });
        NewHook {
            name: self.name.clone().unwrap_or(old.name),
            url: self.url.clone().unwrap_or(old.url),
            actions: self.action.clone().unwrap_or(old.actions),
            refused_too: self.refused_too.unwrap_or(old.refused_too),
            engines: engines.unwrap_or(old.engines),
            enabled: old.enabled,
        }
    }
}

/// Makes something else of a hook, unless somebody else does so meanwhile.
async fn change(api: &Api, text: &str, to: impl FnOnce(NewHook) -> NewHook) -> Outcome<Hook> {
    let path = path(&find(api, text).await?);
    let (old, mark): (Hook, _) = api.marked(&path).await?;
    http::read(&api.replace(path, &json!(to(old.edited())), mark).await?)
}

/// Changes a hook; what is not named stays. Whoever changes it answers for it from now on.
///
/// # Errors
/// When it is not there, the server refuses, or somebody changed it meanwhile.
pub async fn edit(api: &Api, out: &Out, args: &Edit) -> Outcome {
    let hook = change(api, &args.hook, |old| args.of(old)).await?;
    match out.form {
        Some(Output::Json | Output::Yaml) => out.data(&hook),
        Some(_) => out.list(&[Shown(hook)]),
        None => Ok(()),
    }
}

/// Hooks that something is done to.
#[derive(Debug, clap::Args)]
pub struct Names {
    /// Names, ids or beginnings of ids
    #[arg(required = true, value_name = "HOOK")]
    names: Vec<String>,
}

/// One hook.
#[derive(Debug, clap::Args)]
pub struct Name {
    /// Name, id or beginning of the id
    #[arg(value_name = "HOOK")]
    name: String,
}

/// Turns hooks on or off.
///
/// # Errors
/// When one is not there, or the server refuses.
pub async fn enable(api: &Api, args: &Names, enabled: bool) -> Outcome {
    for name in &args.names {
        let hook = change(api, name, |old| NewHook { enabled, ..old }).await?;
        let word = if enabled { "enabled" } else { "disabled" };
        out::print(&format!("{word} {}\n", escape::line(&hook.name)))?;
    }
    Ok(())
}

/// Gives a hook another secret.
///
/// # Errors
/// When it is not there, or the server refuses.
pub async fn rotate(api: &Api, out: &Out, args: &Name) -> Outcome {
    let path = path(&find(api, &args.name).await?);
    let bytes = api.act(Method::POST, format!("{path}/secret"), None).await?;
    told(out, "rotated", &http::read(&bytes)?)
}

/// Removes hooks.
///
/// # Errors
/// When one is not there, or the server refuses.
pub async fn remove(api: &Api, args: &Names) -> Outcome {
    for name in &args.names {
        let hook = find(api, name).await?;
        api.act(Method::DELETE, path(&hook), None).await?;
        out::print(&format!("removed {}\n", escape::line(&hook.name)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
