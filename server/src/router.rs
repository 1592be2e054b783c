//! Every address of the server, on one screen.
use crate::{
    activity, api, assets, functions, guards, health, metrics, middleware, pages, sockets, state::Server, v2, webhooks,
};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

/// All routes with all layers.
pub(crate) fn build(server: &Server) -> Router {
    // Nobody passes here who is not signed in with a password of their own.
    let private = Router::new()
        .route("/", get(pages::shell::show))
        .route("/containers", get(pages::shell::show))
        .route("/containers/{*rest}", get(pages::shell::show))
        .route("/deploy", get(pages::shell::show))
        .route("/doctor", get(pages::shell::show))
        .route("/engines", get(pages::shell::show))
        .route("/engines/{*rest}", get(pages::shell::show))
        .route("/operations", get(pages::shell::show))
        .route("/operations/{*rest}", get(pages::shell::show))
        .route("/access", get(pages::shell::show))
        .route("/access/{*rest}", get(pages::shell::show))
        .route("/activity", get(pages::shell::show))
        .route("/activity/export", get(activity::export))
        .route("/settings", get(pages::shell::show))
        .route("/metrics", get(metrics::show))
        .route("/api/session", get(functions::session))
        .route("/api/fn/{*name}", post(functions::call))
        .route("/socket/exec", get(sockets::exec::open))
        .route("/socket/live", get(sockets::live::open))
        .route("/socket/logs", get(sockets::logs::open))
        .route("/socket/stats", get(sockets::stats::open))
        .merge(api::private())
        .route_layer(from_fn(guards::require));

    // Needs to know who asks, and is there for those who are not (quite) signed in too.
    let entry = Router::new()
        .route("/login", get(pages::login::show).post(pages::login::submit))
        .route("/login/code", get(pages::code::show).post(pages::code::submit))
        .route("/login/passkey", post(pages::passkey::submit))
        .route("/login/passkey/question", post(pages::passkey::question))
        .route("/join", get(pages::join::show).post(pages::join::submit))
        .route("/welcome", get(pages::welcome::show).post(pages::welcome::submit))
        .route("/logout", post(pages::login::sign_out))
        .merge(api::entry())
        .fallback(pages::shell::unknown);

    let known = private
        .merge(entry)
        .layer(from_fn_with_state(server.clone(), guards::identify))
        .layer(server.sessions.layer());

    // Knows nobody and tells nothing.
    let open = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/assets/{*path}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        // Prove themselves what they are, and are never signed in.
        .route("/hub/webhook/{key}", post(webhooks::hub))
        .route("/hooks/{id}", post(webhooks::generic))
        .merge(api::open());

    middleware::wrap(
        known.merge(v2::routes(server)).merge(open).with_state(server.clone()),
        server,
    )
}
