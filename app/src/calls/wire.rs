//! How calls go over the wire: JSON in the body of a `POST` and of its answer. On the server that is server_fn's own way.
//! In the browser it is one function that sends a text and awaits another: server_fn's would be there once for each call.
use super::CallError;
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use server_fn::client::Client;
use server_fn::codec::Json;
use server_fn::server::Server;
use server_fn::{Http, Protocol};
use std::future::Future;

/// The protocol of all calls.
pub struct Calls;

impl<In, Out, C, S> Protocol<In, Out, C, S, CallError> for Calls
where
    In: Serialize + DeserializeOwned + Send,
    Out: Serialize + DeserializeOwned + Send,
    C: Client<CallError>,
    S: Server<CallError>,
    S::Request: Send + 'static,
{
    const METHOD: Method = Method::POST;

    fn run_server<F, Fut>(request: S::Request, call: F) -> impl Future<Output = Result<S::Response, CallError>> + Send
    where
        F: Fn(In) -> Fut + Send,
        Fut: Future<Output = Result<Out, CallError>> + Send,
    {
        <Http<Json, Json> as Protocol<In, Out, C, S, CallError>>::run_server(request, call)
    }

    #[cfg(not(feature = "csr"))]
    fn run_client(path: &str, input: In) -> impl Future<Output = Result<Out, CallError>> + Send {
        <Http<Json, Json> as Protocol<In, Out, C, S, CallError>>::run_client(path, input)
    }

    #[cfg(feature = "csr")]
    fn run_client(path: &str, input: In) -> impl Future<Output = Result<Out, CallError>> + Send {
        let body = crate::pure::json::write(&input).map_err(|_| client::not_understood());
        client::answer(path, body)
    }
}

#[cfg(feature = "csr")]
mod client {
    use super::CallError;
    use crate::interop::browser;
    use crate::pure::json;
    use send_wrapper::SendWrapper;
    use serde::de::DeserializeOwned;
    use server_fn::error::{FromServerFnError, ServerFnErrorErr};
    use std::pin::Pin;

    /// A future in a box, so that it is there once for all that it is made for.
    type Boxed<'p, T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + Send + 'p>>;

    /// Sends a body and reads the answer: once for each type of answers, not for each call.
    #[inline(never)]
    pub(super) fn answer<Out: DeserializeOwned + Send>(path: &str, body: Result<String, CallError>) -> Boxed<'_, Out> {
        Box::pin(async move {
            let answer = post(path, body?).await?;
            json::read(&answer).map_err(|_| not_understood())
        })
    }

    /// The answer's text, or the problem that the server answers with.
    fn post(path: &str, body: String) -> Boxed<'_, String> {
        Box::pin(SendWrapper::new(async move {
            match browser::post(path, &body).await {
                Ok((true, text)) => Ok(text),
                Ok((false, text)) => Err(json::read(&text).unwrap_or_else(|_| not_understood())),
                Err(_) => Err(failure(ServerFnErrorErr::Request)),
            }
        }))
    }

    /// The page and the server are of different builds.
    pub(super) fn not_understood() -> CallError {
        failure(ServerFnErrorErr::Deserialization)
    }

    fn failure(kind: fn(String) -> ServerFnErrorErr) -> CallError {
        CallError::from_server_fn_error(kind(String::new()))
    }
}
