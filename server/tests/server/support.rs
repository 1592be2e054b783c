//! A server process with a data folder of its own, and a client with a cookie jar.
mod client;
mod process;
mod receiver;

pub(crate) use client::{Answer, Client, Events, Socket};
pub(crate) use process::{Server, Yard};
pub(crate) use receiver::{Receiver, Seen};

use std::time::{Duration, Instant};

/// The password that the tests choose.
pub(crate) const PASSWORD: &str = "quay-lantern-ninety-gulls";

/// Asks until it is so, for twenty seconds: longer than anything takes that is right, on a busy machine too.
pub(crate) async fn eventually(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !so().await {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A signed-in client whose password was changed as the guide says.
pub(crate) async fn signed_in(server: &Server) -> Client {
    let mut client = server.client();
    let answer = client.sign_in("admin", "shipyard").await;
    assert_eq!((answer.status, answer.location()), (303, "/welcome"), "{}", answer.text);
    let answer = client
        .form(
            "/welcome",
            &[("current", "shipyard"), ("new", PASSWORD), ("repeat", PASSWORD)],
        )
        .await;
    assert_eq!((answer.status, answer.location()), (303, "/"), "{}", answer.text);
    client
}
