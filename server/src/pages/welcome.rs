//! Changing one's password: the one page that opens with the guide's or a generated password, and there for all later.
use super::layout::{alert, plain, texts};
use super::{Came, enter, page};
use crate::assets::Site;
use crate::guards::Visitor;
use crate::preferences::Preferences;
use crate::problem::{Answer, status_of};
use crate::state::Server;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use shipyard_model::{Problem, Secret};
use shipyard_yard::SignedIn;
use std::net::IpAddr;
use tower_sessions::Session;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Change {
    current: Secret,
    new: Secret,
    repeat: Secret,
}

/// The page.
pub(crate) async fn show(State(server): State<Server>, preferences: Preferences, visitor: Visitor) -> Response {
    match visitor {
        Visitor::Nobody => Redirect::to("/login").into_response(),
        Visitor::MustChange(account) => page(
            StatusCode::OK,
            form(&server.site, preferences, &account.name, true, None),
        ),
        Visitor::SignedIn(known) => page(
            StatusCode::OK,
            form(&server.site, preferences, known.actor.account(), false, None),
        ),
    }
}

/// Changes the password. All other sessions of the account end; this one goes on under a new id.
pub(crate) async fn submit(
    State(server): State<Server>,
    preferences: Preferences,
    visitor: Visitor,
    session: Session,
    came: Came,
    Form(given): Form<Change>,
) -> Response {
    let (account, must) = match visitor {
        Visitor::Nobody => return Redirect::to("/login").into_response(),
        Visitor::MustChange(account) => (account.name, true),
        Visitor::SignedIn(known) if known.actor.is_person() => (known.actor.account().to_owned(), false),
        Visitor::SignedIn(_) => return Answer(Problem::forbidden()).into_response(),
    };
    let problem = match change(&server, &account, &given, came.from).await {
        Ok(SignedIn { account, epoch, .. }) => return enter(&server, &session, &account, epoch, came, "/").await,
        Err(problem) => problem,
    };
    let message = crate::texts::problem(preferences.language, &problem);
    page(
        status_of(&problem),
        form(&server.site, preferences, &account, must, Some((&problem, &message))),
    )
}

async fn change(server: &Server, account: &str, given: &Change, from: Option<IpAddr>) -> Result<SignedIn, Problem> {
    if given.new != given.repeat {
        return Err(Problem::new(422, "password.repeat", "The two new passwords differ.")
            .hint("Type the new password twice.")
            .field("repeat"));
    }
    server
        .yard
        .change_password(account, &given.current, &given.new, from)
        .await
}

fn form(site: &Site, preferences: Preferences, account: &str, must: bool, failed: Option<(&Problem, &str)>) -> Markup {
    let t = texts(preferences.language);
    let field = failed.and_then(|(problem, _)| problem.field.as_deref());
    let invalid = |name: &str| (field == Some(name)).then_some("true");
    let title = if must { t("welcome.title") } else { t("welcome.change") };
    let card = html! {
        form class="in form" method="post" action="/welcome" {
            h1 { (title) }
            p { @if must { (t("welcome.why")) } @else { (t("welcome.others")) } }
            (alert(failed.map(|(_, message)| message)))
            // Not `type="hidden"`: a password manager would not see whose password this is.
            input type="text" name="name" value=(account) autocomplete="username" hidden readonly;
            div class="f" {
                label for="current" { (t("welcome.current")) }
                input id="current" name="current" type="password" autocomplete="current-password" maxlength="1024" required
                    autofocus[field.is_none_or(|name| name == "current")] aria-invalid=[invalid("current")];
            }
            div class="f" {
                label for="new" { (t("welcome.new")) }
                input id="new" name="new" type="password" autocomplete="new-password" minlength="12" maxlength="1024" required
                    autofocus[field == Some("new")] aria-describedby="rules" aria-invalid=[invalid("new")];
                span class="f-hint faint" id="rules" { (t("welcome.rules")) }
            }
            div class="f" {
                label for="repeat" { (t("welcome.repeat")) }
                input id="repeat" name="repeat" type="password" autocomplete="new-password" minlength="12" maxlength="1024" required
                    autofocus[field == Some("repeat")] aria-invalid=[invalid("repeat")];
            }
            button class="btn primary" type="submit" { (t("welcome.submit")) }
            @if must {
                button class="btn quiet" type="submit" form="leave" formnovalidate { (t("welcome.sign-out")) }
            } @else {
                a class="btn quiet" href="/" { (t("welcome.back")) }
            }
        }
        form id="leave" method="post" action="/logout" {}
    };
    plain(site, preferences, title, &html! {}, &card)
}
