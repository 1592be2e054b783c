//! What server_fn wants to send calls with, and [`Calls`](super::wire::Calls) never uses: the browser's half sends by
//! itself, and the server's half sends nothing. With it the server is built without the whole of the browser's API.
use super::CallError;
use bytes::Bytes;
use futures_util::sink::{Sink, drain};
use futures_util::stream::{Stream, empty};
use http::Method;
use server_fn::client::Client;
use server_fn::request::ClientReq;
use server_fn::response::ClientRes;
use shipyard_model::Problem;

/// A client that there is none of.
pub enum NoClient {}

type Made = Result<NoClient, CallError>;

fn none<T>() -> Result<T, CallError> {
    Err(CallError(Problem::internal()))
}

impl Client<CallError> for NoClient {
    type Request = Self;
    type Response = Self;

    async fn send(request: Self) -> Made {
        match request {}
    }

    async fn open_websocket(
        _: &str,
    ) -> Result<
        (
            impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static,
            impl Sink<Bytes> + Send + 'static,
        ),
        CallError,
    > {
        none().map(|()| (empty(), drain()))
    }

    fn spawn(_: impl Future<Output = ()> + Send + 'static) {}
}

impl ClientReq<CallError> for NoClient {
    type FormData = ();

    fn try_new_req_query(_: &str, _: &str, _: &str, _: &str, _: Method) -> Made {
        none()
    }

    fn try_new_req_text(_: &str, _: &str, _: &str, _: String, _: Method) -> Made {
        none()
    }

    fn try_new_req_bytes(_: &str, _: &str, _: &str, _: Bytes, _: Method) -> Made {
        none()
    }

    fn try_new_req_form_data(_: &str, _: &str, _: &str, (): (), _: Method) -> Made {
        none()
    }

    fn try_new_req_multipart(_: &str, _: &str, (): (), _: Method) -> Made {
        none()
    }

    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        _: Method,
    ) -> Made {
        none()
    }
}

impl ClientRes<CallError> for NoClient {
    async fn try_into_string(self) -> Result<String, CallError> {
        match self {}
    }

    async fn try_into_bytes(self) -> Result<Bytes, CallError> {
        match self {}
    }

    fn try_into_stream(self) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, CallError> {
        // There is no `self`, yet the opaque type must be named by some value.
        Ok(empty())
    }

    fn status(&self) -> u16 {
        match *self {}
    }

    fn status_text(&self) -> String {
        match *self {}
    }

    fn location(&self) -> String {
        match *self {}
    }

    fn has_redirect(&self) -> bool {
        match *self {}
    }
}
