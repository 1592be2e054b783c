//! Contexts: which server, and as whom.
use crate::api::{Api, Globals};
use crate::config::{Config, Context};
use crate::error::{Exit, Failure, Outcome};
use crate::http::origin::Origin;
use crate::http::tls::{self, Fingerprint};
use crate::keyring;
use crate::out::table::{Cell, Column, Tabled, Tone, column, wide};
use crate::out::{self, Out};
use serde::Serialize;
use std::path::PathBuf;

/// Help of `context`.
pub const HELP: &str = "\
Examples:
  shipyard context add prod https://shipyard.example.org --ca-cert ca.pem
  shipyard context use prod
  shipyard context trust                  look at the server's certificate, and trust it and no other
  SHIPYARD_CONTEXT=prod shipyard engines";

/// `context`.
#[derive(Debug, clap::Args)]
pub struct Contexts {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List contexts
    List,
    /// Use a context from now on
    Use {
        /// Its name
        name: String,
    },
    /// Add a context, or change how its server is believed
    Add {
        /// Its name
        name: String,
        /// Address of the server
        url: String,
        /// File with the authority that signed the server's certificate (PEM)
        #[arg(long, value_name = "FILE")]
        ca_cert: Option<PathBuf>,
        /// SHA-256 fingerprint of the one certificate to trust
        #[arg(long, value_name = "SHA256", conflicts_with = "ca_cert", value_parser = |text: &str| Fingerprint::parse(text))]
        fingerprint: Option<Fingerprint>,
        /// Keep its session in the kernel's keyring
        #[arg(long)]
        keyring: bool,
    },
    /// Remove contexts, and forget their sessions
    #[command(visible_alias = "rm")]
    Remove {
        /// Their names
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Show a context
    Show {
        /// Its name [default: the one in use]
        name: Option<String>,
    },
    /// Trust the certificate that the server shows, and no other
    Trust {
        /// The fingerprint that it must have; without it, a person is asked
        #[arg(value_parser = |text: &str| Fingerprint::parse(text))]
        fingerprint: Option<Fingerprint>,
    },
}

/// A context without its secret.
#[derive(Serialize)]
struct Row {
    name: String,
    url: String,
    account: String,
    current: bool,
    signed_in: bool,
    trust: String,
}

impl Tabled for Row {
    const COLUMNS: &'static [Column] = &[
        column("Current"),
        column("Name"),
        column("URL"),
        column("Account"),
        wide("Signed In"),
        wide("Trust"),
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            if self.current {
                Cell::toned("*", Tone::Good)
            } else {
                Cell::from("")
            },
            self.name.clone().into(),
            self.url.clone().into(),
            self.account.clone().into(),
            if self.signed_in { "yes" } else { "no" }.into(),
            self.trust.clone().into(),
        ]
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

fn row(config: &Config, name: &str, context: &Context) -> Row {
    let trust = match (&context.fingerprint, &context.ca_cert, context.allow_insecure) {
        (Some(fingerprint), ..) => format!("fingerprint {fingerprint}"),
        (None, _, true) => "anybody".to_owned(),
        (None, Some(path), false) => format!("authority {}", path.display()),
        (None, None, false) => "system".to_owned(),
    };
    Row {
        name: name.to_owned(),
        url: context.url.clone(),
        account: context.account.clone().unwrap_or_default(),
        current: config.current.as_deref() == Some(name),
        signed_in: context.credential.is_some() || (context.keyring && keyring::get(name, &context.url).is_some()),
        trust,
    }
}

/// Does what is asked with contexts.
///
/// # Errors
/// When a context is not there, or what is kept cannot be changed.
pub async fn run(globals: &Globals, out: &Out, args: &Contexts) -> Outcome {
    let mut config = Config::load()?;
    match args.verb.as_ref().unwrap_or(&Verb::List) {
        Verb::List => {
            let rows: Vec<Row> = config
                .contexts
                .iter()
                .map(|(name, context)| row(&config, name, context))
                .collect();
            out.list(&rows)
        }
        Verb::Show { name } => {
            let found = config.find(name.as_deref().or(globals.context.as_deref()))?;
            let (name, context) = found.ok_or_else(|| Failure::new(Exit::NotFound, "There is no context."))?;
            out.list(&[row(&config, name, context)])
        }
        Verb::Use { name } => {
            config.find(Some(name))?;
            config.current = Some(name.clone());
            config.save()
        }
        Verb::Add {
            name,
            url,
            ca_cert,
            fingerprint,
            keyring,
        } => {
            let origin = Origin::parse(url).map_err(Failure::usage)?;
            let ca_cert = ca_cert.as_ref().map(|path| authority(path)).transpose()?;
            let context = config.contexts.entry(name.clone()).or_default();
            if context.url != origin.to_string() {
                // A credential is for one server.
                keyring::remove(name, &context.url);
                *context = Context::default();
            }
            context.url = origin.to_string();
            context.ca_cert = ca_cert;
            context.fingerprint = fingerprint.map(|fingerprint| fingerprint.to_string());
            context.allow_insecure = globals.allow_insecure;
            context.keyring = *keyring;
            config.current.get_or_insert_with(|| name.clone());
            config.save()
        }
        Verb::Remove { names } => {
            for name in names {
                config.find(Some(name))?;
                if let Some(context) = config.contexts.remove(name) {
                    keyring::remove(name, &context.url);
                }
                if config.current.as_ref() == Some(name) {
                    config.current = None;
                }
            }
            config.save()
        }
        Verb::Trust { fingerprint } => trust(globals, config, *fingerprint).await,
    }
}

/// The file of an authority, found from any folder.
fn authority(path: &std::path::Path) -> Outcome<PathBuf> {
    tls::authorities(path)?;
    std::fs::canonicalize(path)
        .map_err(|e| Failure::usage(format!("“{}” cannot be found.", path.display())).because(&e))
}

async fn trust(globals: &Globals, mut config: Config, wanted: Option<Fingerprint>) -> Outcome {
    let found = config.find(globals.context.as_deref())?;
    let found = found.map(|(name, context)| (name.to_owned(), context.clone()));
    let (name, context) = found.ok_or_else(|| {
        Failure::new(Exit::NotFound, "There is no context.").hint("Add one: shipyard context add NAME URL")
    })?;
    if !Origin::parse(&context.url).is_ok_and(|origin| origin.tls) {
        return Err(Failure::usage(format!(
            "{} is not https: there is no certificate to trust.",
            context.url
        )));
    }
    let plain = Context {
        fingerprint: None,
        ..context
    };
    let api = Api::to(globals, None, &plain, None)?;
    let knocked = api.http.knock().await;
    let Some(shown) = api.http.shown() else {
        return Err(knocked
            .err()
            .unwrap_or_else(|| Failure::failed("The server showed no certificate.")));
    };
    out::note(&format!(
        "{} shows a certificate with the SHA-256 fingerprint\n{shown}",
        api.http.origin
    ));
    match wanted {
        Some(wanted) if wanted != shown => {
            return Err(Failure::new(
                Exit::Unreachable,
                "This is not the fingerprint that you gave; nothing was changed.",
            ));
        }
        Some(_) => {}
        None if api.asker.yes("Is it the same on the server? Trust it from now on?") => {}
        None => {
            return Err(Failure::failed("Nothing was changed.")
                .hint("Compare it on the server (openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE), then give it: shipyard context trust FINGERPRINT"));
        }
    }
    if let Some(context) = config.contexts.get_mut(&name) {
        context.fingerprint = Some(shown.to_string());
        context.allow_insecure = false;
    }
    config.save()
}
