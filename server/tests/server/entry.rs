//! Signing in, choosing a password, signing out.
use crate::support::{PASSWORD, Yard, signed_in};
use std::time::Duration;

#[tokio::test]
async fn the_whole_way_from_the_guides_password_to_the_app() {
    let yard = Yard::new();
    let server = yard.start();
    assert!(
        server.greeting.iter().any(|line| line.contains("password shipyard")),
        "{:?}",
        server.greeting
    );
    let mut client = server.client();

    let answer = client.get("/containers?state=running").await;
    assert_eq!(
        (answer.status, answer.location()),
        (303, "/login?next=%2Fcontainers%3Fstate%3Drunning")
    );
    let answer = client.get("/login").await;
    assert_eq!(answer.status, 200);
    for part in [
        "autocomplete=\"username\"",
        "autocomplete=\"current-password\"",
        "autofocus",
        "id=\"prefetch\"",
        "login-0123abcd.js",
    ] {
        assert!(answer.text.contains(part), "{part} in {}", answer.text);
    }
    let answer = client.sign_in("admin", "shipyard").await;
    assert_eq!((answer.status, answer.location()), (303, "/welcome"));

    // Until the password is changed nothing else opens.
    assert_eq!(client.get("/").await.location(), "/welcome");
    assert_eq!(client.get("/nowhere").await.location(), "/welcome");
    assert_eq!(
        client.call("local_socket", &serde_json::json!({})).await.code(),
        "must-change-password"
    );
    assert_eq!(client.get("/api/session").await.code(), "must-change-password");
    let origin = format!("http://{}", server.address);
    assert_eq!(
        client.socket_from("/socket/live", Some(&origin)).await.err().unwrap().0,
        403
    );

    // What is wrong with a new password is said on the page.
    for (current, new, repeat, words) in [
        ("wrong", PASSWORD, PASSWORD, "current password is wrong"),
        ("shipyard", PASSWORD, "another-lantern-12", "differ"),
        ("shipyard", "short", "short", "role=\"alert\""),
    ] {
        let answer = client
            .form("/welcome", &[("current", current), ("new", new), ("repeat", repeat)])
            .await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(answer.text.contains(words), "{words} in {}", answer.text);
        assert!(!answer.text.contains(PASSWORD));
    }
    let before = client.cookies.clone();
    let answer = client
        .form(
            "/welcome",
            &[("current", "shipyard"), ("new", PASSWORD), ("repeat", PASSWORD)],
        )
        .await;
    assert_eq!((answer.status, answer.location()), (303, "/"));
    assert_ne!(client.cookies, before, "the session goes on under a new id");
    let answer = client.get("/").await;
    assert_eq!(answer.status, 200);
    let boot = answer.boot();
    assert_eq!(boot["session"]["account"], "admin");
    assert_eq!(boot["first"]["view"], serde_json::json!({"fleet": {"group": "engine"}}));
    assert_eq!(boot["assets"]["wasm"], "/assets/app-0123abcd.wasm");
    assert_eq!(
        client.get("/login").await.location(),
        "/",
        "who is signed in needs no sign-in page"
    );

    // The old session id is void, and the old password too.
    let mut old = server.client();
    old.cookies = before;
    assert_eq!(old.get("/").await.location(), "/login");
    assert_eq!(server.client().sign_in("admin", "shipyard").await.status, 401);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_the_same() {
    let server = Yard::new().start();
    let known = server.client().sign_in("admin", "no such password").await;
    let unknown = server.client().sign_in("nobody", "no such password").await;
    assert_eq!((known.status, unknown.status), (401, 401));
    assert_eq!(known.text.replace("\"admin\"", "\"nobody\""), unknown.text);
    assert!(known.text.contains("role=\"alert\"") && !known.text.contains("no such password"));
}

#[tokio::test]
async fn failures_slow_sign_in_down() {
    let server = Yard::new().start();
    let mut client = server.client();
    for _ in 0..20 {
        let answer = client.sign_in("admin", "no such password").await;
        if answer.status == 429 {
            assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
            return;
        }
    }
    panic!("twenty failures and no wait");
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let yard = Yard::new();
    let server = yard.start();
    let answer = server.client().sign_in("admin", "shipyard").await;
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("shipyard="), "{cookie}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(
        !cookie.contains("Secure"),
        "over plain HTTP a Secure cookie would never come back"
    );
    drop(server);

    let yard = Yard::new();
    let arguments = ["--listen", "127.0.0.1:0", "--public-url", "https://yard.example"];
    let server = yard.start_with(&arguments, &[]);
    let port = port_of(&yard).await;
    assert_eq!(server.address, "yard.example");
    let mut client = crate::support::Client::new(&format!("127.0.0.1:{port}"));
    let answer = client.sign_in("admin", "shipyard").await;
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-shipyard=") && cookie.contains("Secure"),
        "{cookie}"
    );
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
    let answer = client.form("/logout", &[]).await;
    let removals: Vec<_> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|v| v.to_str().unwrap().to_owned())
        .collect();
    assert!(
        removals
            .iter()
            .any(|line| line.contains("Max-Age=0") && line.contains("Secure")),
        "{removals:?}"
    );
}

/// The port that a server chose, by its log: what it greets with is the public URL where there is one.
async fn port_of(yard: &Yard) -> String {
    loop {
        if let Some((_, rest)) = yard.log().split_once("address=127.0.0.1:") {
            return rest.chars().take_while(char::is_ascii_digit).collect();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let server = Yard::new().start();
    let mut client = signed_in(&server).await;
    let mut thief = client.clone();
    let mut socket = client.socket("/socket/live").await;
    assert!(socket.next().await["hello"].is_object());
    let answer = client.form("/logout", &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/login"));
    assert!(client.cookies.is_empty(), "the browser was told to forget the cookie");
    assert_eq!(
        thief.get("/").await.location(),
        "/login",
        "the id opens nothing any more"
    );
    assert_eq!(thief.get("/api/session").await.status, 401);
    assert_eq!(socket.closed(Duration::from_secs(5)).await, 4401);
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let server = Yard::new().start();
    let mut first = signed_in(&server).await;
    let mut second = server.client();
    assert_eq!(second.sign_in("ADMIN", PASSWORD).await.location(), "/");
    assert_eq!(second.get("/").await.status, 200);
    let mut socket = second.socket("/socket/live").await;
    assert!(socket.next().await["hello"].is_object());

    let fields = [
        ("current", PASSWORD),
        ("new", "another-lantern-of-the-quay"),
        ("repeat", "another-lantern-of-the-quay"),
    ];
    assert_eq!(first.form("/welcome", &fields).await.location(), "/");
    assert_eq!(first.get("/").await.status, 200, "the one that changed it goes on");
    assert_eq!(second.get("/").await.location(), "/login");
    assert_eq!(socket.closed(Duration::from_secs(5)).await, 4401);
}

#[tokio::test]
async fn a_supplied_password_need_not_be_changed() {
    let yard = Yard::new();
    std::fs::write(yard.path("password"), format!("{PASSWORD}\n")).unwrap();
    let file = yard.path("password");
    let server = yard.start_with(
        &[
            "--listen",
            "127.0.0.1:0",
            "--admin-password-file",
            file.to_str().unwrap(),
        ],
        &[],
    );
    assert!(
        !server.greeting.iter().any(|line| line.contains("password")),
        "{:?}",
        server.greeting
    );
    assert_eq!(server.client().sign_in("admin", PASSWORD).await.location(), "/");
    assert_eq!(server.client().sign_in("admin", "shipyard").await.status, 401);
}

#[tokio::test]
async fn beyond_loopback_the_first_password_is_random_and_printed_once() {
    let yard = Yard::new();
    let server = yard.start_with(&["--listen", "0.0.0.0:0"], &[]);
    let line = server
        .greeting
        .iter()
        .find(|line| line.contains("account admin"))
        .unwrap();
    let password = line
        .split("password ")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    assert!(password.len() >= 20 && password != "shipyard", "{password}");
    let mut client = crate::support::Client::new(&server.address.replace("0.0.0.0", "127.0.0.1"));
    assert_eq!(client.sign_in("admin", "shipyard").await.status, 401);
    assert_eq!(client.sign_in("admin", &password).await.location(), "/welcome");
    assert!(
        yard.log().contains("in the clear"),
        "plain HTTP on a network is warned of"
    );
    assert!(!yard.log().contains(&password), "the log has it not");
    drop(server);
    let server = yard.start_with(&["--listen", "0.0.0.0:0"], &[]);
    assert!(
        !server.greeting.iter().any(|line| line.contains("account admin")),
        "{:?}",
        server.greeting
    );
}

#[tokio::test]
async fn the_sign_in_page_speaks_the_readers_language() {
    let server = Yard::new().start();
    let mut client = server.client();
    client.headers.push(("accept-language", "fr-CH, en;q=0.5".into()));
    client.cookies.insert("shipyard_theme".into(), "dark".into());
    let answer = client.get("/login").await;
    assert!(
        answer.text.contains("<html lang=\"fr\" data-theme=\"dark\">") && answer.text.contains("Mot de passe"),
        "{}",
        answer.text
    );
    client.cookies.insert("shipyard_language".into(), "en".into());
    assert!(client.get("/login").await.text.contains("<html lang=\"en\""));
}

#[tokio::test]
async fn what_an_account_chose_holds_in_the_next_browser() {
    let yard = Yard::new();
    let server = yard.start();
    let mut client = signed_in(&server).await;
    let answer = client.get("/settings").await;
    assert!(answer.text.contains("lang=\"en\"") && answer.text.contains("data-theme=\"auto\""));
    for chosen in [
        serde_json::json!({ "language": "fr", "theme": null }),
        serde_json::json!({ "language": null, "theme": "dark" }),
    ] {
        let answer = client
            .call("preferences_put", &serde_json::json!({ "preferences": chosen }))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let other = serde_json::json!({ "preferences": { "language": "xx", "theme": null } });
    assert_eq!(client.call("preferences_put", &other).await.status, 400);

    let mut next = server.client();
    assert!(next.get("/login").await.text.contains("lang=\"en\""));
    assert_eq!(next.sign_in("admin", PASSWORD).await.status, 303);
    let answer = next.get("/settings").await;
    assert!(answer.text.contains("lang=\"fr\"") && answer.text.contains("data-theme=\"dark\""));
}
