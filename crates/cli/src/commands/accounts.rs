//! Accounts: people are invited by a link; nobody sets another person's password.
use super::access::{self, written};
use crate::api::Api;
use crate::args::Listing;
use crate::error::{Exit, Outcome};
use crate::out::table::{Cell, Column, Tabled, Tone, column, wide};
use crate::out::{self, Out, Output, escape, time};
use crate::{follow, http};
use hyper::Method;
use serde::Serialize;
use serde_json::json;
use shipyard_model::Grant;
use shipyard_model::access::{AccountRow, ShownOnce};

/// Help of `add-account`.
pub const ADD_HELP: &str = "\
The account is opened by the link that is printed: whoever it is for chooses their own password there. The original's
--password is therefore not used. A role is given on the whole fleet (operator), on a pool (operator@web), or on the
containers of a stack or with a label (operator@web:stack=shop, operator@:label=team=blue).

Example:
  shipyard add-account -u ann -r operator@web";

/// `accounts`.
#[derive(Debug, clap::Args)]
pub struct List {
    #[command(flatten)]
    listing: Listing,
}

const PATH: &str = "/api/v1/accounts";

/// An account in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(AccountRow);

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("Username"),
        column("Role"),
        wide("State"),
        wide("Second Factor"),
        wide("Tokens"),
        wide("Created"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let row = &self.0;
        let state = match (row.disabled, row.ready) {
            (true, _) => Cell::toned("disabled", Tone::Bad),
            (false, false) => Cell::toned("invited", Tone::Warn),
            (false, true) => Cell::toned("ready", Tone::Good),
        };
        vec![
            row.name.clone().into(),
            row.grants.iter().map(written).collect::<Vec<_>>().join(",").into(),
            state,
            if row.two_factor { "yes" } else { "no" }.into(),
            row.tokens.to_string().into(),
            time::plain(row.created).into(),
        ]
    }

    fn name(&self) -> String {
        self.0.name.clone()
    }
}

/// All accounts.
///
/// # Errors
/// When the server refuses.
pub async fn all(api: &Api) -> Outcome<Vec<AccountRow>> {
    api.all(PATH, &[], usize::MAX).await
}

/// Lists accounts.
///
/// # Errors
/// When the server refuses.
pub async fn list(api: &Api, out: &Out, args: &List) -> Outcome {
    follow::list(api, out, PATH, &[], &args.listing, Shown).await
}

/// `add-account`.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// Name of the account
    #[arg(short, long)]
    username: String,
    /// Not used: who it is for chooses the password
    #[arg(short, long, hide = true)]
    password: Option<String>,
    /// Role, on a pool after @; several are apart by commas
    #[arg(short, long, value_delimiter = ',', required = true, value_parser = access::grant)]
    role: Vec<Grant>,
}

/// Adds an account and prints the link that opens it.
///
/// # Errors
/// When the server refuses.
pub async fn add(api: &Api, out: &Out, args: &Add) -> Outcome {
    if args.password.is_some() {
        out::note(
            "note: the password is not used; whoever opens the link chooses their own. What was on the command line may have been seen.",
        );
    }
    let known: Vec<shipyard_model::Role> = api.all("/api/v1/roles", &[], usize::MAX).await?;
    let mut grants = args.role.clone();
    for grant in &mut grants {
        access::known_role(grant, &known)?;
    }
    let link: ShownOnce = api
        .make("/api/v1/accounts", &json!({ "name": args.username, "grants": grants }))
        .await?;
    show_link(api, out, &args.username, link)
}

fn show_link(api: &Api, out: &Out, name: &str, link: ShownOnce) -> Outcome {
    // A path of the server, or a whole address where it knows its own.
    let text = if link.text.starts_with('/') {
        format!("{}{}", api.http.origin, link.text)
    } else {
        link.text.clone()
    };
    match out.form() {
        Output::Json | Output::Yaml => out.data(&json!({ "account": name, "link": text, "expires": link.expires })),
        Output::Name => out::print(&format!("{}\n", escape::line(&text))),
        _ => {
            out::note(&format!(
                "Give this link to {name}; it opens the account once, until {} UTC.",
                time::plain(link.expires)
            ));
            out::print(&format!("{}\n", escape::line(&text)))
        }
    }
}

/// Accounts that something is done to.
#[derive(Debug, clap::Args)]
pub struct Names {
    /// Names of accounts
    #[arg(required = true, value_name = "USERNAME")]
    names: Vec<String>,
}

fn path(name: &str) -> String {
    format!("{PATH}/{}", http::piece(name))
}

/// Makes new links.
///
/// # Errors
/// When the server refuses.
pub async fn link(api: &Api, out: &Out, args: &Names) -> Outcome {
    for name in &args.names {
        let bytes = api.act(Method::POST, format!("{}/link", path(name)), None).await?;
        show_link(api, out, name, http::read(&bytes)?)?;
    }
    Ok(())
}

/// Disables or enables accounts.
///
/// # Errors
/// When the server refuses.
pub async fn disable(api: &Api, args: &Names, disabled: bool) -> Outcome {
    for name in &args.names {
        let body = json!({ "disabled": disabled });
        api.act(Method::PUT, format!("{}/disabled", path(name)), Some(&body))
            .await?;
        out::print(&format!(
            "{} {}\n",
            if disabled { "disabled" } else { "enabled" },
            escape::line(name)
        ))?;
    }
    Ok(())
}

/// Deletes accounts. The original says nothing then, and so does this.
///
/// # Errors
/// When the server refuses; those named before are gone.
pub async fn delete(api: &Api, args: &Names) -> Outcome {
    for name in &args.names {
        api.act(Method::DELETE, path(name), None).await?;
    }
    Ok(())
}

/// The account of this name, with the mark by which the server sees whether it was changed since.
///
/// # Errors
/// When there is none.
pub async fn find(api: &Api, name: &str) -> Outcome<(AccountRow, Option<String>)> {
    api.marked(&path(name)).await.map_err(|failure| match failure.exit {
        Exit::NotFound => failure.hint("See: shipyard accounts"),
        _ => failure,
    })
}

/// Replaces what an account was given, unless somebody changed it since it was read.
///
/// # Errors
/// When the server refuses.
pub async fn put_grants(api: &Api, name: &str, grants: &[Grant], mark: Option<String>) -> Outcome {
    api.replace(format!("{}/grants", path(name)), &json!(grants), mark)
        .await
        .map(|_| ())
}
