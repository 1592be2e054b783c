//! The shell: the page that every address of the app gets. It paints the frame at once and carries the first view's data.
use super::boot::Boot;
use super::layout::{document, plain, texts};
use super::{boot, first, page, skeleton};
use crate::guards::{Known, SignedIn, Visitor};
use crate::preferences::Preferences;
use crate::problem::{Answer, no_such_address, signed_out};
use crate::state::Server;
use axum::extract::{OriginalUri, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{Method, StatusCode, Uri};
use maud::{Markup, PreEscaped, html};

/// A page of the app; 404 where the address is like one but none.
pub(crate) async fn show(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    preferences: Preferences,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let status = if first::is_page(&uri) {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    page(status, shell(&server, &known, preferences, &uri))
}

/// Any other address. Who is not signed in does not learn which exist.
pub(crate) async fn unknown(
    State(server): State<Server>,
    visitor: Visitor,
    preferences: Preferences,
    request: Request,
) -> Response {
    let (uri, method) = (request.uri(), request.method());
    let call = uri.path().starts_with("/api/") || uri.path().starts_with("/socket/");
    match visitor {
        Visitor::Nobody if call => Answer(signed_out()).into_response(),
        Visitor::Nobody | Visitor::MustChange(_) if !call && method == Method::GET => {
            let to = if matches!(visitor, Visitor::Nobody) {
                "/login"
            } else {
                "/welcome"
            };
            Redirect::to(to).into_response()
        }
        Visitor::SignedIn(known) if !call && matches!(*method, Method::GET | Method::HEAD) => {
            page(StatusCode::NOT_FOUND, shell(&server, &known, preferences, uri))
        }
        _ => Answer(no_such_address()).into_response(),
    }
}

fn shell(server: &Server, known: &Known, preferences: Preferences, uri: &Uri) -> Markup {
    let site = &server.site;
    let t = texts(preferences.language);
    if !site.is_built() {
        return plain(
            site,
            preferences,
            t("shell.title"),
            &html! {},
            &html! { div class="in" { (t("shell.not-built")) } },
        );
    }
    let boot = Boot::new(server, known, preferences, uri);
    let session = server.yard.session(&known.actor);
    let head = html! {
        @for name in ["boot.js", "app.js"] {
            @if let Some(url) = site.url(name) { link rel="modulepreload" href=(url); }
        }
        @for url in [site.url("app.wasm"), Some(boot::messages(site, preferences.language))].into_iter().flatten() {
            link rel="preload" href=(url) as="fetch" crossorigin;
        }
        // What of the app only this page needs.
        @for url in site.of_page(uri.path()) { link rel="preload" href=(url) as="fetch" crossorigin; }
        @if let Some(url) = site.url("boot.js") { script type="module" src=(url) {} }
    };
    let body = html! {
        div id="shell" { (skeleton::frame(site, preferences.language, &session, boot.frame, uri.path())) }
        script type="application/json" id="boot" { (PreEscaped(boot.json())) }
    };
    document(site, preferences, "Shipyard", "", &head, &body)
}
