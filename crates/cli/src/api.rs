//! A server as the commands see it: asked with the credential of a context, which it renews when a proof is asked for.
mod events;
mod open;

pub use events::Events;
pub use open::Globals;

use crate::ask::Asker;
use crate::config::Config;
use crate::error::{Exit, Failure, Outcome};
use crate::http::socket::Socket;
use crate::http::{self, Ask, Http};
use crate::keyring;
use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use shipyard_model::Millis;
use std::sync::{Mutex, PoisonError};

/// A server, and who one is there.
pub struct Api {
    /// The wire.
    pub http: Http,
    /// The context that it is, if it is one.
    pub context: Option<String>,
    /// Asks for passwords.
    pub asker: Asker,
    credential: Mutex<Option<String>>,
}

/// A page of a list.
#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    #[serde(default)]
    next: Option<String>,
}

/// What a sign-in or a proof gives.
#[derive(Deserialize)]
pub struct Begun {
    /// The session's text.
    pub session: String,
    /// The account's name.
    pub account: String,
    /// When it ends.
    pub expires: Millis,
    /// Whether nothing else opens before the password is changed.
    #[serde(default)]
    pub must_change_password: bool,
}

/// What the server says of a credential.
#[derive(Deserialize, serde::Serialize)]
pub struct Who {
    /// The account's name.
    pub account: String,
    /// `session` or `token`.
    pub via: String,
    /// What it may do.
    #[serde(default)]
    pub permissions: Vec<shipyard_model::Permission>,
    /// What it was given.
    #[serde(default)]
    pub grants: Vec<shipyard_model::Grant>,
    /// Until when the proof of who one is counts.
    #[serde(default)]
    pub proved_until: Option<Millis>,
}

impl Api {
    fn credential(&self) -> Option<String> {
        self.credential.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses this credential from now on, and keeps it in the context.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn adopt(&self, begun: &Begun) -> Outcome {
        *self.credential.lock().unwrap_or_else(PoisonError::into_inner) = Some(begun.session.clone());
        let Some(name) = &self.context else {
            return Ok(());
        };
        // Another process may have changed it meanwhile.
        let mut config = Config::load()?;
        let Some(context) = config.contexts.get_mut(name) else {
            return Ok(());
        };
        context.account = Some(begun.account.clone());
        if context.keyring {
            keyring::put(name, &context.url, &begun.session)?;
            context.credential = None;
        } else {
            context.credential = Some(begun.session.clone());
        }
        config.save()
    }

    /// Asks, and gives back the body. A proof of who one is that is asked for is given, and the same asked again.
    ///
    /// # Errors
    /// When nobody is signed in, the server cannot be reached, or it refuses.
    pub async fn ask(&self, ask: Ask) -> Outcome<Bytes> {
        let credential = self.credential().ok_or_else(signed_out)?;
        let response = self.http.send(&ask, Some(&credential)).await?;
        match self.http.body(response).await {
            Err(failure) if failure.code == "step-up" && credential.starts_with("shs_") && self.asker.can_prove() => {
                self.prove(&credential).await?;
                let response = self.http.send(&ask, self.credential().as_deref()).await?;
                self.http.body(response).await
            }
            told => told,
        }
    }

    /// Proves who one is, and takes the new session.
    async fn prove(&self, credential: &str) -> Outcome {
        let proof = self.asker.password("This asks for your password or a code again: ")?;
        let ask = Ask::new(Method::POST, "/api/v1/session/proof").body(&json!({ "proof": proof }));
        let response = self.http.send(&ask, Some(credential)).await?;
        let begun: Begun = http::read(&self.http.body(response).await?)?;
        self.adopt(&begun)
    }

    /// Asks without a credential, for a sign-in.
    ///
    /// # Errors
    /// When the server cannot be reached, or refuses.
    pub async fn ask_as_nobody(&self, ask: Ask) -> Outcome<Bytes> {
        let response = self.http.send(&ask, None).await?;
        self.http.body(response).await
    }

    /// Asks for a value.
    ///
    /// # Errors
    /// When it is not given.
    pub async fn value<T: DeserializeOwned>(&self, ask: Ask) -> Outcome<T> {
        http::read(&self.ask(ask).await?)
    }

    /// Asks for what is at a path.
    ///
    /// # Errors
    /// When it is not given.
    pub async fn get<T: DeserializeOwned>(&self, path: impl Into<String>) -> Outcome<T> {
        self.value(Ask::get(path)).await
    }

    /// Asks for what is at a path, with the mark (`ETag`) by which the server sees later whether it was changed since.
    ///
    /// # Errors
    /// When it is not given.
    pub async fn marked<T: DeserializeOwned>(&self, path: &str) -> Outcome<(T, Option<String>)> {
        let credential = self.credential().ok_or_else(signed_out)?;
        let response = self.http.send(&Ask::get(path), Some(&credential)).await?;
        let mark = response.headers().get(hyper::header::ETAG);
        let mark = mark.and_then(|mark| mark.to_str().ok()).map(str::to_owned);
        Ok((http::read(&self.http.body(response).await?)?, mark))
    }

    /// Asks for something to be done.
    ///
    /// # Errors
    /// When it is not.
    pub async fn act(
        &self,
        method: Method,
        path: impl Into<String>,
        body: Option<&serde_json::Value>,
    ) -> Outcome<Bytes> {
        let mut ask = Ask::new(method, path);
        ask.body = body.map(ToString::to_string);
        self.ask(ask).await
    }

    /// Puts something in the place of what was read under a mark ([`Api::marked`]), unless somebody changed it since.
    ///
    /// # Errors
    /// When it is not put there.
    pub async fn replace(
        &self,
        path: impl Into<String>,
        body: &serde_json::Value,
        mark: Option<String>,
    ) -> Outcome<Bytes> {
        let ask = Ask::new(Method::PUT, path).body(body);
        self.ask(match mark {
            Some(mark) => ask.header("if-match", mark),
            None => ask,
        })
        .await
    }

    /// Asks for something to be made; asked twice because the connection broke, it is made once.
    ///
    /// # Errors
    /// When it is not made.
    pub async fn make<T: DeserializeOwned>(&self, path: &str, body: &serde_json::Value) -> Outcome<T> {
        let ask = Ask::new(Method::POST, path)
            .body(body)
            .header("idempotency-key", random());
        match self.ask(ask.clone()).await {
            Err(failure)
                if failure.exit == Exit::Unreachable && failure.sentence.starts_with("The connection broke") =>
            {
                self.value(ask).await
            }
            told => http::read(&told?),
        }
    }

    /// All items of a list, at most `most`, page by page.
    ///
    /// # Errors
    /// When a page is not given.
    pub async fn all<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)], most: usize) -> Outcome<Vec<T>> {
        let mut items: Vec<T> = Vec::new();
        let mut cursor = String::new();
        loop {
            let limit = most.saturating_sub(items.len()).clamp(1, 500).to_string();
            let more = [("limit", limit), ("cursor", cursor)];
            let pairs = query.iter().cloned().chain(more);
            let page: Page<T> = self.get(format!("{path}{}", http::query(pairs))).await?;
            let empty = page.items.is_empty();
            items.extend(page.items);
            match page.next {
                // A page may be empty where what is looked for is rare; a cursor that does not move would never end.
                Some(next) if items.len() < most && !(empty && next.is_empty()) => cursor = next,
                _ => break,
            }
        }
        items.truncate(most);
        Ok(items)
    }

    /// Opens a WebSocket.
    ///
    /// # Errors
    /// When the server does not let one.
    pub async fn socket(&self, path: &str) -> Outcome<Socket> {
        let credential = self.credential().ok_or_else(signed_out)?;
        self.http.socket(path, &credential).await
    }

    /// Follows what is at a path.
    ///
    /// # Errors
    /// When the server does not let one.
    pub async fn follow(&self, path: &str) -> Outcome<Events> {
        let credential = self.credential().ok_or_else(signed_out)?;
        let ask = Ask::get(path).header("accept", "text/event-stream");
        let response = self.http.stream(&ask, Some(&credential)).await?;
        if response.status().is_success() {
            return Ok(Events::new(response.into_body()));
        }
        self.http.body(response).await?;
        Err(Failure::failed("The server answered what nobody asked for."))
    }
}

/// Nobody is signed in.
pub fn signed_out() -> Failure {
    Failure::new(Exit::SignedOut, "You are not signed in.").hint("Sign in: shipyard login")
}

/// A key that nobody used before.
fn random() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness it is a key like any other, and the server compares the body too.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
