//! The way back in on the machine itself: `shipyard-server reset-password`.
use crate::support::{PASSWORD, Yard, signed_in};

fn reset(yard: &Yard, account: &str) -> (Option<i32>, String, String) {
    let output = yard.command().args(["reset-password", account]).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn a_new_password_opens_nothing_but_its_own_change() {
    let yard = Yard::new();
    let server = yard.start();
    let client = signed_in(&server).await;
    let (code, said, fault) = reset(&yard, "admin");
    assert_eq!(
        (code, said.as_str(), fault.lines().count()),
        (Some(78), "", 1),
        "while it runs: {fault}"
    );
    assert_eq!(client.clone().get("/").await.status, 200);
    server.kill();
    let (code, _, fault) = reset(&yard, "nobody");
    assert_eq!(code, Some(1));
    assert!(fault.contains("there is no account “nobody”"), "{fault}");

    let (code, said, fault) = reset(&yard, "ADMIN");
    assert_eq!(code, Some(0), "{fault}");
    let password = said.split_once(": ").unwrap().1.split("  ").next().unwrap().to_owned();
    assert_eq!(password.len(), 29, "{said}");
    let server = yard.start();
    let mut old = client.clone();
    old.address = server.address.clone();
    assert_eq!(old.get("/api/session").await.status, 401, "its sessions ended");
    assert_eq!(server.client().sign_in("admin", PASSWORD).await.status, 401);
    let mut client = server.client();
    let answer = client.sign_in("admin", &password).await;
    assert_eq!((answer.status, answer.location()), (303, "/welcome"), "{}", answer.text);
    assert_eq!(client.get("/api/session").await.status, 403);
    let files = yard.bytes_below("data");
    assert!(!files.windows(29).any(|part| part == password.as_bytes()) && !yard.log().contains(&password));
}
