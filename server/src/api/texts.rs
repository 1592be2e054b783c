//! Deploys as text, and templates of them.
use super::input::{Body, Path, Query, Reveal};
use super::list::{Items, Page};
use super::{Reply, etag, to_its_end};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode, header};
use shipyard_model::Problem;
use shipyard_model::deploy::DeployRequest;
use shipyard_model::template::{Template, TemplateRow, TemplateValues};
use shipyard_model::text::{TextRead, TextToRead, TextToWrite, TextWritten};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(write))
        .routes(routes!(like))
        .routes(routes!(templates))
        .routes(routes!(template, template_put, template_remove))
        .routes(routes!(template_fill))
}

/// Reads a `docker run` line, a Compose file with one service, or a link; nothing happens.
///
/// What stands in it and cannot be said in a deploy is in `notes`.
#[utoipa::path(post, path = "/spec/read", tag = "deploys", request_body = TextToRead, responses((status = 200, body = TextRead)))]
async fn read(State(server): State<Server>, SignedIn(known): SignedIn, Body { value, .. }: Body<TextToRead>) -> Reply {
    Ok(Json(server.yard.text_read(&known.actor, &value)?).into_response())
}

/// Writes a deploy as a `docker run` line, a Compose file or a link.
///
/// What it asks for and the text cannot say is in `notes`.
#[utoipa::path(post, path = "/spec/write", tag = "deploys", request_body = TextToWrite, responses((status = 200, body = TextWritten)))]
async fn write(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Body { value, .. }: Body<TextToWrite>,
) -> Reply {
    Ok(Json(server.yard.text_write(&known.actor, &value)?).into_response())
}

/// The deploy that would make another container like one.
#[utoipa::path(get, path = "/containers/{engine}/{container}/deploy", tag = "containers",
    params(("engine" = String, Path, description = "Name or id"), ("container" = String, Path, description = "Name or id"), Reveal),
    responses((status = 200, body = TextRead)))]
async fn like(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
    Query(Reveal { reveal }): Query<Reveal>,
) -> Reply {
    let like = server.yard.deploy_like(&known.actor, &engine, &container, reveal);
    Ok(Json(like.await?).into_response())
}

/// Templates, by name.
#[utoipa::path(get, path = "/templates", tag = "deploys", params(Page), responses((status = 200, body = Items<TemplateRow>)))]
async fn templates(State(server): State<Server>, SignedIn(known): SignedIn, Query(page): Query<Page>) -> Reply {
    let rows = server.yard.templates(&known.actor).await?;
    Ok(Json(page.of(rows, |row| row.template.name.clone())?).into_response())
}

/// A template.
#[utoipa::path(get, path = "/templates/{name}", tag = "deploys", params(("name" = String, Path, description = "Its name")),
    responses((status = 200, body = TemplateRow, headers(("ETag" = String, description = "Of what can be edited")))))]
async fn template(State(server): State<Server>, SignedIn(known): SignedIn, Path(name): Path<String>) -> Reply {
    let row = server.yard.template(&known.actor, &name).await?;
    let row = row.ok_or_else(|| Problem::not_found("template", &name))?;
    Ok(([(header::ETAG, etag::of(&Some(&row.template)))], Json(row)).into_response())
}

/// Keeps a template, new or changed.
///
/// `{{name}}` in any text of its request stands for a value that is given each time.
#[utoipa::path(put, path = "/templates/{name}", tag = "deploys", request_body = Template,
    params(("name" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: 412 when it was changed since")),
    responses((status = 204, description = "Kept")))]
async fn template_put(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body { value, .. }: Body<Template>,
) -> Reply {
    to_its_end(async move {
        super::access::same(&name, &value.name)?;
        let _turn = server.edits.lock().await;
        let before = server.yard.template(&known.actor, &name).await?;
        etag::unchanged(&headers, &before.as_ref().map(|row| &row.template))?;
        server.yard.template_put(&known.actor, value).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// Removes a template; what was deployed of it stays.
#[utoipa::path(delete, path = "/templates/{name}", tag = "deploys", params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "Removed")))]
async fn template_remove(State(server): State<Server>, SignedIn(known): SignedIn, Path(name): Path<String>) -> Reply {
    to_its_end(async move {
        server.yard.template_remove(&known.actor, &name).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// The deploy of a template, with values in its places; nothing happens.
#[utoipa::path(post, path = "/templates/{name}/fill", tag = "deploys", request_body = BTreeMap<String, String>,
    params(("name" = String, Path, description = "Its name")), responses((status = 200, body = DeployRequest)))]
async fn template_fill(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(name): Path<String>,
    Body { value, .. }: Body<TemplateValues>,
) -> Reply {
    Ok(Json(server.yard.template_fill(&known.actor, &name, &value).await?).into_response())
}
