//! Who one is: signing in and out, the password, sessions.
use crate::api::{Api, Begun, Globals, Who};
use crate::config::{Config, Context};
use crate::error::{Exit, Failure, Outcome};
use crate::follow;
use crate::http::origin::Origin;
use crate::http::{self, Ask};
use crate::out::table::{Cell, Column, Tabled, Tone, column, wide};
use crate::out::{self, Out, time};
use crate::{args, keyring};
use hyper::Method;
use serde_json::json;
use shipyard_model::Millis;
use shipyard_model::access::{OwnPage, SessionRow};

/// Help of `login`.
pub const LOGIN_HELP: &str = "\
The session is kept in a file that only you can read, or with --keyring in the kernel's keyring.

Examples:
  shipyard login
  shipyard login https://shipyard.example.org --username ann --name prod
  echo \"$PASSWORD\" | shipyard login https://shipyard.example.org --username ci --password-stdin";

/// `login`.
#[derive(Debug, clap::Args)]
pub struct Login {
    /// Address of the server
    pub url: Option<String>,
    /// Account to sign in as
    #[arg(short, long)]
    pub username: Option<String>,
    /// Name of the context to remember it as [default: the context in use, else the host's name]
    #[arg(long)]
    pub name: Option<String>,
    /// Keep the session in the kernel's keyring rather than in a file
    #[arg(long)]
    pub keyring: bool,
}

/// Signs in and remembers the session.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub async fn login(globals: &Globals, args: &Login) -> Outcome {
    let mut config = Config::load()?;
    let asker = crate::ask::Asker::new(globals.password_stdin);
    let known = config
        .find(args.name.as_deref().or(globals.context.as_deref()))
        .ok()
        .flatten();
    let known = known.map(|(name, context)| (name.to_owned(), context.clone()));
    let typed = args
        .url
        .clone()
        .or_else(|| std::env::var("SHIPYARD_URL").ok().filter(|url| !url.is_empty()));
    let url = match (typed, &known) {
        (Some(url), _) => url,
        // Signing in to a context again.
        (None, Some((_, context))) if args.name.is_some() || globals.context.is_some() || args.username.is_some() => {
            context.url.clone()
        }
        (None, known) => {
            let old = known.as_ref().map(|(_, context)| context.url.clone());
            let prompt = old.as_ref().map_or("URL: ".to_owned(), |old| format!("URL [{old}]: "));
            let url = asker.line(&prompt)?;
            if url.is_empty() { old.unwrap_or_default() } else { url }
        }
    };
    let origin = Origin::parse(&url).map_err(Failure::usage)?;
    let same = |context: &Context| Origin::parse(&context.url).is_ok_and(|other| other == origin);
    let asked = args.name.clone().or_else(|| globals.context.clone());
    let name = match (asked, &known) {
        (Some(name), _) => name,
        (None, Some((name, context))) if same(context) => name.clone(),
        _ => match config.contexts.iter().find(|(_, context)| same(context)) {
            Some((name, _)) => name.clone(),
            None if config.contexts.is_empty() => "default".to_owned(),
            None => origin.host.clone(),
        },
    };
    // What was said of how to believe this server stays; of another server it means nothing.
    let mut context = config
        .contexts
        .get(&name)
        .filter(|old| same(old))
        .cloned()
        .unwrap_or_default();
    context.url = origin.to_string();
    context.allow_insecure |= globals.allow_insecure;
    context.keyring |= args.keyring;

    let mut api = Api::to(globals, None, &context, None)?;
    // Whom one speaks to comes before anything secret.
    if origin.tls
        && let Err(failure) = api.http.knock().await
    {
        let shown = api.http.shown().filter(|_| failure.sentence.contains("not trusted"));
        let Some(shown) = shown else { return Err(failure) };
        out::note(&failure.sentence);
        if !asker.yes("Is it the same on the server? Trust it from now on?") {
            return Err(failure);
        }
        context.fingerprint = Some(shown.to_string());
        api = Api::to(globals, None, &context, None)?;
    }
    let username = match (&args.username, &context.account) {
        (Some(name), _) => name.clone(),
        (None, Some(old)) if api.asker.is_terminal() => {
            let typed = api.asker.line(&format!("Username [{old}]: "))?;
            if typed.is_empty() { old.clone() } else { typed }
        }
        (None, _) => api.asker.line("Username: ")?,
    };
    let begun = sign_in(&api, &username).await?;
    context.account = Some(begun.account.clone());
    if context.keyring {
        keyring::put(&name, &context.url, &begun.session)?;
        context.credential = None;
    } else {
        context.credential = Some(begun.session.clone());
    }
    config.contexts.insert(name.clone(), context);
    config.current = Some(name);
    config.save()
}

async fn sign_in(api: &Api, username: &str) -> Outcome<Begun> {
    let password = api.asker.password("Password: ")?;
    let mut body = json!({ "name": username, "password": password });
    let mut told = post_session(api, &body).await;
    if told.as_ref().is_err_and(|failure| failure.code == "sign-in.code") {
        let code = api.asker.secret("Code: ")?;
        if let Some(map) = body.as_object_mut() {
            map.insert("code".to_owned(), code.trim().into());
        }
        told = post_session(api, &body).await;
    }
    let begun = told.map_err(|failure| Failure {
        // “Sign in” is no advice to who is signing in.
        hint: if failure.exit == Exit::SignedOut {
            String::new()
        } else {
            failure.hint
        },
        ..failure
    })?;
    if !begun.must_change_password {
        return Ok(begun);
    }
    out::note("The password must be changed before anything else.");
    api.adopt(&begun)?;
    new_password(api, &password).await
}

async fn post_session(api: &Api, body: &serde_json::Value) -> Outcome<Begun> {
    let ask = Ask::new(Method::POST, "/api/v1/session").body(body);
    http::read(&api.ask_as_nobody(ask).await?)
}

/// Asks for a new password twice and sets it.
async fn new_password(api: &Api, current: &str) -> Outcome<Begun> {
    let new = api.asker.secret("New password: ")?;
    // Who types into a pipe does not mistype.
    if api.asker.is_terminal() && api.asker.secret("Confirm: ")? != new {
        return Err(Failure::failed("passwords do not match"));
    }
    let body = json!({ "current": current, "new": new });
    let ask = Ask::new(Method::POST, "/api/v1/session/password").body(&body);
    let begun: Begun = api.value(ask).await?;
    api.adopt(&begun)?;
    Ok(begun)
}

/// Changes the password.
///
/// # Errors
/// When the two do not match, or the server refuses.
pub async fn change_password(api: &Api) -> Outcome {
    let current = api.asker.password("Current password: ")?;
    let new = api.asker.secret("Password: ")?;
    let terminal = api.asker.is_terminal();
    if terminal && api.asker.secret("Confirm: ")? != new {
        return Err(Failure::failed("passwords do not match"));
    }
    let body = json!({ "current": current, "new": new });
    let ask = Ask::new(Method::POST, "/api/v1/session/password").body(&body);
    api.adopt(&api.value::<Begun>(ask).await?)
}

/// Ends the session and forgets it.
///
/// # Errors
/// When what was kept cannot be changed; a server that cannot be reached keeps nobody signed in here.
pub async fn logout(api: &Api) -> Outcome {
    let told = api.act(Method::DELETE, "/api/v1/session", None).await;
    if let Some(name) = &api.context {
        let mut config = Config::load()?;
        if let Some(context) = config.contexts.get_mut(name) {
            keyring::remove(name, &context.url);
            context.credential = None;
            config.save()?;
        }
    }
    match told {
        Err(failure) if failure.exit != Exit::SignedOut => Err(failure),
        _ => Ok(()),
    }
}

/// Shows who one is.
///
/// # Errors
/// When nobody is signed in, or the server cannot be reached.
pub async fn whoami(api: &Api, out: &Out) -> Outcome {
    let who: Who = api.get("/api/v1/session").await?;
    if out.is_data() {
        return out.data(&who);
    }
    if out.form() == out::Output::Name {
        return out::print(&format!("{}\n", out::escape::line(&who.account)));
    }
    let grants: Vec<String> = who.grants.iter().map(super::access::written).collect();
    let may: Vec<String> = who
        .permissions
        .iter()
        .filter_map(|permission| serde_json::to_value(permission).ok()?.as_str().map(str::to_owned))
        .collect();
    let mut text = format!(
        "Account: {}\nServer: {}\nBy: {}\nGrants: {}\nMay: {}\n",
        out::escape::line(&who.account),
        api.http.origin,
        out::escape::line(&who.via),
        out::escape::line(&grants.join(", ")),
        may.join(", ")
    );
    if let Some(until) = who.proved_until.filter(|until| *until > Millis::now()) {
        text.push_str(&format!("Proved until: {}\n", time::plain(until)));
    }
    out::print(&text)
}

/// `sessions`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Sessions {
    #[command(subcommand)]
    verb: Option<SessionVerb>,
    #[command(flatten)]
    listing: args::Listing,
}

#[derive(Debug, clap::Subcommand)]
enum SessionVerb {
    /// End sessions: whoever uses them is signed out
    End {
        /// Ids of sessions
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

impl Tabled for SessionRow {
    const COLUMNS: &'static [Column] = &[
        column("ID"),
        column("Since"),
        column("Used"),
        column("From"),
        column("This"),
        wide("Browser"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let this = if self.this {
            Cell::toned("yes", Tone::Good)
        } else {
            Cell::from("")
        };
        vec![
            self.id.clone().into(),
            time::plain(self.since).into(),
            time::plain(self.used).into(),
            self.from.clone().into(),
            this,
            self.browser.clone().into(),
        ]
    }

    fn name(&self) -> String {
        self.id.clone()
    }
}

/// Lists sessions, or ends some.
///
/// # Errors
/// When the server refuses.
pub async fn sessions(api: &Api, out: &Out, args: &Sessions) -> Outcome {
    if let Some(SessionVerb::End { ids }) = &args.verb {
        for id in ids {
            api.act(
                Method::DELETE,
                format!("/api/v1/account/sessions/{}", http::piece(id)),
                None,
            )
            .await?;
            out::print(&format!("ended {id}\n"))?;
        }
        return Ok(());
    }
    let make = async || Ok(api.get::<OwnPage>("/api/v1/account").await?.sessions);
    follow::made(out, &args.listing, make).await
}
