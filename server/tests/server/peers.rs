//! Public incidents of tools like ours, each replayed under its own name as far as it can apply to us.
mod doors;
mod scope;

use crate::incidents::{begin, deploy, draft};
use crate::people::{CHOSEN, grant, invited, machine, pool};
use crate::support::Yard;
use http::Method;
use serde_json::json;
use tokio::net::TcpListener;

/// Only `Binds` was looked at, not `Mounts` (CVE-2026-44850), nor what a volume's driver does (CVE-2026-44849).
#[tokio::test]
async fn portainer_2026_44849_44850_what_no_rule_knows_is_not_taken() {
    let (_server, mut admin) = begin().await;
    for unknown in [
        json!({ "Mounts": [{ "Type": "bind", "Source": "/", "Target": "/x" }] }),
        json!({ "mounts": [] }),
        json!({ "driver_opts": { "type": "none", "o": "bind", "device": "/" } }),
        json!({ "HostConfig": { "Privileged": true } }),
        json!({ "volumes": [{ "source": "x", "target": "/x", "read_only": false, "driver_opts": {} }] }),
    ] {
        assert_eq!(admin.call("deploy", &deploy(&unknown)).await.status, 400, "{unknown}");
    }
}

/// The session stood in the address and in every log on the way.
#[tokio::test]
async fn portainer_2026_44883_no_secret_in_an_address() {
    let (server, mut admin) = begin().await;
    assert_eq!(admin.get("/api/session?token=abc").await.status, 400);
    for page in ["/", "/settings", "/access", "/login"] {
        let text = admin.get(page).await.text;
        let cookie = admin.cookies.values().next().unwrap();
        assert!(!text.contains(cookie.as_str()) && !text.contains("token="), "{page}");
    }
    drop(server);
}

/// A request went to a remote machine before anybody looked who sent it (CVE-2026-23944), and addresses could be fetched
/// by anybody (CVE-2026-40242).
#[tokio::test]
async fn arcane_2026_23944_40242_who_may_not_causes_no_connection() {
    let (server, mut admin) = begin().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut viewer = invited(&server, &mut admin, "viewer", &[grant("operator", None)]).await;
    let arguments = json!({ "draft": draft(&address), "id": null });
    for (mut client, wanted) in [(server.client(), 401), (viewer.clone(), 403)] {
        assert_eq!(client.call("engine_try", &arguments).await.status, wanted);
        assert_eq!(
            client
                .call("engine_add", &json!({ "draft": draft(&address) }))
                .await
                .status,
            wanted
        );
    }
    viewer.call("local_socket", &json!({})).await;
    let quiet = tokio::time::timeout(std::time::Duration::from_millis(300), listener.accept()).await;
    assert!(quiet.is_err(), "somebody connected");
}

/// A picture was a page with a script (CVE-2026-45627).
#[tokio::test]
async fn arcane_2026_45627_every_answer_says_what_it_is() {
    let (_server, mut admin) = begin().await;
    for path in [
        "/",
        "/nowhere",
        "/assets/none.svg?color=%22onload=alert(1)",
        "/favicon.ico",
        "/api/nothing",
        "/healthz",
    ] {
        let answer = admin.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            answer.header("content-security-policy").contains("script-src 'self'"),
            "{path}"
        );
        assert!(!answer.text.contains("alert(1)"), "{path}");
    }
}

/// A key written with escapes passed a filter of text.
#[tokio::test]
async fn nextcloud_8458_escapes_hide_nothing() {
    let (server, mut admin) = begin().await;
    let mut deployer = invited(&server, &mut admin, "deployer", &[grant("deployer", None)]).await;
    let plain = deploy(&json!({ "privileged": true, "user": "1000", "memory": 67_108_864 })).to_string();
    let hidden = plain.replace("\"privileged\"", "\"\\u0070rivi\\u006ceged\"");
    assert_ne!(plain, hidden);
    let headers = [("content-type", "application/json"), ("accept", "application/json")];
    for body in [plain, hidden] {
        let answer = deployer.send(Method::POST, "/api/fn/deploy_plan", &headers, body).await;
        let codes: Vec<_> = answer.json()["problems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["code"].clone())
            .collect();
        assert!(codes.contains(&json!("policy.refused")), "{codes:?}");
    }
}

/// The judge saw no body, the daemon did (CVE-2024-41110, CVE-2026-34040).
#[tokio::test]
async fn moby_2024_41110_a_body_that_is_too_large_is_refused_whole() {
    let (_server, mut admin) = begin().await;
    let body = format!("{}{}", deploy(&json!({})), " ".repeat(2 << 20));
    let headers = [("content-type", "application/json"), ("accept", "application/json")];
    assert_eq!(
        admin.send(Method::POST, "/api/fn/deploy", &headers, body).await.status,
        413
    );
}

/// Tokens went on after their owner's access had ended (GHSA-c45c-39f6-6gw9, GHSA-9ghh-mmcq-8phc).
#[tokio::test]
async fn rancher_c45c_a_token_ends_with_its_owners_access() {
    let (server, mut admin) = begin().await;
    pool(&mut admin, "here", "zone", "a").await;
    let mut margot = invited(&server, &mut admin, "margot", &[grant("operator", Some("here"))]).await;
    let mut robot = machine(&server, &mut margot, &[]).await;
    assert!(
        !robot.get("/api/session").await.json()["may"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let nothing = json!({ "name": "margot", "grants": [] });
    assert_eq!(admin.call("account_grants", &nothing).await.status, 200);
    assert!(
        robot.get("/api/session").await.json()["may"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        admin.call("account_remove", &json!({ "name": "margot" })).await.status,
        200
    );
    assert_eq!(robot.get("/api/session").await.status, 401);
}

/// Attempts at a code were counted, to no effect (CVE-2026-27801).
#[tokio::test]
async fn vaultwarden_2026_27801_guesses_of_a_proof_are_slowed() {
    let (_server, mut admin) = begin().await;
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(admin.call("prove", &json!({ "proof": "wrong" })).await.status);
        if statuses.last() == Some(&429) {
            return;
        }
    }
    panic!("never slowed: {statuses:?}");
}

/// A key for one use was used twice at once (TS-2025-007).
#[tokio::test]
async fn tailscale_2025_007_a_link_opens_for_one() {
    let (server, mut admin) = begin().await;
    let made = admin
        .call("account_create", &json!({ "name": "margot", "grants": [] }))
        .await
        .json();
    let link = made["text"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let tries = (0..12).map(|_| {
        let (mut client, link) = (server.client(), link.clone());
        tokio::spawn(async move {
            client
                .form("/join", &[("link", &link), ("new", CHOSEN), ("repeat", CHOSEN)])
                .await
                .status
        })
    });
    let mut opened = 0;
    for one in tries.collect::<Vec<_>>() {
        opened += usize::from(one.await.unwrap() == 303);
    }
    assert_eq!(opened, 1);
}

/// Passwords could be reset over the network by anybody, for a while (CVE-2026-31881).
#[tokio::test]
async fn runtipi_2026_31881_a_password_is_reset_on_the_machine_alone() {
    let server = Yard::new().start();
    let mut stranger = server.client();
    for path in [
        "/reset-password",
        "/api/fn/reset_password",
        "/join",
        "/api/fn/account_link",
    ] {
        let answer = stranger
            .form(
                path,
                &[("name", "admin"), ("link", ""), ("new", CHOSEN), ("repeat", CHOSEN)],
            )
            .await;
        assert!(![200, 303].contains(&answer.status), "{path}: {}", answer.status);
    }
    assert_eq!(server.client().sign_in("admin", CHOSEN).await.status, 401);
}

/// A plain form that fails was answered with a redirect to wherever it came from, the error in the address.
#[tokio::test]
async fn leptos_form_fallback_no_answer_leads_away() {
    let (_server, mut admin) = begin().await;
    let headers = [
        ("content-type", "application/json"),
        ("accept", "text/html"),
        ("referer", "https://evil.example/"),
    ];
    let answer = admin
        .send(Method::POST, "/api/fn/access", &headers, "{}".to_owned())
        .await;
    assert_eq!((answer.status, answer.location()), (406, ""));
}
