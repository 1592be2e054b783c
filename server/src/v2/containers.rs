//! Containers.
use super::Given;
use super::fault::Fault;
use super::shapes::{Container, Image};
use super::{engines, spec};
use crate::api::{file, to_its_end};
use crate::guards::{Known, SignedIn};
use crate::state::Server;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{StatusCode, header};
use serde::Deserialize;
use shipyard_model::deploy::{Copies, DeployRequest, PullPolicy, Strategy, Target};
use shipyard_model::live::{View, ViewData};
use shipyard_model::operation::{Operation, TargetState};
use shipyard_model::page::ContainerQuery;
use shipyard_model::stream::{LogMessage, Output};
use shipyard_model::{ContainerRow, ContainerVerb, EngineName, EngineRow, OperationId, Problem};
use shipyard_yard::{Feed, LogOptions};
use std::future::ready;
use std::sync::Arc;

type Reply = Result<Response, Fault>;

/// All containers that one may see.
pub(super) fn all(server: &Server, known: &Known) -> Result<Vec<Arc<ContainerRow>>, Problem> {
    let mut rows = Vec::new();
    loop {
        let query = ContainerQuery {
            offset: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            limit: ContainerQuery::MOST,
            ..ContainerQuery::default()
        };
        let ViewData::Containers(window) = server.yard.view(&known.actor, &View::Containers { query })? else {
            return Err(Problem::internal());
        };
        let is_last = window.rows.len() < usize::try_from(ContainerQuery::MOST).unwrap_or(usize::MAX);
        rows.extend(window.rows);
        if is_last {
            return Ok(rows);
        }
    }
}

fn shape(row: &ContainerRow, engines: &[EngineRow], image: Image) -> Container {
    let engine = engines.iter().find(|engine| engine.engine.id == row.at.engine);
    Container {
        id: row.at.id.to_string(),
        name: format!("/{}", row.name),
        image,
        engine: engine.map(engines::inner).unwrap_or_default(),
        state: if row.state.is_alive() { "running" } else { "stopped" },
        ports: spec::ports(row),
    }
}

/// All containers of all engines, from memory.
pub(super) async fn list(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let engines = engines::all(&server, &known)?;
    let rows = all(&server, &known)?;
    let shapes: Vec<_> = rows.iter().map(|row| shape(row, &engines, spec::of_row(row))).collect();
    Ok(Json(shapes).into_response())
}

/// One container, by the beginning of its id or its name. The values of its environment are told to who may see them.
pub(super) async fn inspect(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    let row = server.yard.container_anywhere(&known.actor, &id)?;
    let detail = |reveal| {
        server
            .yard
            .container_detail(&known.actor, row.engine.as_str(), &row.name, reveal)
    };
    let detail = match detail(true).await {
        Err(problem) if problem.status == 403 => detail(false).await?,
        other => other?,
    };
    let inspect = serde_json::from_str(&detail.raw).unwrap_or_default();
    let image = spec::of_inspect(&row, &inspect);
    Ok(Json(shape(&row, &engines::all(&server, &known)?, image)).into_response())
}

/// How many, and whether to pull.
#[derive(Deserialize)]
pub(super) struct Run {
    count: Option<u16>,
    #[serde(default)]
    pull: bool,
}

/// Places and starts copies of a container; answers when all of them run.
pub(super) async fn run(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Query(Run { count, pull }): Query<Run>,
    Given(image): Given<Image>,
) -> Reply {
    to_its_end(async move {
        let engines = engines::all(&server, &known)?;
        let count = count.unwrap_or(1).max(1);
        let request = request(&engines, &image, count, pull)?;
        let is_alone = !request.affinity.is_empty();
        let id = match server.yard.deploy(&known.actor, request).await {
            Err(problem) if is_alone && ["deploy.no-room", "deploy.kept-away"].contains(&problem.code.as_str()) => {
                return Err(spec::no_engine());
            }
            told => told?,
        };
        let operation = ended(&server, &known, &id).await?;
        let rows = operation.targets.iter().filter_map(|target| target.container.as_ref());
        let mut made = Vec::new();
        for at in rows {
            let row = server
                .yard
                .container_find(&known.actor, at.engine.as_str(), at.id.as_str())?;
            made.push(shape(&row, &engines, spec::of_row(&row)));
        }
        Ok((StatusCode::CREATED, Json(made)).into_response())
    })
    .await
}

fn request(engines: &[EngineRow], image: &Image, count: u16, pull: bool) -> Result<DeployRequest, Fault> {
    let open: Vec<_> = engines
        .iter()
        .filter(|engine| engine.health.is_up() && !engine.engine.drained)
        .map(engines::inner)
        .collect();
    let eligible = spec::eligible(image, &open)?;
    let named = eligible
        .iter()
        .filter_map(|name| EngineName::parse(name).ok())
        .collect();
    Ok(DeployRequest {
        spec: spec::read(image)?,
        copies: Copies::Total(count),
        target: Target::Named(named),
        strategy: Strategy::Spread,
        pull: if pull { PullPolicy::Always } else { PullPolicy::Missing },
        undo_on_failure: false,
        affinity: spec::affinity(image),
        ..DeployRequest::default()
    })
}

/// Waits for an operation's end; what failed of it is the answer then, with what worked.
pub(super) async fn ended(server: &Server, known: &Known, id: &OperationId) -> Result<Operation, Fault> {
    let mut feed = server.yard.follow(&known.actor, View::Operation { id: id.clone() })?;
    let operation = loop {
        match feed.next().await {
            Some(Feed::Whole(ViewData::Operation(Some(operation)))) if operation.finished.is_some() => break operation,
            Some(_) => {}
            None => return Err(Problem::internal().into()),
        }
    };
    let failed: Vec<_> = operation
        .targets
        .iter()
        .filter_map(|target| match &target.state {
            TargetState::Failed { why } => Some(format!("{} on {}: {why}", target.name, target.engine)),
            _ => None,
        })
        .collect();
    if failed.is_empty() {
        return Ok(operation);
    }
    let (done, _, all) = operation.counts();
    let told = format!("{done} of {all} done; {}", failed.join("; "));
    Err(Fault::new(StatusCode::CONFLICT, told))
}

async fn act(server: Server, known: Known, id: String, verb: ContainerVerb) -> Reply {
    to_its_end(async move {
        let row = server.yard.container_anywhere(&known.actor, &id)?;
        let operation = server.yard.containers_act(&known.actor, verb, vec![row.at]).await?;
        ended(&server, &known, &operation).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// Stops a container.
pub(super) async fn stop(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    act(server, known, id, ContainerVerb::Stop).await
}

/// Restarts a container.
pub(super) async fn restart(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    act(server, known, id, ContainerVerb::Restart).await
}

/// Removes a container, running or not.
pub(super) async fn destroy(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    act(server, known, id, ContainerVerb::Remove).await
}

/// To how many.
#[derive(Deserialize)]
pub(super) struct Scale {
    count: Option<u16>,
}

/// Brings the containers that are like one to a number, all of them counted.
pub(super) async fn scale(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(id): Path<String>,
    Query(Scale { count }): Query<Scale>,
) -> Reply {
    let Some(count) = count else {
        return Err(Fault::new(
            StatusCode::BAD_REQUEST,
            "count is missing: say how many there shall be",
        ));
    };
    to_its_end(async move {
        let row = server.yard.container_anywhere(&known.actor, &id)?;
        let operation = server.yard.scale(&known.actor, &row.at, count).await?;
        ended(&server, &known, &operation).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// Which lines. Unlike the original's, they have an effect.
#[derive(Deserialize)]
pub(super) struct Lines {
    stdout: Option<String>,
    stderr: Option<String>,
    tail: Option<String>,
}

/// Whether a word of the address means yes; nothing said means so too.
fn yes(word: Option<&str>) -> bool {
    !matches!(word, Some("0" | "false" | "no"))
}

/// A container's log as text, up to now.
pub(super) async fn logs(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(id): Path<String>,
    Query(lines): Query<Lines>,
) -> Reply {
    let row = server.yard.container_anywhere(&known.actor, &id)?;
    let tail = match lines.tail.as_deref() {
        None | Some("" | "all") => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| Fault::new(StatusCode::BAD_REQUEST, "tail is a number of lines"))?,
        ),
    };
    let options = LogOptions {
        tail,
        ..LogOptions::default()
    };
    let (out, err) = (yes(lines.stdout.as_deref()), yes(lines.stderr.as_deref()));
    let name = row.engine.as_str();
    let log = server.yard.logs(&known.actor, name, &row.name, options).await?;
    let text = log.filter_map(move |message| {
        ready(match message {
            LogMessage::Lines { lines, .. } => {
                let wanted = lines
                    .iter()
                    .filter(|line| if line.output == Output::Out { out } else { err });
                Some(Ok(wanted.map(|line| format!("{}\n", line.text)).collect::<String>()))
            }
            LogMessage::Skipped { .. } | LogMessage::Gap | LogMessage::End => None,
            // Cut off: a log that ends early must not pass for a whole one.
            LogMessage::Failed { why } => Some(Err(std::io::Error::other(why.code))),
        })
    });
    let media = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((media, file(&server, &known, text)?).into_response())
}
