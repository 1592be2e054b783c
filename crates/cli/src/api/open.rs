//! Which server a command speaks to: flags, then the environment, then the context in use.
use super::Api;
use crate::ask::Asker;
use crate::config::{Config, Context};
use crate::error::{Exit, Failure, Outcome};
use crate::http::Http;
use crate::http::origin::Origin;
use crate::http::tls::{Fingerprint, Trust};
use crate::{keyring, out};
use std::sync::Mutex;

/// What is said for all commands alike.
#[derive(Clone, Debug, Default)]
pub struct Globals {
    /// The context, by flag or environment.
    pub context: Option<String>,
    /// Any certificate will do.
    pub allow_insecure: bool,
    /// Tell more.
    pub verbose: bool,
    /// Passwords are lines of standard input.
    pub password_stdin: bool,
}

fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Api {
    /// The server of the flags, the environment or the context in use.
    ///
    /// # Errors
    /// When none is named, or what is kept of it cannot be used.
    pub fn open(globals: &Globals) -> Outcome<Self> {
        let config = Config::load()?;
        let found = config.find(globals.context.as_deref())?;
        let named = set("SHIPYARD_URL");
        let (name, context) = match (found, named) {
            // Its credential is for its own address: another one in the environment gets none of it.
            (Some((name, context)), None) => (Some(name), context.clone()),
            (Some((name, context)), Some(url)) if same(&url, &context.url) => (Some(name), context.clone()),
            (_, Some(url)) => (
                None,
                Context {
                    url,
                    ..Context::default()
                },
            ),
            (None, None) => {
                return Err(Failure::new(Exit::SignedOut, "No server is known.").hint("Sign in: shipyard login URL"));
            }
        };
        let kept = || match (&context.credential, name) {
            (Some(credential), _) => Some(credential.clone()),
            (None, Some(name)) if context.keyring => keyring::get(name, &context.url),
            _ => None,
        };
        let credential = set("SHIPYARD_TOKEN").or_else(kept);
        Self::to(globals, name, &context, credential)
    }

    /// The server of a context, with a credential.
    ///
    /// # Errors
    /// When the context cannot be used.
    pub fn to(globals: &Globals, name: Option<&str>, context: &Context, credential: Option<String>) -> Outcome<Self> {
        let origin = Origin::parse(&context.url).map_err(Failure::usage)?;
        let insecure = globals.allow_insecure || context.allow_insecure;
        if origin.is_in_the_clear() {
            if !insecure {
                return Err(Failure::new(
                    Exit::Unreachable,
                    format!(
                        "{origin} is in the clear: whoever is on the way reads the password, and then has the fleet."
                    ),
                )
                .hint("Use https://, or say --allow-insecure if you trust everybody on the way."));
            }
            out::note(&format!(
                "warning: {origin} is in the clear; your credential can be read on the way"
            ));
        }
        let fingerprint = context.fingerprint.as_deref().map(Fingerprint::parse);
        let trust = Trust {
            fingerprint: fingerprint.transpose().map_err(Failure::usage)?,
            ca_cert: context.ca_cert.clone(),
            anybody: insecure,
        };
        if insecure && origin.tls && trust.fingerprint.is_none() {
            out::note(&format!("warning: the certificate of {origin} is not checked"));
        }
        Ok(Self {
            http: Http::new(origin, trust, globals.verbose)?,
            context: name.map(str::to_owned),
            asker: Asker::new(globals.password_stdin),
            credential: Mutex::new(credential),
        })
    }
}

fn same(one: &str, other: &str) -> bool {
    matches!((Origin::parse(one), Origin::parse(other)), (Ok(one), Ok(other)) if one == other)
}
