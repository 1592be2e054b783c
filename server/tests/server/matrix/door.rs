//! Doors that judge what is sent with them and not who sends it, and those that end the session of who asks: their part of
//! the matrix. What they judge is tested in `entry`, `api`, `v2`, `webhooks`, and `end2end/tests/passkeys.spec.ts`.
use super::cast::Person;
use crate::support::Client;
use futures_util::future::join_all;
use http::Method;
use serde_json::json;

/// A form as a page sends it.
const FORM: &str = "application/x-www-form-urlencoded";
/// What programs send.
const JSON: &str = "application/json";

/// A door: its pattern with the method, an address, the kind of the body and the body, which changes nothing: it is
/// incomplete, or of a secret that there is not.
type Door = (&'static str, &'static str, &'static str, String);

/// All of them but those that end a session.
fn doors() -> Vec<Door> {
    let differ = "current=x&new=a&repeat=b";
    vec![
        ("POST /login", "/login", FORM, String::new()),
        ("POST /login/code", "/login/code", FORM, "code=0".to_owned()),
        ("POST /login/passkey", "/login/passkey", JSON, "{}".to_owned()),
        (
            "POST /login/passkey/question",
            "/login/passkey/question",
            JSON,
            String::new(),
        ),
        ("POST /join", "/join", FORM, "link=none&new=a&repeat=b".to_owned()),
        ("POST /welcome", "/welcome", FORM, differ.to_owned()),
        ("POST /api/v1/session", "/api/v1/session", JSON, "{}".to_owned()),
        (
            "POST /api/v1/session/password",
            "/api/v1/session/password",
            JSON,
            "{}".to_owned(),
        ),
        (
            "POST /hub/webhook/{key}",
            "/hub/webhook/none",
            JSON,
            json!({ "repository": { "repo_name": "matrix-none" } }).to_string(),
        ),
        (
            "POST /hooks/{id}",
            "/hooks/none",
            JSON,
            json!({ "image": "matrix-none" }).to_string(),
        ),
    ]
}

/// Doors of the original's API, which only its own client knocks at.
fn originals() -> Vec<Door> {
    let empty = json!({ "password": "" }).to_string();
    vec![
        ("POST /auth/login", "/auth/login", JSON, "{}".to_owned()),
        ("POST /account/changepassword", "/account/changepassword", JSON, empty),
    ]
}

/// Names of all of them, as in the table.
pub(super) fn names() -> Vec<&'static str> {
    let named = doors().into_iter().chain(originals()).map(|(name, ..)| name);
    named.chain(["DELETE /api/v1/session", "POST /logout"]).collect()
}

async fn knock(client: &Client, (name, path, media, body): &Door) -> u16 {
    let method: Method = name.split(' ').next().unwrap().parse().unwrap();
    let origin = format!("http://{}", client.address);
    let mut headers = vec![("content-type", *media)];
    if !client.headers.iter().any(|(name, _)| *name == "authorization") {
        headers.push(("origin", &*origin));
    }
    client.clone().send(method, path, &headers, body.clone()).await.status
}

/// Rows of the table: a name, and a status for each person. The last two end everybody's sessions.
pub(super) async fn rows(people: &[Person]) -> Vec<(&'static str, Vec<u16>)> {
    let mut rows = Vec::new();
    for door in doors() {
        let asked = people.iter().map(|person| knock(&person.client, &door));
        rows.push((door.0, join_all(asked).await));
    }
    for door in originals() {
        let asked = people.iter().map(|person| knock(&person.original, &door));
        rows.push((door.0, join_all(asked).await));
    }
    // Each has two sessions: one is ended by the API, and the other by the page.
    let end = ("DELETE /api/v1/session", "/api/v1/session", JSON, String::new());
    let programs: Vec<_> = people.iter().map(as_program).collect();
    let asked = programs.iter().map(|program| knock(program, &end));
    rows.push((end.0, join_all(asked).await));
    let logout = ("POST /logout", "/logout", FORM, String::new());
    let asked = people.iter().map(|person| knock(&person.client, &logout));
    rows.push((logout.0, join_all(asked).await));
    rows
}

/// The same session or token as the original's client shows, as a program of today shows it.
fn as_program(person: &Person) -> Client {
    let mut client = person.original.clone();
    let shown = client.headers.pop().map(|(_, value)| value);
    match shown {
        Some(text) => client.bearer(text.rsplit(':').next().unwrap()),
        None => client,
    }
}
