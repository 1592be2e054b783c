//! `/api/v1`: everything that the page can do, for programs. Each handler decodes, calls the use case in `yard` and encodes;
//! none decides anything. The description at `/api/v1/openapi.json` is made of the handlers themselves.
mod access;
mod answers;
mod changes;
mod containers;
mod describe;
mod engines;
mod etag;
mod events;
mod fleet;
mod hooks;
mod input;
mod list;
mod moving;
mod nodes;
mod once;
mod operations;
mod own;
mod rolls;
mod session;
mod streams;
mod texts;
mod tokens;
mod usage;
mod webhooks;

pub(crate) use events::file;
pub(crate) use input::read;
pub(crate) use once::Once;

use crate::problem::Answer;
use crate::state::Server;
use axum::Router;
use axum::response::{IntoResponse, Response};
use shipyard_model::Problem;
use std::pin::Pin;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// What a handler answers with.
pub(crate) type Reply = Result<Response, Answer>;

/// Where all of it lies.
const ROOT: &str = "/api/v1";

/// For who is signed in.
pub(crate) fn private() -> Router<Server> {
    under_root(for_signed_in()).0
}

/// For whoever comes: signing in, and what an account must do first.
pub(crate) fn entry() -> Router<Server> {
    under_root(session::routes()).0
}

/// For hosts that become engines: what they show opens these and nothing else.
pub(crate) fn open() -> Router<Server> {
    under_root(nodes::open_routes()).0
}

/// What there is, from the handlers.
fn paths() -> OpenApi {
    under_root(session::routes().merge(for_signed_in()).merge(nodes::open_routes())).1
}

fn for_signed_in() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .merge(fleet::routes())
        .merge(engines::routes())
        .merge(nodes::routes())
        .merge(containers::routes())
        .merge(streams::routes())
        .merge(usage::routes())
        .merge(operations::routes())
        .merge(rolls::routes())
        .merge(changes::routes())
        .merge(texts::routes())
        .merge(moving::routes())
        .merge(access::routes())
        .merge(tokens::routes())
        .merge(own::routes())
        .merge(hooks::routes())
        .merge(webhooks::routes())
        .merge(describe::routes())
}

fn under_root(routes: OpenApiRouter<Server>) -> (Router<Server>, OpenApi) {
    let (router, paths) = OpenApiRouter::new().nest(ROOT, routes).split_for_parts();
    (router.method_not_allowed_fallback(no_such_method), paths)
}

async fn no_such_method() -> Answer {
    Answer(
        Problem::new(405, "no-such-method", "This address does not take this method.")
            .hint("The header Allow says which it takes."),
    )
}

/// Does work that changes something in a task of its own: when the client goes away in the middle, it still comes to its
/// end.
pub(crate) fn to_its_end<T: Finished>(
    work: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> + Send {
    in_a_task(Box::pin(work))
}

/// Boxed, because tokio's code for a task is compiled anew for each type of future: for every use case that took a tenth
/// of the server's build.
async fn in_a_task<T: Finished>(work: Pin<Box<dyn Future<Output = T> + Send>>) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => {
            tracing::error!(%error, "a request failed");
            T::failed()
        }
    }
}

/// An answer that can say that there is none.
pub(crate) trait Finished: Send + 'static {
    /// The answer for a fault of ours.
    fn failed() -> Self;
}

impl<E: From<Problem> + Send + 'static> Finished for Result<Response, E> {
    fn failed() -> Self {
        Err(Problem::internal().into())
    }
}

impl Finished for Response {
    fn failed() -> Self {
        Answer(Problem::internal()).into_response()
    }
}

/// A use case's result as an answer.
fn answer(result: Result<impl IntoResponse, Problem>) -> Response {
    match result {
        Ok(response) => response.into_response(),
        Err(problem) => Answer(problem).into_response(),
    }
}
