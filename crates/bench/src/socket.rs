//! A page's live connection.
use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use shipyard_model::live::{ToBrowser, ToServer, View};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// The socket.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Opens one of the server's sockets in a session.
    pub(crate) async fn open(address: &str, path: &str, session: &str) -> Result<Self> {
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {session}").parse()?);
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (socket, _) = tokio_tungstenite::client_async(request, stream)
            .await
            .context("opening a socket")?;
        Ok(Self(socket))
    }

    /// The live one, following a view.
    pub(crate) async fn follow(address: &str, session: &str, view: View) -> Result<Self> {
        let mut socket = Self::open(address, "/socket/live", session).await?;
        let text = serde_json::to_string(&ToServer::Subscribe { sub: 1, view })?;
        socket.0.send(Message::text(text)).await?;
        Ok(socket)
    }

    /// The next message's text.
    pub(crate) async fn text(&mut self) -> Result<String> {
        loop {
            match self.0.next().await.context("the socket has ended")?? {
                Message::Text(text) => return Ok(text.as_str().to_owned()),
                Message::Close(_) => bail!("the socket was closed"),
                _ => {}
            }
        }
    }

    /// The next frame of the live one.
    pub(crate) async fn frame(&mut self) -> Result<ToBrowser> {
        Ok(serde_json::from_str(&self.text().await?)?)
    }
}
