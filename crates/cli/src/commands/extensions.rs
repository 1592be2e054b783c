//! Extensions of the original: containers that serve the fleet itself, described by a JSON file at an address. Nothing is kept
//! of them but their containers, whose labels tell the rest; `server/src/v2/extensions.rs` reads and writes the same ones.
mod file;

use super::{deploy, verbs};
use crate::api::Api;
use crate::args::Listing;
use crate::error::{Exit, Failure, Outcome};
use crate::out::table::{Cell, Column, Tabled, column};
use crate::out::{self, Out, escape};
use crate::{find, follow, progress, spec};
use file::Extension;
use serde::Serialize;
use serde_json::Value;
use shipyard_model::{ContainerRow, ContainerVerb};
use std::collections::BTreeMap;

/// Help of `add-extension`.
pub const ADD_HELP: &str = "\
The file says which image is run, and how; it is read from an https address, or from a path. What it leaves open is asked
for, unless --env or --arg answers. It decides what runs on engines: read it before.

Example:
  shipyard add-extension --url https://example.org/router.json --env DOMAIN=example.org";

/// Label with the extension's name; what else is said of it is in labels that begin so, with a dot.
const LABEL: &str = "extension";

/// An extension as its containers tell it.
#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    version: String,
    author: String,
    image: String,
    url: String,
    description: String,
    #[serde(skip)]
    containers: Vec<ContainerRow>,
}

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("ID"),
        column("Name"),
        column("Version"),
        column("Author"),
        column("Image"),
        column("Url"),
        column("Description"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let texts = [
            &self.id,
            &self.name,
            &self.version,
            &self.author,
            &self.image,
            &self.url,
            &self.description,
        ];
        texts.map(|text| text.clone().into()).into()
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// All extensions, by name.
async fn all(api: &Api) -> Outcome<Vec<Shown>> {
    let mut found: BTreeMap<String, Shown> = BTreeMap::new();
    // The server looks for words, in labels too; whether it is this label is seen here.
    let query = [("q", LABEL.to_owned())];
    let rows: Vec<ContainerRow> = api.all("/api/v1/containers", &query, usize::MAX).await?;
    for row in rows {
        let inspect: Value = match api.get(format!("{}/inspect", find::path(&row))).await {
            // Gone since, or on an engine that does not answer.
            Err(failure) if matches!(failure.exit, Exit::NotFound | Exit::Unreachable) => continue,
            told => told?,
        };
        let said = |label: &str| {
            let value = inspect.pointer("/Config/Labels").and_then(|labels| labels.get(label));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let name = said(LABEL);
        if name.is_empty() {
            continue;
        }
        let more = |what: &str| said(&format!("{LABEL}.{what}"));
        let extension = found.entry(name.clone()).or_insert_with(|| Shown {
            id: name.clone(),
            name,
            version: more("version"),
            author: more("author"),
            image: row.image.clone(),
            url: more("url"),
            description: more("description"),
            containers: Vec::new(),
        });
        extension.containers.push(row);
    }
    Ok(found.into_values().collect())
}

/// `extensions`.
#[derive(Debug, clap::Args)]
pub struct Extensions {
    #[command(flatten)]
    listing: Listing,
}

/// Lists extensions.
///
/// # Errors
/// When the server refuses.
pub async fn list(api: &Api, out: &Out, args: &Extensions) -> Outcome {
    follow::made(out, &args.listing, async || all(api).await).await
}

/// `add-extension`.
#[derive(Debug, clap::Args)]
pub struct AddExtension {
    /// Where the file is that describes it: https://…, or a path
    #[arg(long)]
    url: String,
    /// Environment variable
    #[arg(long, value_name = "KEY=VALUE", value_parser = spec::pair)]
    env: Vec<(String, String)>,
    /// Argument of the command; NAME=VALUE where the file asks for one
    #[arg(long, allow_hyphen_values = true)]
    arg: Vec<String>,
    #[command(flatten)]
    how: deploy::How,
}

/// Runs an extension, on one engine or on each.
///
/// # Errors
/// When the file cannot be had, there is one of the name, there is no place, or something failed.
pub async fn add(api: &Api, out: &Out, args: &AddExtension) -> Outcome {
    let mut extension: Extension = file::fetch(&args.url).await?;
    if extension.name.trim().is_empty() || extension.image.trim().is_empty() {
        return Err(Failure::usage(
            "The file describes no extension: it says no name or no image.",
        ));
    }
    if all(api).await?.iter().any(|known| known.name == extension.name) {
        return Err(
            Failure::failed(format!("There is an extension “{}” already.", extension.name))
                .hint("Remove it first: shipyard remove-extension"),
        );
    }
    // Beside what is printed for machines.
    out::note(&format!(
        "configuring {} ({} for more info)",
        escape::line(&extension.name),
        escape::line(&extension.url)
    ));
    extension.config.environment.extend(args.env.iter().cloned());
    for name in std::mem::take(&mut extension.config.prompt_env) {
        if !args.env.iter().any(|(given, _)| *given == name) {
            let prompt = format!(
                "enter value for container environment variable {}: ",
                escape::line(&name)
            );
            extension.config.environment.insert(name, api.asker.line(&prompt)?);
        }
    }
    for name in std::mem::take(&mut extension.config.prompt_args) {
        let start = format!("{name}=");
        if !args.arg.iter().any(|given| given.starts_with(&start)) {
            let prompt = format!("enter value for container argument {}: ", escape::line(&name));
            extension.config.args.push(start + &api.asker.line(&prompt)?);
        }
    }
    extension.config.args.extend(args.arg.iter().cloned());
    let told = (extension.name.clone(), extension.version.clone());
    let quiet = args.how.plan || args.how.print_request || args.how.detach;
    deploy::carry_out(api, out, &extension.request(LABEL)?, &args.how).await?;
    if !quiet && !out.is_data() {
        let (name, version) = (escape::line(&told.0), escape::line(&told.1));
        out::print(&format!("added extension name={name} version={version}\n"))?;
    }
    Ok(())
}

/// `remove-extension`.
#[derive(Debug, clap::Args)]
pub struct RemoveExtension {
    /// Ids, which are the names
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

/// Removes extensions with their containers.
///
/// # Errors
/// When one is not there, or something failed.
pub async fn remove(api: &Api, args: &RemoveExtension) -> Outcome {
    let known = all(api).await?;
    let named = |id: &String| {
        known.iter().find(|one| one.id == *id).ok_or_else(|| {
            Failure::new(Exit::NotFound, format!("There is no extension “{id}”.")).hint("See: shipyard extensions")
        })
    };
    let going: Vec<&Shown> = args.ids.iter().map(named).collect::<Outcome<_>>()?;
    let rows: Vec<ContainerRow> = going.iter().flat_map(|one| one.containers.clone()).collect();
    let operation = verbs::begin(api, ContainerVerb::Remove, &rows).await?;
    let ended = progress::follow(api, operation.id.as_str(), |_| Ok(())).await?;
    progress::verdict(&ended)
}
