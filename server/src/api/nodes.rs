//! Hosts that are made engines, and what is weak on this installation. [`routes()`] are a signed-in person's; [`open_routes`]
//! are what the host itself asks, with the secret of its enrolment (`X-Shipyard-Enrol`) or a request signed by its key, and
//! nothing else opens them.
use super::input::{Body, Path};
use super::once::Key;
use super::{Reply, answer, to_its_end};
use crate::guards::{SignedIn, address};
use crate::origin::host_of;
use crate::state::Server;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use shipyard_model::node::{
    AuthorityRow, Finding, NodeDraft, NodePrepared, NodeRemoved, NodeRenewed, NodeRow, NodeState,
};
use shipyard_model::{Engine, Problem, Secret};
use std::net::SocketAddr;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The header that an enrolment's secret comes in.
const ENROL: &str = "x-shipyard-enrol";
const PEM: HeaderValue = HeaderValue::from_static("application/x-pem-file");
const SHELL: HeaderValue = HeaderValue::from_static("text/x-shellscript; charset=utf-8");

/// For people and their command line.
pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(prepare))
        .routes(routes!(state, withdraw))
        .routes(routes!(node))
        .routes(routes!(renew))
        .routes(routes!(remove))
        .routes(routes!(authority))
        .routes(routes!(rotate))
        .routes(routes!(doctor))
}

/// For the host itself.
pub(super) fn open_routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(script))
        .routes(routes!(enrol))
        .routes(routes!(finish))
        .routes(routes!(renewal))
}

/// Whoever holds this answer holds a secret: no cache keeps it.
fn private(answer: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], answer).into_response()
}

/// Prepares a host as an engine: gives the script that makes it one, with a secret that holds for an hour.
///
/// Asks for a fresh proof.
#[utoipa::path(post, path = "/nodes", tag = "nodes", request_body = NodeDraft,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again makes nothing again: 409 `idempotency.shown-once`")),
    responses((status = 201, body = NodePrepared)))]
async fn prepare(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    uri: Uri,
    headers: HeaderMap,
    key: Key,
    Body { value, digest }: Body<NodeDraft>,
) -> Response {
    let reached = match server.names.public_origin() {
        Some(origin) => origin.to_owned(),
        None => {
            let scheme = if server.https { "https" } else { "http" };
            format!("{scheme}://{}", host_of(&headers, &uri).unwrap_or_default())
        }
    };
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        let prepared = server.yard.node_prepare(&known.actor, value, &reached).await;
        answer(prepared.map(|prepared| private((StatusCode::CREATED, Json(prepared)))))
    };
    once.run_secretly(&account, key, digest, work).await
}

/// How far a host that one prepared has come, by what it asked for.
///
/// 410 `node.gone` when its secret has ended, was taken back, or is another person's.
#[utoipa::path(get, path = "/nodes/enrolment", tag = "nodes",
    params(("X-Shipyard-Enrol" = Option<String>, Header, description = "The enrolment's secret")),
    responses((status = 200, body = NodeState)))]
async fn state(State(server): State<Server>, SignedIn(known): SignedIn, headers: HeaderMap) -> Reply {
    let state = server.yard.node_state(&known.actor, &secret(&headers)).await?;
    Ok(private(Json(state)))
}

/// Takes back what one prepared: its secret opens nothing any more.
///
/// Asks for a fresh proof. 410 `node.gone` when there is nothing to take back.
#[utoipa::path(delete, path = "/nodes/enrolment", tag = "nodes",
    params(("X-Shipyard-Enrol" = Option<String>, Header, description = "The enrolment's secret")),
    responses((status = 204, description = "Taken back")))]
async fn withdraw(State(server): State<Server>, SignedIn(known): SignedIn, headers: HeaderMap) -> Reply {
    to_its_end(async move {
        server.yard.node_withdraw(&known.actor, &secret(&headers)).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// What Shipyard knows of an engine that it made one: when the host's certificate ends, and whether it gets a new one.
///
/// 409 `node.not-ours` for an engine whose certificates were given by hand.
#[utoipa::path(get, path = "/engines/{engine}/node", tag = "nodes",
    params(("engine" = String, Path, description = "Name or id")), responses((status = 200, body = NodeRow)))]
async fn node(State(server): State<Server>, SignedIn(known): SignedIn, Path(engine): Path<String>) -> Reply {
    let row = server.yard.engine_find(&known.actor, &engine)?;
    let node = server.yard.node(&known.actor, &row.engine.id).await?;
    let node = node.ok_or_else(|| {
        let detail = format!(
            "The certificates of the engine “{}” were not made by Shipyard.",
            row.engine.name
        );
        Problem::new(409, "node.not-ours", detail).arg("name", &row.engine.name)
    })?;
    Ok(Json(node).into_response())
}

/// Renews an engine's certificates: Shipyard's own at once and without a gap, the host's when it asks next.
///
/// Asks for a fresh proof. 409 `node.not-ours` for an engine whose certificates were given by hand.
#[utoipa::path(post, path = "/nodes/{engine}/renew", tag = "nodes",
    params(("engine" = String, Path, description = "Name or id")), responses((status = 200, body = NodeRenewed)))]
async fn renew(State(server): State<Server>, SignedIn(known): SignedIn, Path(engine): Path<String>) -> Reply {
    to_its_end(async move {
        let row = server.yard.engine_find(&known.actor, &engine)?;
        Ok(Json(server.yard.node_renew(&known.actor, &row.engine.id).await?).into_response())
    })
    .await
}

/// Forgets an engine that was prepared as a host, and gives the script that leaves no trace there.
///
/// Asks for a fresh proof.
#[utoipa::path(post, path = "/nodes/{engine}/remove", tag = "nodes",
    params(("engine" = String, Path, description = "Name or id")), responses((status = 200, body = NodeRemoved)))]
async fn remove(State(server): State<Server>, SignedIn(known): SignedIn, Path(engine): Path<String>) -> Reply {
    to_its_end(async move {
        let row = server.yard.engine_find(&known.actor, &engine)?;
        Ok(Json(server.yard.node_remove(&known.actor, &row.engine.id).await?).into_response())
    })
    .await
}

/// Shipyard's own certificate authority; of generation 0 while no host was ever prepared.
#[utoipa::path(get, path = "/authority", tag = "nodes", responses((status = 200, body = AuthorityRow)))]
async fn authority(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    Ok(Json(server.yard.authority(&known.actor).await?).into_response())
}

/// Makes a new certificate authority; the one before stays trusted until the next.
///
/// Asks for a fresh proof. 409 `node.behind` while a host is not with the newest one yet.
#[utoipa::path(post, path = "/authority/rotate", tag = "nodes", responses((status = 200, body = AuthorityRow)))]
async fn rotate(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    to_its_end(async move { Ok(Json(server.yard.authority_rotate(&known.actor).await?).into_response()) }).await
}

/// What is wrong or weak on this installation and its engines, each with the way to mend it; the worst first.
#[utoipa::path(get, path = "/doctor", tag = "nodes", responses((status = 200, body = Vec<Finding>)))]
async fn doctor(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let found = server.yard.doctor(&known.actor, server.in_the_clear).await?;
    Ok(Json(found).into_response())
}

/// The secret of an enrolment. None, and one that is none, are answered alike.
fn secret(headers: &HeaderMap) -> Secret {
    let text = headers.get(ENROL).and_then(|value| value.to_str().ok());
    Secret::new(text.unwrap_or_default().trim())
}

fn text(body: &Bytes) -> &str {
    std::str::from_utf8(body).unwrap_or_default()
}

/// The script of an enrolment, for the host to fetch.
#[utoipa::path(get, path = "/nodes/script", tag = "nodes", security(()),
    params(("X-Shipyard-Enrol" = Option<String>, Header, description = "The enrolment's secret")),
    responses((status = 200, body = String, content_type = "text/x-shellscript")))]
async fn script(State(server): State<Server>, ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap) -> Reply {
    let from = address(Some(&ConnectInfo(peer)));
    let script = server.yard.node_script(&secret(&headers), from).await?;
    Ok(private(([(header::CONTENT_TYPE, SHELL)], script)))
}

/// Signs the certificate of a host that is enrolled, once.
///
/// The answer is the certificate with the authorities behind it, PEM.
#[utoipa::path(post, path = "/nodes/enrol", tag = "nodes", security(()),
    params(("X-Shipyard-Enrol" = Option<String>, Header, description = "The enrolment's secret")),
    request_body(content = String, content_type = "application/x-pem-file", description = "A signing request"),
    responses((status = 200, body = String, content_type = "application/x-pem-file")))]
async fn enrol(
    State(server): State<Server>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let (from, secret) = (address(Some(&ConnectInfo(peer))), secret(&headers));
    to_its_end(async move {
        let signed = server.yard.node_enrol(&secret, text(&body), from).await?;
        Ok(private(([(header::CONTENT_TYPE, PEM)], signed)))
    })
    .await
}

/// Adds the engine that a host became, after it was tried with and without a certificate.
#[utoipa::path(post, path = "/nodes/enrol/finish", tag = "nodes", security(()),
    params(("X-Shipyard-Enrol" = Option<String>, Header, description = "The enrolment's secret")),
    responses((status = 201, body = Engine)))]
async fn finish(State(server): State<Server>, ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap) -> Reply {
    let (from, secret) = (address(Some(&ConnectInfo(peer))), secret(&headers));
    to_its_end(async move {
        let engine = server.yard.node_finish(&secret, from).await?;
        Ok((StatusCode::CREATED, Json(engine)).into_response())
    })
    .await
}

/// A new server certificate for a host that is known by the key of its request, when it is time for one.
///
/// The request is its own proof: it is signed by the host's key, and only that key can use what comes.
#[utoipa::path(post, path = "/nodes/renew", tag = "nodes", security(()),
    request_body(content = String, content_type = "application/x-pem-file", description = "A signing request"),
    responses((status = 200, body = String, content_type = "application/x-pem-file"),
        (status = 204, description = "It is not time yet")))]
async fn renewal(State(server): State<Server>, ConnectInfo(peer): ConnectInfo<SocketAddr>, body: Bytes) -> Reply {
    let from = address(Some(&ConnectInfo(peer)));
    to_its_end(async move {
        Ok(match server.yard.node_renewal(text(&body), from).await? {
            Some(signed) => ([(header::CONTENT_TYPE, PEM)], signed).into_response(),
            None => StatusCode::NO_CONTENT.into_response(),
        })
    })
    .await
}
