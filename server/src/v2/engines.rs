//! Engines and the totals of all.
use super::Given;
use super::fault::Fault;
use super::shapes::{ClusterInfo, Engine, Health, Inner, NewEngine, megabytes};
use crate::api::to_its_end;
use crate::guards::{Known, SignedIn};
use crate::state::Server;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use shipyard_model::engine::{EngineDraft, TlsCredentials};
use shipyard_model::live::{View, ViewData};
use shipyard_model::page::FleetGroup;
use shipyard_model::{EngineHealth, EngineRow, Problem};
use std::collections::BTreeSet;

type Reply = Result<Response, Fault>;

pub(super) fn all(server: &Server, known: &Known) -> Result<Vec<EngineRow>, Problem> {
    match server.yard.view(&known.actor, &View::Engines)? {
        ViewData::Engines(rows) => Ok(rows),
        _ => Ok(Vec::new()),
    }
}

pub(super) fn inner(row: &EngineRow) -> Inner {
    Inner {
        id: row.engine.name.to_string(),
        addr: row.engine.address.to_string(),
        cpus: row.capacity.cpus.as_f64(),
        memory: megabytes(row.capacity.memory),
        labels: Some(row.engine.labels.written().collect()),
    }
}

fn shape(row: &EngineRow) -> Engine {
    let status = match &row.health {
        EngineHealth::Connecting => "pending",
        EngineHealth::Up => "up",
        EngineHealth::Down { .. } => "down",
    };
    let response = row.response_us.filter(|_| row.health.is_up()).unwrap_or_default();
    Engine {
        id: row.engine.id.to_string(),
        engine: inner(row),
        health: Health {
            status,
            response_time: response.saturating_mul(1000),
        },
        docker_version: row.version.clone(),
    }
}

/// All engines, without their certificates and keys.
pub(super) async fn list(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let rows = all(&server, &known)?;
    Ok(Json(rows.iter().map(shape).collect::<Vec<_>>()).into_response())
}

/// One engine, by its id or name.
pub(super) async fn inspect(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    Ok(Json(shape(&server.yard.engine_find(&known.actor, &id)?)).into_response())
}

/// Tries an engine and keeps it. CPUs and memory that are 0 or left out are the daemon's own.
pub(super) async fn add(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Given(new): Given<NewEngine>,
) -> Reply {
    to_its_end(async move {
        let figure = |value: f64, unit: &str| {
            if value > 0.0 {
                format!("{value:.6}{unit}")
            } else {
                String::new()
            }
        };
        let has_tls = !new.ssl_cert.trim().is_empty() || !new.ssl_key.is_empty() || !new.ca_cert.trim().is_empty();
        let draft = EngineDraft {
            name: new.engine.id,
            address: new.engine.addr,
            labels: new.engine.labels.unwrap_or_default().join(" "),
            cpus: figure(new.engine.cpus, ""),
            memory: figure(new.engine.memory, " MiB"),
            tls: has_tls.then_some(TlsCredentials {
                certificate: new.ssl_cert,
                key: new.ssl_key,
                authority: new.ca_cert,
            }),
        };
        server.yard.engine_add(&known.actor, draft).await?;
        Ok(StatusCode::CREATED.into_response())
    })
    .await
}

/// Forgets an engine; its containers stay.
pub(super) async fn remove(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    to_its_end(async move {
        let row = server.yard.engine_find(&known.actor, &id)?;
        server.yard.engine_remove(&known.actor, &row.engine.id).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// Totals of the engines that answer.
pub(super) async fn info(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let group = FleetGroup::Engine;
    let ViewData::Fleet(page) = server.yard.view(&known.actor, &View::Fleet { group })? else {
        return Err(Problem::internal().into());
    };
    let rows = super::containers::all(&server, &known)?;
    let images: BTreeSet<_> = rows.iter().map(|row| row.image.as_str()).collect();
    let figures = page.figures;
    let info = ClusterInfo {
        cpus: figures.cpus.as_f64(),
        memory: megabytes(figures.memory),
        container_count: figures.running,
        engine_count: figures.engines,
        image_count: images.len(),
        reserved_cpus: figures.cpus_reserved.as_f64(),
        reserved_memory: megabytes(figures.memory_reserved),
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(Json(info).into_response())
}
