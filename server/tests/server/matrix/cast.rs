//! Everybody who is asked at every door: each role in scope and out of it, and those who may nothing any more.
use super::v2;
use crate::people::{grant, invited, machine, pool};
use crate::support::{Client, Server, Yard};
use serde_json::{Value, json};

/// Somebody, by a session or a token, and as a client of the original's API.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) client: Client,
    pub(super) original: Client,
}

/// The label and the stack of the container that is asked for.
pub(super) const LABELS: [&str; 2] = ["team=blue", "com.docker.compose.project=shop"];

/// Accounts beside the administrator's: what they are called in the table, their names, and what they were granted.
fn accounts() -> Vec<(&'static str, &'static str, Vec<Value>)> {
    let narrowed = |narrow: Value| json!({ "role": "operator", "pool": "here", "narrow": narrow });
    let label = |value: &str| narrowed(json!({ "label": { "key": "team", "value": value } }));
    let (here, elsewhere) = (Some("here"), Some("elsewhere"));
    vec![
        ("operator", "operator", vec![grant("operator", here)]),
        ("deployer", "deployer", vec![grant("deployer", here)]),
        ("viewer", "viewer", vec![grant("viewer", here)]),
        ("observer", "observer", vec![grant("observer", here)]),
        ("custom role", "starter", vec![grant("starter", here)]),
        ("admin of the pool", "local", vec![grant("admin", here)]),
        ("its label", "blue", vec![label("blue")]),
        ("its stack", "shop", vec![narrowed(json!({ "stack": "shop" }))]),
        ("auditor", "auditor", vec![grant("auditor", None)]),
        ("another label", "red", vec![label("red")]),
        ("another stack", "crm", vec![narrowed(json!({ "stack": "crm" }))]),
        ("operator elsewhere", "far", vec![grant("operator", elsewhere)]),
        ("deployer elsewhere", "far-deployer", vec![grant("deployer", elsewhere)]),
        ("viewer elsewhere", "far-viewer", vec![grant("viewer", elsewhere)]),
        ("observer elsewhere", "far-observer", vec![grant("observer", elsewhere)]),
        ("admin elsewhere", "far-admin", vec![grant("admin", elsewhere)]),
        ("no grant", "nothing", vec![]),
        ("disabled", "gone", vec![grant("admin", None)]),
    ]
}

/// All of them, on a server that was started once more meanwhile: a token ends in a day at the earliest, so its end is
/// written while no server runs.
pub(super) async fn assemble(yard: &Yard, server: Server, admin: &mut Client) -> (Server, Vec<Person>) {
    pool(admin, "here", "zone", "a").await;
    pool(admin, "elsewhere", "zone", "z").await;
    let role = json!({ "name": "starter", "meaning": "Starts and stops", "built_in": false,
        "permissions": ["fleet-view", "container-operate"] });
    let put = admin.call("role_put", &json!({ "role": role })).await;
    assert_eq!(put.status, 200, "{}", put.text);

    let mut people = Vec::new();
    let mut join = |name, client, original| people.push(Person { name, client, original });
    join("nobody", server.client(), server.client());
    let original = v2::as_original(&server, admin, Some("admin")).await;
    join("admin", admin.clone(), original);
    for (name, account, grants) in accounts() {
        let person = invited(&server, admin, account, &grants).await;
        let original = v2::as_original(&server, &person, Some(account)).await;
        join(name, person, original);
    }
    let mut last = String::new();
    for (name, grants) in [
        ("token of admin", vec![]),
        ("token, observer only", vec![grant("observer", None)]),
        ("token, elsewhere", vec![grant("operator", Some("elsewhere"))]),
        ("token that ended", vec![]),
    ] {
        let token = machine(&server, admin, &grants).await;
        let original = v2::as_original(&server, &token, None).await;
        last = token.headers.first().unwrap().1.clone();
        join(name, token, original);
    }
    let disabled = json!({ "name": "gone", "disabled": true });
    assert_eq!(admin.call("account_disable", &disabled).await.status, 200);

    server.kill();
    yard.end_token(last.split('_').nth(1).unwrap()).await;
    let server = yard.start();
    for person in &mut people {
        for client in [&mut person.client, &mut person.original] {
            client.address.clone_from(&server.address);
        }
    }
    admin.address.clone_from(&server.address);
    (server, people)
}
