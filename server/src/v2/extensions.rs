//! Extensions: containers that serve the fleet itself. Nothing is kept of them but their containers, each with what was said
//! of the extension as labels; so they live as long as those do, whatever becomes of Shipyard.
use super::Given;
use super::containers::ended;
use super::fault::Fault;
use super::shapes::{Extension, ExtensionConfig, Image, RestartPolicy, megabytes};
use super::spec;
use crate::api::to_its_end;
use crate::guards::{Known, SignedIn};
use crate::state::Server;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use shipyard_model::deploy::{Copies, DeployRequest, PullPolicy, Strategy, Target};
use shipyard_model::{ContainerRef, ContainerRow, ContainerVerb};
use std::collections::BTreeMap;

/// Label with the extension's name; what else is said of it is in labels that begin so, with a dot.
const LABEL: &str = "extension";
/// Times that one is started again, as in the original.
const RESTARTS: u32 = 10;

type Reply = Result<Response, Fault>;

/// An extension as its containers tell it, with them.
fn all(server: &Server, known: &Known) -> Result<Vec<(Extension, Vec<ContainerRef>)>, Fault> {
    let mut found: BTreeMap<String, (Extension, Vec<ContainerRef>)> = BTreeMap::new();
    for (row, labels) in server.yard.containers_labelled(&known.actor, LABEL)? {
        let said = |name: &str| labels.get(&format!("{LABEL}.{name}")).cloned().unwrap_or_default();
        let Some(name) = labels.get(LABEL).filter(|name| !name.is_empty()) else {
            continue;
        };
        let one = found
            .entry(name.clone())
            .or_insert_with(|| (told(name, &row, said), Vec::new()));
        one.1.push(row.at);
    }
    Ok(found.into_values().collect())
}

fn told(name: &str, row: &ContainerRow, said: impl Fn(&str) -> String) -> Extension {
    Extension {
        id: name.to_owned(),
        name: name.to_owned(),
        image: row.image.clone(),
        author: said("author"),
        description: said("description"),
        version: said("version"),
        url: said("url"),
        config: ExtensionConfig {
            container_name: said("container-name"),
            cpus: row.reserved.cpus.as_f64(),
            memory: megabytes(row.reserved.memory),
            ports: Some(spec::ports(row)),
            deploy_per_engine: said("each-engine") == "true",
            ..ExtensionConfig::default()
        },
    }
}

fn named(server: &Server, known: &Known, id: &str) -> Result<(Extension, Vec<ContainerRef>), Fault> {
    let mut all = all(server, known)?.into_iter();
    all.find(|(extension, _)| extension.id == id)
        .ok_or_else(|| Fault::new(StatusCode::NOT_FOUND, "extension not found"))
}

/// All of them, by name.
pub(super) async fn list(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let all = all(&server, &known)?.into_iter().map(|(extension, _)| extension);
    Ok(Json(all.collect::<Vec<_>>()).into_response())
}

/// One, by its id, which is its name.
pub(super) async fn inspect(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    Ok(Json(named(&server, &known, &id)?.0).into_response())
}

/// Runs one, on one engine or on each.
pub(super) async fn add(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Given(extension): Given<Extension>,
) -> Reply {
    to_its_end(async move {
        if extension.name.trim().is_empty() {
            return Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "an extension has a name"));
        }
        if named(&server, &known, &extension.name).is_ok() {
            return Err(Fault::new(
                StatusCode::CONFLICT,
                "there is an extension of this name: remove it first",
            ));
        }
        let id = server.yard.deploy(&known.actor, request(extension)?).await?;
        ended(&server, &known, &id).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

fn request(extension: Extension) -> Result<DeployRequest, Fault> {
    let config = extension.config;
    let mut spec = spec::read(&Image {
        name: extension.image,
        cpus: config.cpus,
        memory: config.memory,
        environment: config.environment,
        args: config.args,
        bind_ports: config.ports,
        volumes: config.volumes,
        links: config.links,
        container_name: config.container_name.clone(),
        restart_policy: RestartPolicy {
            name: "on-failure".to_owned(),
            maximum_retry: RESTARTS,
        },
        ..Image::default()
    })?;
    let each = if config.deploy_per_engine {
        "true".to_owned()
    } else {
        String::new()
    };
    spec.labels.push((LABEL.to_owned(), extension.name));
    for (name, value) in [
        ("author", extension.author),
        ("description", extension.description),
        ("version", extension.version),
        ("url", extension.url),
        ("container-name", config.container_name),
        ("each-engine", each),
    ] {
        if !value.is_empty() {
            spec.labels.push((format!("{LABEL}.{name}"), value));
        }
    }
    Ok(DeployRequest {
        spec,
        copies: if config.deploy_per_engine {
            Copies::EachEngine
        } else {
            Copies::Total(1)
        },
        target: Target::All,
        strategy: Strategy::Spread,
        pull: PullPolicy::Missing,
        undo_on_failure: true,
        ..DeployRequest::default()
    })
}

/// Removes its containers, and with them the extension.
pub(super) async fn remove(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    to_its_end(async move {
        let (_, containers) = named(&server, &known, &id)?;
        let yard = &server.yard;
        let operation = yard
            .containers_act(&known.actor, ContainerVerb::Remove, containers)
            .await?;
        ended(&server, &known, &operation).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}
