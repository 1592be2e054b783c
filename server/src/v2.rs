//! The original's HTTP API (v2): the same routes, JSON names and status codes, so that its command line and scripts written for
//! it go on working. Every route is a thin decoder before the same use cases as `/api/v1`.
//!
//! Who asks is known by `X-Access-Token: user:token` or `X-Service-Key` alone. A cookie is not looked at: stop, restart and
//! scale are GETs here, and a link on any page could send them along with one.
mod accounts;
mod containers;
mod engines;
mod events;
mod extensions;
mod fault;
mod keys;
mod login;
mod shapes;
mod spec;

use crate::guards::{self, Visitor};
use crate::sessions::PREFIX;
use crate::state::Server;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use fault::Fault;
use http::{HeaderMap, HeaderValue, header};
use serde::de::DeserializeOwned;

/// All routes of the original, but for the webhooks, which have a key of their own.
pub(crate) fn routes(server: &Server) -> Router<Server> {
    let known = Router::new()
        .route(
            "/api/accounts",
            get(accounts::list).post(accounts::put).delete(accounts::remove),
        )
        .route(
            "/api/roles",
            get(accounts::roles)
                .post(accounts::role_put)
                .delete(accounts::role_remove),
        )
        .route("/api/roles/{name}", get(accounts::role))
        .route("/api/cluster/info", get(engines::info))
        .route("/api/containers", get(containers::list).post(containers::run))
        .route(
            "/api/containers/{id}",
            get(containers::inspect).delete(containers::destroy),
        )
        .route("/api/containers/{id}/stop", get(containers::stop))
        .route("/api/containers/{id}/restart", get(containers::restart))
        .route("/api/containers/{id}/logs", get(containers::logs))
        .route("/api/containers/{id}/scale", get(containers::scale))
        .route("/api/webhookkeys", get(keys::webhooks).post(keys::webhook_create))
        .route(
            "/api/webhookkeys/{key}",
            get(keys::webhook).delete(keys::webhook_remove),
        )
        .route("/api/events", get(events::list).delete(events::purge))
        .route("/api/extensions", get(extensions::list).post(extensions::add))
        .route(
            "/api/extensions/{id}",
            get(extensions::inspect).delete(extensions::remove),
        )
        .route("/api/engines", get(engines::list).post(engines::add))
        .route("/api/engines/{id}", get(engines::inspect).delete(engines::remove))
        .route(
            "/api/servicekeys",
            get(keys::list).post(keys::create).delete(keys::remove),
        )
        .route_layer(from_fn(guards::require));
    known
        .route("/auth/login", post(login::login))
        .route("/account/changepassword", post(login::change_password))
        .layer(from_fn(of_the_claimed_account))
        .layer(from_fn_with_state(server.clone(), guards::identify))
        .layer(server.sessions.layer())
        .layer(map_response(fault::as_text))
        .layer(from_fn(by_headers_alone))
}

/// Puts what the original's headers say where the guards look for it, and takes everything else away.
async fn by_headers_alone(mut request: Request, next: Next) -> Response {
    let shown = match shown(request.headers()) {
        Ok(shown) => shown,
        Err(fault) => return fault.into_response(),
    };
    let headers = request.headers_mut();
    headers.remove(header::COOKIE);
    headers.remove(header::AUTHORIZATION);
    if let Some((bearer, account)) = shown {
        headers.insert(header::AUTHORIZATION, bearer);
        if let Some(account) = account {
            request.extensions_mut().insert(ClaimedAccount(account));
        }
    }
    next.run(request).await
}

/// A token of somebody else than the request says is nobody's.
async fn of_the_claimed_account(request: Request, next: Next) -> Response {
    let claimed = request.extensions().get::<ClaimedAccount>();
    let is = request.extensions().get::<Visitor>().and_then(Visitor::account);
    match claimed {
        Some(claimed) if !is.is_some_and(|name| name.eq_ignore_ascii_case(&claimed.0)) => {
            Fault::unauthorized().into_response()
        }
        _ => next.run(request).await,
    }
}

/// JSON of a request's body, whatever its Content-Type says: the original's clients send none.
struct Given<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Given<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|error| Fault::new(error.status(), "the request's body cannot be read"))?;
        Ok(Self(crate::api::read(&bytes)?))
    }
}

/// The account that a request says it is of, beside its token.
#[derive(Clone)]
struct ClaimedAccount(String);

/// The Bearer that the headers stand for, and the account that they name.
type Shown = Option<(HeaderValue, Option<String>)>;

fn shown(headers: &HeaderMap) -> Result<Shown, Fault> {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().map_err(|_| Fault::unauthorized()))
    };
    let bearer = |secret: &str| HeaderValue::from_str(&format!("Bearer {secret}")).map_err(|_| Fault::unauthorized());
    if let Some(key) = text("x-service-key") {
        return Ok(Some((bearer(key?)?, None)));
    }
    let Some(token) = text("x-access-token") else {
        return Ok(None);
    };
    let (account, token) = token?.split_once(':').ok_or_else(Fault::unauthorized)?;
    // A service key in the place of a token would make its account anybody's to claim.
    if !token.starts_with(PREFIX) {
        return Err(Fault::unauthorized());
    }
    Ok(Some((bearer(token)?, Some(account.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &str) -> Result<Option<(String, Option<String>)>, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        match shown(&headers) {
            Ok(shown) => Ok(shown.map(|(bearer, account)| (bearer.to_str().unwrap().to_owned(), account))),
            Err(fault) => Err(fault.into_response().status().as_u16()),
        }
    }

    #[test]
    fn only_the_originals_headers_say_who_asks() {
        assert_eq!(
            read("x-access-token", "ann:shs_abc"),
            Ok(Some(("Bearer shs_abc".to_owned(), Some("ann".to_owned()))))
        );
        assert_eq!(
            read("x-service-key", "shp_a_b"),
            Ok(Some(("Bearer shp_a_b".to_owned(), None)))
        );
        for wrong in ["ann", "ann:", "ann:shp_a_b", "ann:b:shs_abc"] {
            assert_eq!(read("x-access-token", wrong), Err(401), "{wrong}");
        }
        assert_eq!(read("authorization", "Bearer shp_a_b"), Ok(None));
    }
}
