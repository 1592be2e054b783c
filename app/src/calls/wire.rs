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
        let body = serde_json::to_string(&input).map_err(|_| client::not_understood());
        async move {
            let answer = client::post(path, body?).await?;
            crate::pure::json::read(&answer).map_err(|_| client::not_understood())
        }
    }
}

#[cfg(feature = "csr")]
mod client {
    use super::CallError;
    use crate::interop::browser;
    use crate::pure::json;
    use send_wrapper::SendWrapper;
    use server_fn::error::{FromServerFnError, ServerFnErrorErr};
    use std::pin::Pin;

    /// The answer's text, or the problem that the server answers with. A future in a box: one for all calls.
    pub(super) fn post(
        path: &str,
        body: String,
    ) -> Pin<Box<dyn Future<Output = Result<String, CallError>> + Send + '_>> {
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
