//! An HTTP client that shows everything: no redirects followed, cookies in the open.
use futures_util::StreamExt;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

/// A browser of sorts.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: String,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Headers for every request.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The address of this machine that it comes from, where it is not left to the system.
    pub(crate) from: Option<&'static str>,
}

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The code of the problem that it holds.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        self.json()["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The shell's block for the app.
    pub(crate) fn boot(&self) -> serde_json::Value {
        let (_, rest) = self
            .text
            .split_once(r#"<script type="application/json" id="boot">"#)
            .expect(&self.text);
        serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
    }
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            cookies: BTreeMap::new(),
            headers: Vec::new(),
            from: None,
        }
    }

    async fn connect(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        if let Some(from) = self.from {
            socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        }
        socket.connect(self.address.parse().unwrap()).await.unwrap()
    }

    fn cookie(&self) -> String {
        self.cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.address);
        if !self.cookies.is_empty() {
            request = request.header("cookie", self.cookie());
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let stream = self.connect().await;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let response = sender
            .send_request(request.body(Full::new(bytes::Bytes::from(body))).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        for value in parts.headers.get_all("set-cookie") {
            let (name, rest) = value.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], String::new()).await
    }

    pub(crate) async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let origin = format!("http://{}", self.address);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", origin.as_str()),
        ];
        self.send(Method::POST, path, &headers, body).await
    }

    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.form("/login", &[("name", name), ("password", password), ("next", "/")])
            .await
    }

    pub(crate) async fn call(&mut self, name: &str, arguments: &impl Serialize) -> Answer {
        let body = serde_json::to_string(arguments).unwrap();
        let origin = format!("http://{}", self.address);
        // A page's script says where it comes from; a machine does not.
        let by_token = self.headers.iter().any(|(name, _)| *name == "authorization");
        let headers = [
            ("content-type", "application/json"),
            ("accept", "application/json"),
            ("origin", origin.as_str()),
        ];
        let headers = headers.get(..if by_token { 2 } else { 3 }).unwrap();
        self.send(Method::POST, &format!("/api/fn/{name}"), headers, body).await
    }

    /// Shows a token or session from now on.
    pub(crate) fn bearer(mut self, text: &str) -> Self {
        self.headers.retain(|(name, _)| *name != "authorization");
        self.headers.push(("authorization", format!("Bearer {text}")));
        self
    }

    /// A request of a program to `/api/v1`; `null` is no body.
    pub(crate) async fn api(&mut self, method: Method, path: &str, body: &serde_json::Value) -> Answer {
        self.api_with(method, path, &[], body).await
    }

    /// The same with more headers.
    pub(crate) async fn api_with(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &serde_json::Value,
    ) -> Answer {
        let mut headers = headers.to_vec();
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.send(method, &format!("/api/v1{path}"), &headers, body).await
    }

    /// Follows what `/api/v1` tells at an address (Server-Sent Events).
    pub(crate) async fn events(&self, path: &str) -> Events {
        self.flow(&format!("/api/v1{path}"), "text/event-stream").await
    }

    /// Begins to read what flows from an address, as this kind of text.
    pub(crate) async fn flow(&self, path: &str, accept: &str) -> Events {
        let mut request = Request::builder()
            .uri(path)
            .header("host", &self.address)
            .header("accept", accept);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let stream = self.connect().await;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let response = sender
            .send_request(request.body(Full::new(bytes::Bytes::new())).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), 200, "{path}");
        Events {
            body: response.into_body(),
            read: String::new(),
        }
    }

    /// Opens a socket as a page of `origin`.
    pub(crate) async fn socket_from(&self, path: &str, origin: Option<&str>) -> Result<Socket, (u16, String)> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        if !self.cookies.is_empty() {
            request.headers_mut().insert("cookie", self.cookie().parse().unwrap());
        }
        for (name, value) in &self.headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let stream = self.connect().await;
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(tungstenite::Error::Http(response)) => {
                let text = response
                    .body()
                    .as_ref()
                    .map(|body| String::from_utf8_lossy(body).into_owned());
                Err((response.status().as_u16(), text.unwrap_or_default()))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a socket as one of the server's own pages.
    pub(crate) async fn socket(&self, path: &str) -> Socket {
        let origin = format!("http://{}", self.address);
        self.socket_from(path, Some(&origin))
            .await
            .unwrap_or_else(|(status, text)| panic!("{status}: {text}"))
    }
}

/// An open socket.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn send(&mut self, text: &str) {
        use futures_util::SinkExt;
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        use futures_util::SinkExt;
        self.0.send(Message::binary(bytes.to_vec())).await.unwrap();
    }

    /// The next frame, text or bytes.
    pub(crate) async fn frame(&mut self) -> Message {
        loop {
            let frame = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await;
            match frame.expect("a frame within 10 s") {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(frame)) => return frame,
                other => panic!("no frame, but {other:?}"),
            }
        }
    }

    /// The next JSON frame.
    pub(crate) async fn next(&mut self) -> serde_json::Value {
        loop {
            match tokio::time::timeout(Duration::from_secs(10), self.0.next())
                .await
                .expect("a frame within 10 s")
            {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no frame, but {other:?}"),
            }
        }
    }

    /// The next frame for which `is` holds.
    pub(crate) async fn until(&mut self, is: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        loop {
            let frame = self.next().await;
            if is(&frame) {
                return frame;
            }
        }
    }

    /// Waits for the end; its code.
    pub(crate) async fn closed(&mut self, most: Duration) -> u16 {
        let end = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return u16::from(frame.code),
                    Some(Ok(_)) => {}
                    other => panic!("ended without a code: {other:?}"),
                }
            }
        };
        tokio::time::timeout(most, end).await.expect("the socket ends in time")
    }

    /// Waits until the server cuts the connection off.
    pub(crate) async fn cut_off(&mut self, most: Duration) {
        let end = async { while let Some(Ok(_)) = self.0.next().await {} };
        tokio::time::timeout(most, end)
            .await
            .expect("the socket is cut off in time");
    }
}

/// A stream of Server-Sent Events.
pub(crate) struct Events {
    body: hyper::body::Incoming,
    read: String,
}

impl Events {
    /// The next event: its name and data.
    pub(crate) async fn next(&mut self) -> (String, serde_json::Value) {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.map(|value| value.trim_start().to_owned())
                };
                let (name, data) = (field("event:"), field("data:"));
                self.read = rest.to_owned();
                if let (Some(name), Some(data)) = (name, data) {
                    return (name, serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let frame = tokio::time::timeout(Duration::from_secs(10), self.body.frame()).await;
            let frame = frame
                .expect("an event within 10 s")
                .expect("the stream goes on")
                .unwrap();
            self.read
                .push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }

    /// Reads on until it is cut off, which has to be within this time; how many bytes came before.
    pub(crate) async fn cut_off(&mut self, most: Duration) -> usize {
        let mut bytes = 0;
        let end = async {
            loop {
                match self.body.frame().await {
                    Some(Ok(frame)) => bytes += frame.data_ref().map_or(0, bytes::Bytes::len),
                    Some(Err(_)) => return,
                    None => panic!("it ended as if it were whole"),
                }
            }
        };
        tokio::time::timeout(most, end).await.expect("it is cut off in time");
        bytes
    }

    /// The next event of this name for which `is` holds.
    pub(crate) async fn until(&mut self, name: &str, is: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        loop {
            let (told, data) = self.next().await;
            if told == name && is(&data) {
                return data;
            }
        }
    }
}
