//! Templates of deploys, and deploys as another kind of text.
use super::deploy;
use crate::api::Api;
use crate::error::Outcome;
use crate::out::table::{Cell, Column, Tabled, column, wide};
use crate::out::{self, Out, escape};
use crate::{http, spec};
use hyper::Method;
use serde::Serialize;
use serde_json::json;
use shipyard_model::template::{Parameter, Template, TemplateRow, TemplateValues};
use shipyard_model::text::{TextForm, TextToWrite};
use std::path::PathBuf;

/// Help of `templates`.
pub const HELP: &str = "\
{{name}} in any text of the file stands for a value that is given each time.

Examples:
  shipyard templates save web -f compose.yaml --place version=1.29 --place zone
  shipyard templates use web --set zone=a --plan";

/// Help of `convert`.
pub const CONVERT_HELP: &str = "\
Examples:
  shipyard convert -f compose.yaml --to docker-run
  echo 'docker run -p 80:80 nginx' | shipyard convert -f - --to compose
  shipyard convert -f compose.yaml -o yaml        as deploy -f takes it";

/// `convert`.
#[derive(Debug, clap::Args)]
pub struct Convert {
    /// File with a request, a Compose file or a docker run line; - for standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// What it becomes [default: a request]
    #[arg(long, value_enum)]
    to: Option<To>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum To {
    /// A docker run line
    DockerRun,
    /// A Compose file
    Compose,
    /// What stands after /deploy#spec= in an address
    Link,
}

fn request(file: &std::path::Path) -> Outcome<shipyard_model::deploy::DeployRequest> {
    let (request, notes) = spec::request::any(&deploy::read(file)?)?;
    notes.iter().for_each(|note| out::note(&escape::line(note)));
    Ok(request)
}

/// Writes a deploy as another text. No server is asked.
///
/// # Errors
/// When it cannot be read.
pub fn convert(out: &Out, args: &Convert) -> Outcome {
    let request = request(&args.file)?;
    let form = match args.to {
        None => return out.data(&request),
        Some(To::DockerRun) => TextForm::DockerRun,
        Some(To::Compose) => TextForm::Compose,
        Some(To::Link) => TextForm::Link,
    };
    let written = shipyard_text::write(&TextToWrite { form, request });
    for note in &written.notes {
        out::note(&escape::line(&note.to_string()));
    }
    out::print(&format!("{}\n", written.text.trim_end()))
}

/// `templates`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Templates {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Show a template
    Show {
        /// Its name
        name: String,
    },
    /// Save a file as template, new or in the place of one
    Save {
        /// Its name
        name: String,
        /// File with the request, a Compose file or a docker run line; - for standard input
        #[arg(short, long, value_name = "FILE")]
        file: PathBuf,
        /// What it is for
        #[arg(long, default_value = "")]
        description: String,
        /// For every account that may deploy, with all that it says
        #[arg(long)]
        shared: bool,
        /// A place in it, and its value where none is given
        #[arg(long, value_name = "NAME[=VALUE]")]
        place: Vec<String>,
    },
    /// Deploy a template with values in its places
    Use {
        /// Its name
        name: String,
        /// A place and its value
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = spec::pair)]
        values: Vec<(String, String)>,
        #[command(flatten)]
        how: deploy::How,
    },
    /// Remove templates
    #[command(visible_alias = "rm")]
    Remove {
        /// Their names
        #[arg(required = true)]
        names: Vec<String>,
    },
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(TemplateRow);

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("Name"),
        column("Image"),
        column("Places"),
        column("By"),
        wide("Description"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let template = &self.0.template;
        let places = template.parameters.iter().map(|it| it.name.as_str());
        vec![
            template.name.clone().into(),
            template.request.spec.image.clone().into(),
            places.collect::<Vec<_>>().join(",").into(),
            self.0.by.clone().into(),
            template.description.clone().into(),
        ]
    }

    fn name(&self) -> String {
        self.0.template.name.clone()
    }
}

fn parameter(text: &str) -> Parameter {
    let (name, default) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    Parameter {
        name: name.to_owned(),
        default,
        ..Parameter::default()
    }
}

/// Lists templates, or does something with one.
///
/// # Errors
/// When the server refuses.
pub async fn run(api: &Api, out: &Out, args: &Templates) -> Outcome {
    let path = |name: &str| format!("/api/v1/templates/{}", http::piece(name));
    match &args.verb {
        None => {
            let rows: Vec<TemplateRow> = api.all("/api/v1/templates", &[], usize::MAX).await?;
            out.list(&rows.into_iter().map(Shown).collect::<Vec<_>>())
        }
        Some(Verb::Show { name }) => out.data(&api.get::<serde_json::Value>(path(name)).await?),
        Some(Verb::Save {
            name,
            file,
            description,
            shared,
            place,
        }) => {
            let template = Template {
                name: name.clone(),
                description: description.clone(),
                shared: *shared,
                parameters: place.iter().map(|text| parameter(text)).collect(),
                request: request(file)?,
            };
            api.act(Method::PUT, path(name), Some(&json!(template))).await?;
            out::print(&format!("saved {}\n", escape::line(name)))
        }
        Some(Verb::Use { name, values, how }) => {
            let values: TemplateValues = values.iter().cloned().collect();
            let filled = api
                .act(Method::POST, &format!("{}/fill", path(name)), Some(&json!(values)))
                .await?;
            let request = http::read(&filled)?;
            deploy::carry_out(api, out, &request, how).await
        }
        Some(Verb::Remove { names }) => {
            for name in names {
                api.act(Method::DELETE, path(name), None).await?;
                out::print(&format!("removed {}\n", escape::line(name)))?;
            }
            Ok(())
        }
    }
}
