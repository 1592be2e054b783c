//! Sign-in and sign-out: plain HTML that works without scripts. While a person types, the app's files are fetched.
use super::layout::{alert, plain, texts};
use super::{Came, boot, enter, page, session_failed};
use crate::assets::Site;
use crate::guards::Visitor;
use crate::preferences::Preferences;
use crate::sessions::Sessions;
use crate::state::Server;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, StatusCode, header};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use shipyard_model::Language;
use shipyard_model::Secret;
use shipyard_yard::{SignInError, SignedIn};
use tower_sessions::Session;

/// Where to go after sign-in.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    pub(super) next: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: Secret,
    #[serde(default)]
    next: String,
}

/// The page; who is signed in goes on at once.
pub(crate) async fn show(
    State(server): State<Server>,
    preferences: Preferences,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Response {
    match visitor {
        Visitor::SignedIn(_) => Redirect::to(same_site(&wanted.next)).into_response(),
        Visitor::MustChange(_) => Redirect::to("/welcome").into_response(),
        Visitor::Nobody => page(StatusCode::OK, form(&server.site, preferences, "", &wanted.next, None)),
    }
}

/// Checks name and password and begins a session under a new id.
pub(crate) async fn submit(
    State(server): State<Server>,
    preferences: Preferences,
    session: Session,
    came: Came,
    Form(given): Form<Credentials>,
) -> Response {
    let refused = match server.yard.sign_in(&given.name, &given.password, came.from).await {
        Ok(SignedIn {
            account,
            epoch,
            second_factor: true,
        }) => {
            if let Err(error) = server.sessions.begin_half(&session, &account.name, epoch).await {
                return session_failed(&error);
            }
            let next: String = form_urlencoded::byte_serialize(same_site(&given.next).as_bytes()).collect();
            return Redirect::to(&format!("/login/code?next={next}")).into_response();
        }
        Ok(SignedIn { account, epoch, .. }) => {
            let to = if account.must_change_password {
                "/welcome"
            } else {
                same_site(&given.next)
            };
            return enter(&server, &session, &account, epoch, came, to).await;
        }
        Err(refused) => refused,
    };
    let (status, message, wait) = explain(preferences.language, &refused);
    let mut response = page(
        status,
        form(&server.site, preferences, &given.name, &given.next, Some(&message)),
    );
    if let Some(seconds) = wait {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Ends the session on the server and takes the cookie from the browser.
pub(crate) async fn sign_out(State(server): State<Server>, visitor: Visitor, session: Session, came: Came) -> Response {
    if let Err(error) = Sessions::end(&session).await {
        return session_failed(&error);
    }
    if let Some(account) = visitor.account() {
        server.yard.signed_out(account, came.from).await;
    }
    (
        [(header::SET_COOKIE, server.sessions.removal())],
        Redirect::to("/login"),
    )
        .into_response()
}

/// One sentence for a wrong password and a name that does not exist.
pub(super) fn explain(language: Language, refused: &SignInError) -> (StatusCode, String, Option<u64>) {
    let t = texts(language);
    match refused {
        SignInError::Wrong => (StatusCode::UNAUTHORIZED, t("login.wrong").to_owned(), None),
        SignInError::Slow { retry_after } => {
            let seconds = retry_after.as_secs().max(1);
            (
                StatusCode::TOO_MANY_REQUESTS,
                t("login.slow").replace("{seconds}", &seconds.to_string()),
                Some(seconds),
            )
        }
        SignInError::Busy => (StatusCode::SERVICE_UNAVAILABLE, t("login.busy").to_owned(), Some(2)),
        SignInError::Internal => (StatusCode::INTERNAL_SERVER_ERROR, t("login.failed").to_owned(), None),
    }
}

fn form(site: &Site, preferences: Preferences, name: &str, next: &str, message: Option<&str>) -> Markup {
    let t = texts(preferences.language);
    let head = html! {
        @if let (Some(script), true) = (site.url("login.js"), site.is_built()) {
            script type="application/json" id="prefetch" { (PreEscaped(boot::prefetch(site, preferences.language))) }
            script type="module" src=(script) {}
        }
    };
    let card = html! {
        form class="in form" method="post" action="/login" {
            h1 { (t("login.title")) }
            (alert(message))
            input type="hidden" name="next" value=(same_site(next));
            div class="f" {
                label for="name" { (t("login.name")) }
                input id="name" name="name" type="text" value=(name) autocomplete="username" autocapitalize="none" spellcheck="false"
                    maxlength="64" required autofocus[name.is_empty()];
            }
            div class="f" {
                label for="password" { (t("login.password")) }
                input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required
                    autofocus[!name.is_empty()] aria-invalid=[message.map(|_| "true")] aria-describedby=[message.map(|_| "problem")];
            }
            button class="btn primary" type="submit" { (t("login.submit")) }
            // The script shows it where there can be passkeys.
            button class="btn" type="button" id="passkey" hidden { (t("login.passkey")) }
            p class="problem" role="alert" id="passkey-problem" hidden { (t("login.passkey-failed")) }
        }
    };
    plain(site, preferences, t("login.title"), &head, &card)
}

/// A path of this site, else the first page: an address that leads away is no place to go after sign-in.
pub(super) fn same_site(next: &str) -> &str {
    let path = next.starts_with('/') && !next.starts_with("//");
    let clean = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let page = ![
        "/login", "/logout", "/welcome", "/join", "/api/", "/socket/", "/assets/",
    ]
    .iter()
    .any(|part| next.starts_with(part));
    if path && clean && page && next.len() <= 2048 {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_in_leads_to_our_own_pages_only() {
        for good in ["/", "/containers?state=running", "/containers/node1/web-1/logs"] {
            assert_eq!(same_site(good), good);
        }
        for bad in [
            "",
            "//evil",
            "/\\evil",
            "https://evil",
            "javascript:alert(1)",
            "/\t/evil",
            "/logout",
            "/login?next=/",
            "/a\r\nb",
        ] {
            assert_eq!(same_site(bad), "/", "{bad}");
        }
    }
}
