//! What a one-time link opens: the page that sets a password. The link's secret stands after the `#` of the address, which
//! a browser sends to nobody; a small script puts it into the form.
use super::layout::{alert, plain, texts};
use super::{Came, enter, page};
use crate::assets::Site;
use crate::preferences::Preferences;
use crate::problem::status_of;
use crate::state::Server;
use axum::extract::{Form, State};
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use shipyard_model::{Problem, Secret};
use tower_sessions::Session;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Given {
    link: Secret,
    new: Secret,
    repeat: Secret,
}

/// The page.
pub(crate) async fn show(State(server): State<Server>, preferences: Preferences) -> Response {
    page(StatusCode::OK, form(&server.site, preferences, None))
}

/// Sets the password, uses the link up and signs the person in.
pub(crate) async fn submit(
    State(server): State<Server>,
    preferences: Preferences,
    session: Session,
    came: Came,
    Form(given): Form<Given>,
) -> Response {
    let done = if given.new == given.repeat {
        server.yard.link_use(&given.link, &given.new, came.from).await
    } else {
        Err(Problem::new(422, "password.repeat", "The two new passwords differ.")
            .hint("Type the new password twice.")
            .field("repeat"))
    };
    match done {
        Ok(signed_in) => enter(&server, &session, &signed_in.account, signed_in.epoch, came, "/").await,
        Err(problem) => {
            let message = crate::texts::problem(preferences.language, &problem);
            page(
                status_of(&problem),
                form(&server.site, preferences, Some((&given.link, &message))),
            )
        }
    }
}

/// After a failure the link's text goes back into the form: it came from the person, over the same connection.
fn form(site: &Site, preferences: Preferences, failed: Option<(&Secret, &str)>) -> Markup {
    let t = texts(preferences.language);
    let head = html! {
        @if let (Some(script), true) = (site.url("join.js"), site.is_built()) { script type="module" src=(script) {} }
    };
    let link = failed.map(|(link, _)| link.reveal()).unwrap_or_default();
    let card = html! {
        form class="in form" method="post" action="/join" {
            h1 { (t("join.title")) }
            p { (t("join.why")) }
            (alert(failed.map(|(_, message)| message)))
            div class="f" id="link-field" {
                label for="link" { (t("join.link")) }
                input id="link" name="link" type="text" value=(link) autocomplete="off" autocapitalize="none"
                    spellcheck="false" maxlength="128" required;
            }
            div class="f" {
                label for="new" { (t("welcome.new")) }
                input id="new" name="new" type="password" autocomplete="new-password" minlength="12" maxlength="1024" required
                    autofocus aria-describedby="rules";
                span class="f-hint faint" id="rules" { (t("welcome.rules")) }
            }
            div class="f" {
                label for="repeat" { (t("welcome.repeat")) }
                input id="repeat" name="repeat" type="password" autocomplete="new-password" minlength="12" maxlength="1024" required;
            }
            button class="btn primary" type="submit" { (t("join.submit")) }
        }
    };
    plain(site, preferences, t("join.title"), &head, &card)
}
