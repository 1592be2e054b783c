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
        let answer = client::post(path, serde_json::to_string(&input).unwrap_or_default());
        async move { crate::pure::json::read(&answer.await?).map_err(|_| client::not_understood()) }
    }
}

#[cfg(feature = "csr")]
mod client {
    use super::CallError;
    use crate::pure::json;
    use send_wrapper::SendWrapper;
    use server_fn::error::{FromServerFnError, ServerFnErrorErr};
    use std::pin::Pin;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Headers, RequestInit, Response};

    /// The answer's text, or the problem that the server answers with.
    pub(super) fn post(path: &str, body: String) -> Pin<Box<dyn Future<Output = Result<String, CallError>> + Send>> {
        let path = path.to_owned();
        Box::pin(SendWrapper::new(async move {
            let (good, text) = ask(&path, &body).await.map_err(|_| unreachable())?;
            if good {
                Ok(text)
            } else {
                Err(json::read(&text).unwrap_or_else(|_| not_understood()))
            }
        }))
    }

    /// Whether the server did as it was asked, and what it says.
    async fn ask(path: &str, body: &str) -> Result<(bool, String), JsValue> {
        let headers = Headers::new()?;
        headers.set("Content-Type", "application/json")?;
        headers.set("Accept", "application/json")?;
        let options = RequestInit::new();
        options.set_method("POST");
        options.set_headers(&headers);
        options.set_body(&JsValue::from_str(body));
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let answer: Response = JsFuture::from(window.fetch_with_str_and_init(path, &options))
            .await?
            .dyn_into()?;
        let text = JsFuture::from(answer.text()?).await?;
        Ok((answer.ok(), text.as_string().unwrap_or_default()))
    }

    fn unreachable() -> CallError {
        CallError::from_server_fn_error(ServerFnErrorErr::Request(String::new()))
    }

    pub(super) fn not_understood() -> CallError {
        CallError::from_server_fn_error(ServerFnErrorErr::Deserialization(String::new()))
    }
}
