//! People and machines of a server: invited, with what they were granted.
use crate::support::{Client, Server};
use serde_json::{Value, json};

/// The password that invited people choose.
pub(crate) const CHOSEN: &str = "seven gulls above the quay";

/// A grant as calls take it.
pub(crate) fn grant(role: &str, pool: Option<&str>) -> Value {
    json!({ "role": role, "pool": pool, "narrow": null })
}

/// An account that an administrator invites, signed in by its link.
pub(crate) async fn invited(server: &Server, admin: &mut Client, name: &str, grants: &[Value]) -> Client {
    let made = admin
        .call("account_create", &json!({ "name": name, "grants": grants }))
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    let link = made.json()["text"].as_str().unwrap().to_owned();
    let secret = link.split_once('#').unwrap().1.to_owned();
    let mut client = server.client();
    let joined = client
        .form("/join", &[("link", &secret), ("new", CHOSEN), ("repeat", CHOSEN)])
        .await;
    assert_eq!((joined.status, joined.location()), (303, "/"), "{}", joined.text);
    client
}

/// A machine with a token of the account.
pub(crate) async fn machine(server: &Server, owner: &mut Client, grants: &[Value]) -> Client {
    let new = json!({ "description": "test", "grants": grants, "days": 1 });
    let made = owner.call("token_create", &json!({ "new": new })).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let mut client = server.client();
    let bearer = format!("Bearer {}", made.json()["text"].as_str().unwrap());
    client.headers.push(("authorization", bearer));
    client
}

/// A pool of the engines with a label.
pub(crate) async fn pool(admin: &mut Client, name: &str, key: &str, value: &str) {
    let pool = json!({
        "name": name, "engines": [{ "key": key, "value": value }],
        "quota": { "cpus": null, "memory": null, "containers": null }, "profile": null,
    });
    let put = admin.call("pool_put", &json!({ "pool": pool })).await;
    assert_eq!(put.status, 200, "{}", put.text);
}
