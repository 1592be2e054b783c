//! Accounts, roles, keys and events of the original.
use super::{NOTHING, Original, admin};
use crate::support::Yard;
use http::Method;
use serde_json::json;

#[tokio::test]
async fn accounts_roles_keys_and_events() {
    let server = Yard::new().start();
    let mut original = admin(&server).await;
    let roles = original.get("/api/roles").await.json();
    assert!(
        roles
            .as_array()
            .unwrap()
            .contains(&json!({ "id": "user", "name": "user" })),
        "{roles}"
    );
    assert_eq!(
        original.get("/api/roles/admin").await.json(),
        json!({ "id": "admin", "name": "admin" })
    );
    assert_eq!(original.get("/api/roles/none").await.status, 404);
    assert_eq!(
        original
            .send(Method::POST, "/api/roles", &json!({ "name": "empty" }))
            .await
            .status,
        204
    );
    assert_eq!(
        original
            .send(Method::DELETE, "/api/roles", &json!({ "id": "empty" }))
            .await
            .status,
        200
    );

    let first = "first of nine gulls";
    let bob = json!({ "username": "bob", "password": first, "role": { "id": "user", "name": "user" } });
    assert_eq!(original.send(Method::POST, "/api/accounts", &bob).await.status, 204);
    let accounts = original.get("/api/accounts").await;
    let row = json!({ "id": "bob", "username": "bob", "role": { "id": "user", "name": "user" } });
    assert!(accounts.json().as_array().unwrap().contains(&row), "{}", accounts.text);
    let mut as_bob = Original::new(&server);
    assert_eq!(as_bob.login("bob", first).await.status, 200);
    assert_eq!(
        as_bob.get("/api/containers").await.status,
        403,
        "a first password opens nothing but its change"
    );
    let own = json!({ "password": "second of nine gulls" });
    assert_eq!(
        as_bob.send(Method::POST, "/account/changepassword", &own).await.status,
        200
    );
    assert_eq!(as_bob.get("/api/containers").await.status, 200);
    let denied = as_bob.get("/api/accounts").await;
    assert_eq!((denied.status, denied.text.as_str()), (403, "access denied\n"));
    assert_eq!(
        original.send(Method::POST, "/api/accounts", &bob).await.status,
        204,
        "another first password"
    );
    assert_eq!(as_bob.get("/api/containers").await.status, 401);
    assert_eq!(
        original
            .send(Method::DELETE, "/api/accounts", &json!({ "username": "bob" }))
            .await
            .status,
        204
    );

    let made = original
        .send(Method::POST, "/api/servicekeys", &json!({ "description": "ci" }))
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    let key = made.json()["key"].as_str().unwrap().to_owned();
    let keys = original.get("/api/servicekeys").await;
    assert_eq!(keys.json()[0]["description"], "ci");
    assert!(!keys.text.contains(&key), "a list tells no secret");
    let mut ci = Original::new(&server);
    ci.header = Some(("x-service-key", key.clone()));
    assert_eq!(ci.get("/api/containers").await.status, 200);
    assert_eq!(
        ci.get("/api/accounts").await.status,
        200,
        "reading needs no fresh proof"
    );
    let stepped = ci
        .send(Method::DELETE, "/api/accounts", &json!({ "username": "none" }))
        .await;
    assert_eq!(
        stepped.status, 403,
        "what can hurt most is a person's: {}",
        stepped.text
    );
    assert_eq!(
        original
            .send(Method::DELETE, "/api/servicekeys", &json!({ "key": key }))
            .await
            .status,
        204
    );
    assert_eq!(ci.get("/api/containers").await.status, 401);

    let made = original
        .send(Method::POST, "/api/webhookkeys", &json!({ "image": "library/web" }))
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    let key = made.json()["key"].as_str().unwrap().to_owned();
    let rows = original.get("/api/webhookkeys").await;
    assert_eq!(rows.json()[0]["image"], "library/web");
    assert!(!rows.text.contains(&key), "a list tells no secret");
    assert_eq!(
        original.get(&format!("/api/webhookkeys/{key}")).await.json()["image"],
        "library/web"
    );
    let hook = json!({ "repository": { "repo_name": "library/web" }, "push_data": { "tag": "1" } });
    let knock = Original::new(&server)
        .send(Method::POST, &format!("/hub/webhook/{key}"), &hook)
        .await;
    assert_eq!(knock.status, 200, "{}", knock.text);
    let other = json!({ "repository": { "repo_name": "library/other" } });
    let knock = Original::new(&server)
        .send(Method::POST, &format!("/hub/webhook/{key}"), &other)
        .await;
    assert_eq!(knock.status, 404, "{}", knock.text);
    let path = format!("/api/webhookkeys/{key}");
    let removed = original.send(Method::DELETE, &path, &NOTHING).await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    let knock = Original::new(&server)
        .send(Method::POST, &format!("/hub/webhook/{key}"), &hook)
        .await;
    assert_eq!(knock.status, 404, "{}", knock.text);

    let events = original.get("/api/events?limit=3").await.json();
    assert_eq!(events.as_array().map(Vec::len), Some(3));
    let all = original.get("/api/events?limit=1000").await.json();
    let kinds: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    for kind in [
        "add-account",
        "delete-account",
        "add-service-key",
        "remove-service-key",
        "add-role",
        "delete-role",
        "add-webhook-key",
        "delete-webhook-key",
    ] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    let message = |kind: &str| {
        let found = all.as_array().unwrap().iter().find(|event| event["type"] == kind);
        found.unwrap()["message"].as_str().unwrap().to_owned()
    };
    assert!(message("remove-service-key").starts_with("description="));
    assert!(message("delete-webhook-key").starts_with("image="));
    assert!(all[0]["time"].as_str().unwrap().starts_with("20"), "{}", all[0]);
    let purge = original.send(Method::DELETE, "/api/events", &NOTHING).await;
    assert_eq!(purge.status, 403, "{}", purge.text);
    let body = original.send(Method::POST, "/api/roles", &json!({ "name": 5 })).await;
    assert_eq!(body.status, 422, "{}", body.text);
}
