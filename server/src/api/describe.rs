//! The description of the API: for machines (OpenAPI 3.1) and for people to browse.
use super::answers;
use crate::guards::SignedIn;
use crate::pages::document;
use crate::preferences::Preferences;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value;
use shipyard_model::Problem;
use std::sync::LazyLock;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, SecurityRequirement};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const MEANS: &str = "Everything that the page can do. Show a token (`shp_…`) or a session (`shs_…`, from POST /api/v1/session) as \
    `Authorization: Bearer`. Errors are `application/problem+json` (RFC 9457). Lists have pages: ask again with `cursor` set to \
    the `next` of the page before. With `Accept: text/event-stream`, lists, an operation, the fleet and activity tell what is and \
    what changes from now on (Server-Sent Events). What is edited has an `ETag`; send it as `If-Match` to be told when somebody else was faster. \
    `Idempotency-Key`, where an operation names it, makes it safe to send again what creates something.";

/// The description, made once.
pub(super) static DESCRIPTION: LazyLock<OpenApi> = LazyLock::new(describe);

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(openapi)).routes(routes!(docs))
}

fn describe() -> OpenApi {
    let mut all = super::paths();
    all.info = InfoBuilder::new()
        .title("Shipyard")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(MEANS))
        .license(Some(utoipa::openapi::License::new("Apache-2.0")))
        .build();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = all
        .components
        .take()
        .unwrap_or_else(|| ComponentsBuilder::new().build());
    let mut components = components;
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components
        .schemas
        .insert(Problem::name().into_owned(), Problem::schema());
    all.components = Some(components);
    all.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("bearer", [])]);
    for (path, item) in &mut all.paths.paths {
        answers::tell(path, item);
    }
    all
}

/// This description, for machines.
#[utoipa::path(get, path = "/openapi.json", tag = "description",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
async fn openapi(SignedIn(_): SignedIn) -> Response {
    Json(&*DESCRIPTION).into_response()
}

/// This description, for people.
#[utoipa::path(get, path = "/docs", tag = "description", responses((status = 200, body = String, content_type = "text/html")))]
async fn docs(State(server): State<Server>, preferences: Preferences, SignedIn(_): SignedIn) -> Html<String> {
    let description = serde_json::to_value(&*DESCRIPTION).unwrap_or_default();
    let title = "Shipyard: the HTTP API";
    Html(
        document(
            &server.site,
            preferences,
            title,
            "plain",
            &html! {},
            &page(&description),
        )
        .into_string(),
    )
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn page(all: &Value) -> Markup {
    html! {
        main class="reading" {
            h1 { "The HTTP API of Shipyard" }
            p { (text(all.get("info").unwrap_or(&Value::Null), "description")) }
            p { a href="/api/v1/openapi.json" { "openapi.json" } " · " a href="/" { "Shipyard" } }
            @for (path, methods) in entries(all.get("paths")) {
                section {
                    h2 class="mono" { (path) }
                    @for (method, operation) in entries(Some(methods)) { (one(method, operation)) }
                }
            }
            h1 { "Types" }
            @for (name, schema) in entries(all.pointer("/components/schemas")) {
                details id=(name) {
                    summary { code { (name) } " " (text(schema, "description")) }
                    pre { (serde_json::to_string_pretty(schema).unwrap_or_default()) }
                }
            }
        }
    }
}

fn one(method: &str, operation: &Value) -> Markup {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    html! {
        details {
            summary { strong { (method.to_uppercase()) } " " (text(operation, "summary")) }
            p { (text(operation, "description")) }
            @if let Some(parameters) = parameters {
                ul {
                    @for parameter in parameters {
                        li { code { (text(parameter, "name")) } " (" (text(parameter, "in")) ") " (text(parameter, "description")) }
                    }
                }
            }
            @for (media, body) in entries(operation.pointer("/requestBody/content")) { p { "Takes " (named(media, body)) } }
            @for (status, response) in entries(operation.get("responses")) {
                p {
                    strong { (status) } " " (text(response, "description"))
                    @for (media, body) in entries(response.get("content")) { " " (named(media, body)) }
                }
            }
        }
    }
}

/// A media type with a link to the type that it holds.
fn named(media: &str, body: &Value) -> Markup {
    let reference = body.pointer("/schema/$ref").and_then(Value::as_str).unwrap_or_default();
    let name = reference.rsplit('/').next().unwrap_or_default();
    html! {
        code { (media) }
        @if !name.is_empty() { " " a href={ "#" (name) } { (name) } }
    }
}
