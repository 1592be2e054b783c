//! Calls about deploys as text, and templates of them.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::deploy::DeployRequest;
use shipyard_model::template::{Template, TemplateRow, TemplateValues};
use shipyard_model::text::{TextRead, TextToRead, TextToWrite, TextWritten};

/// What a `docker run` line, a Compose file or a link asks for; nothing happens.
///
/// # Errors
/// What of it cannot be read.
#[server(name = TextReadOf, prefix = "/api/fn", endpoint = "text_read", protocol = Calls, client = NoClient)]
pub async fn text_read(asked: TextToRead) -> Result<TextRead, CallError> {
    let on = super::caller()?;
    Ok(on.yard.text_read(&on.actor, &asked)?)
}

/// A deploy as text.
///
/// # Errors
/// When the account may not deploy.
#[server(name = TextWriteOf, prefix = "/api/fn", endpoint = "text_write", protocol = Calls, client = NoClient)]
pub async fn text_write(asked: TextToWrite) -> Result<TextWritten, CallError> {
    let on = super::caller()?;
    Ok(on.yard.text_write(&on.actor, &asked)?)
}

/// The deploy that would make another container like one; `reveal` tells the environment's values.
///
/// # Errors
/// When it is not there, or has options that no deploy can say.
#[server(name = DeployLike, prefix = "/api/fn", endpoint = "deploy_like", protocol = Calls, client = NoClient)]
pub async fn deploy_like(engine: String, name: String, reveal: bool) -> Result<TextRead, CallError> {
    let on = super::caller()?;
    Ok(on.yard.deploy_like(&on.actor, &engine, &name, reveal).await?)
}

/// Images to choose from, the most used first.
///
/// # Errors
/// When the account may not deploy.
#[server(name = Images, prefix = "/api/fn", endpoint = "images", protocol = Calls, client = NoClient)]
pub async fn images() -> Result<Vec<String>, CallError> {
    let on = super::caller()?;
    Ok(on.yard.images(&on.actor).await?)
}

/// All templates.
///
/// # Errors
/// When the account may not deploy.
#[server(name = Templates, prefix = "/api/fn", endpoint = "templates", protocol = Calls, client = NoClient)]
pub async fn templates() -> Result<Vec<TemplateRow>, CallError> {
    let on = super::caller()?;
    Ok(on.yard.templates(&on.actor).await?)
}

/// The deploy of a template, with values in its places.
///
/// # Errors
/// When a place has no value.
#[server(name = TemplateFill, prefix = "/api/fn", endpoint = "template_fill", protocol = Calls, client = NoClient)]
pub async fn template_fill(name: String, values: TemplateValues) -> Result<DeployRequest, CallError> {
    let on = super::caller()?;
    Ok(on.yard.template_fill(&on.actor, &name, &values).await?)
}

/// Keeps a template, new or changed.
///
/// # Errors
/// When it is somebody else's, or a place of it is not named.
#[server(name = TemplatePut, prefix = "/api/fn", endpoint = "template_put", protocol = Calls, client = NoClient)]
pub async fn template_put(template: Template) -> Result<TemplateRow, CallError> {
    let on = super::caller()?;
    Ok(on.yard.template_put(&on.actor, template).await?)
}

/// Removes a template.
///
/// # Errors
/// When it is somebody else's.
#[server(name = TemplateRemove, prefix = "/api/fn", endpoint = "template_remove", protocol = Calls, client = NoClient)]
pub async fn template_remove(name: String) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.template_remove(&on.actor, &name).await?)
}
