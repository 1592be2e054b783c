//! The second step of signing in: a code from the person's app, or one of the recovery codes.
use super::layout::{alert, plain, texts};
use super::login::{Wanted, explain, same_site};
use super::{Came, enter, page, session_failed};
use crate::assets::Site;
use crate::preferences::Preferences;
use crate::sessions::Half;
use crate::state::Server;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use shipyard_model::Secret;
use tower_sessions::Session;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Given {
    code: Secret,
    #[serde(default)]
    next: String,
}

/// The page; without a password that was right a moment ago it leads back to the sign-in.
pub(crate) async fn show(
    State(server): State<Server>,
    preferences: Preferences,
    session: Session,
    Query(wanted): Query<Wanted>,
) -> Response {
    match half(&server, &session).await {
        Ok(Some(_)) => page(StatusCode::OK, form(&server.site, preferences, &wanted.next, None)),
        Ok(None) => Redirect::to("/login").into_response(),
        Err(response) => response,
    }
}

/// Checks the code and begins a session under a new id.
pub(crate) async fn submit(
    State(server): State<Server>,
    preferences: Preferences,
    session: Session,
    came: Came,
    Form(given): Form<Given>,
) -> Response {
    let half = match half(&server, &session).await {
        Ok(Some(half)) => half,
        Ok(None) => return Redirect::to("/login").into_response(),
        Err(response) => return response,
    };
    let done = server
        .yard
        .sign_in_code(&half.account, half.epoch, &given.code, came.from)
        .await;
    match done {
        Ok(signed_in) => {
            let (account, to) = (&signed_in.account, same_site(&given.next));
            enter(&server, &session, account, signed_in.epoch, came, to).await
        }
        Err(shipyard_yard::SignInError::Wrong) => {
            let message = texts(preferences.language)("code.wrong");
            let form = form(&server.site, preferences, &given.next, Some(message));
            page(StatusCode::UNAUTHORIZED, form)
        }
        Err(refused) => {
            let (status, message, _) = explain(preferences.language, &refused);
            page(status, form(&server.site, preferences, &given.next, Some(&message)))
        }
    }
}

async fn half(server: &Server, session: &Session) -> Result<Option<Half>, Response> {
    server
        .sessions
        .half(session)
        .await
        .map_err(|error| session_failed(&error))
}

fn form(site: &Site, preferences: Preferences, next: &str, message: Option<&str>) -> Markup {
    let t = texts(preferences.language);
    let card = html! {
        form class="in form" method="post" action="/login/code" {
            h1 { (t("code.title")) }
            p { (t("code.why")) }
            (alert(message))
            input type="hidden" name="next" value=(same_site(next));
            div class="f" {
                label for="code" { (t("code.code")) }
                input id="code" name="code" type="text" autocomplete="one-time-code" autocapitalize="none" spellcheck="false"
                    maxlength="32" required autofocus aria-invalid=[message.map(|_| "true")]
                    aria-describedby=[message.map(|_| "problem")];
            }
            button class="btn primary" type="submit" { (t("login.submit")) }
            a class="btn quiet" href="/login" { (t("code.back")) }
        }
    };
    plain(site, preferences, t("code.title"), &html! {}, &card)
}
