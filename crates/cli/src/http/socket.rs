//! A WebSocket to the server: the same connection as for anything else, the same certificate and the same credential, which
//! then speaks otherwise.
use super::{Ask, Http};
use crate::error::{Exit, Failure, Outcome};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// An open WebSocket.
pub type Socket = WebSocketStream<TokioIo<Upgraded>>;

impl Http {
    /// Opens a WebSocket.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or speaks none.
    pub async fn socket(&self, path: &str, credential: &str) -> Outcome<Socket> {
        let key = generate_key();
        // Without an origin: that is a page's to name, and a program shows its credential instead.
        let ask = Ask::get(path)
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", key.clone());
        let mut response = self.stream(&ask, Some(credential)).await?;
        let none = || {
            Failure::new(Exit::Unreachable, "The server does not open a WebSocket.")
                .hint("Is there something between that lets none through?")
        };
        if response.status() != http::StatusCode::SWITCHING_PROTOCOLS {
            self.body(response).await?;
            return Err(none());
        }
        let accepted = response.headers().get("sec-websocket-accept");
        if accepted.is_none_or(|shown| shown.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes()) {
            return Err(none());
        }
        let upgraded = hyper::upgrade::on(&mut response)
            .await
            .map_err(|e| none().because(&e))?;
        Ok(WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, None).await)
    }
}
