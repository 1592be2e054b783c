//! Against receivers on loopback: what is sent, what is made of answers, and what is not reached.
use super::*;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const HERE: Allowed = Allowed {
    plain: false,
    private: true,
};

/// A receiver that answers each connection with this text; its port.
async fn receiver(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut seen = vec![0; 4096];
            let _ = socket.read(&mut seen).await.unwrap();
            let _ = socket.write_all(answer.as_bytes()).await;
            if answer.is_empty() {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
        }
    });
    port
}

async fn post_as(url: &str, allowed: Allowed) -> Result<Answer, PostError> {
    let message = Message {
        id: "a".to_owned(),
        timestamp: 1,
        signature: "v1,x".to_owned(),
        event: "container.stop".to_owned(),
        body: b"{}".to_vec(),
    };
    // Read as if all were allowed, so that what happens when it is looked up is what is tried.
    let all = Allowed {
        plain: allowed.plain,
        private: true,
    };
    let address = Address::parse(url, all).unwrap();
    Courier::new(allowed, Trust::default(), "Shipyard/test")
        .post(&address, message)
        .await
}

#[tokio::test]
async fn an_answer_is_its_status_and_first_line() {
    let port = receiver("HTTP/1.1 202 Accepted\r\ncontent-length: 12\r\n\r\nfine\x1b[31m\r\nmo").await;
    let answer = post_as(&format!("http://localhost:{port}/a?b"), HERE).await.unwrap();
    assert_eq!((answer.status, answer.line.as_str()), (202, "fine\u{fffd}[31m"));
    assert!(answer.is_taken());
}

#[tokio::test]
async fn who_is_too_busy_is_heard() {
    let port = receiver("HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n").await;
    let answer = post_as(&format!("http://127.0.0.1:{port}/"), HERE).await.unwrap();
    assert_eq!((answer.status, answer.retry_after), (429, Some(Duration::from_secs(7))));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_followed_nowhere() {
    let port = receiver("HTTP/1.1 307 Elsewhere\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
    let answer = post_as(&format!("http://127.0.0.1:{port}/"), HERE).await.unwrap();
    assert_eq!((answer.status, answer.is_taken()), (307, false));
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_connected_to() {
    let port = receiver("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    for host in ["localhost", "127.0.0.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"] {
        let plain = Allowed {
            plain: true,
            private: false,
        };
        let refused = post_as(&format!("http://{host}:{port}/"), plain).await;
        assert!(
            matches!(refused, Err(PostError::OffLimits | PostError::NameNotFound)),
            "{host}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told_apart() {
    let port = receiver("SSH-2.0-OpenSSH_9.9\r\n").await;
    let told = post_as(&format!("http://127.0.0.1:{port}/"), HERE).await;
    assert!(matches!(told, Err(PostError::Protocol(_))), "{told:?}");
    let told = post_as(&format!("https://127.0.0.1:{port}/"), HERE).await;
    assert!(matches!(told, Err(PostError::Tls(_))), "{told:?}");
    let told = post_as("http://127.0.0.1:1/", HERE).await;
    assert!(matches!(told, Err(PostError::NoConnection(_))), "{told:?}");
    let told = post_as("https://no-such-host.invalid/", HERE).await;
    assert!(matches!(told, Err(PostError::NameNotFound)), "{told:?}");
}

#[tokio::test]
async fn who_never_answers_is_not_waited_for() {
    let port = receiver("").await;
    let began = Instant::now();
    let told = post_as(&format!("http://127.0.0.1:{port}/"), HERE).await;
    assert!(matches!(told, Err(PostError::Late)), "{told:?}");
    assert!(began.elapsed() < WHOLE + Duration::from_secs(20));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 4096]).await;
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while socket.write_all(&[b'x'; 1024]).await.is_ok() {}
    });
    let answer = post_as(&format!("http://127.0.0.1:{port}/"), HERE).await.unwrap();
    assert_eq!((answer.status, answer.line.len()), (200, LINE));
}
