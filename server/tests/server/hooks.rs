//! Hooks against a real receiver: signed, in order, tried again, never beyond what their maker may read, and nowhere that
//! nobody allowed.
mod verify;

use crate::lab::{Running, draft};
use crate::people::{CHOSEN, grant, invited, machine};
use crate::support::{Client, PASSWORD, Receiver, Server, Yard, signed_in};
use http::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const NOTHING: Value = Value::Null;

/// A server whose hooks may send to this machine.
fn start(yard: &Yard) -> Server {
    start_with(yard, &[])
}

fn start_with(yard: &Yard, arguments: &[&str]) -> Server {
    let all = [&["--listen", "127.0.0.1:0", "--webhook-allow-private"], arguments].concat();
    yard.start_with(&all, &[("SHIPYARD_LOG", "trace")])
}

async fn program(server: &Server, name: &str, password: &str) -> Client {
    let body = json!({ "name": name, "password": password });
    let opened = server.client().api(Method::POST, "/session", &body).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    server.client().bearer(opened.json()["session"].as_str().unwrap())
}

/// The administrator, after the first password was changed.
async fn admin(server: &Server) -> Client {
    signed_in(server).await;
    program(server, "admin", PASSWORD).await
}

fn new(url: &str, actions: &[&str]) -> Value {
    json!({ "name": "test", "url": url, "actions": actions })
}

/// A hook: its path and its secret.
async fn hook(client: &mut Client, url: &str, actions: &[&str]) -> (String, String) {
    let made = client.api(Method::POST, "/hooks", &new(url, actions)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = made.location().strip_prefix("/api/v1").unwrap().to_owned();
    (path, made.json()["secret"].as_str().unwrap().to_owned())
}

/// Something that is recorded, and sent to hooks for `role`.
async fn act(client: &mut Client, name: &str) {
    let role = json!({ "name": name, "meaning": "", "permissions": ["fleet-view"], "built_in": false });
    let put = client.api(Method::PUT, &format!("/roles/{name}"), &role).await;
    assert_eq!(put.status, 204, "{}", put.text);
}

async fn get(client: &mut Client, path: &str) -> Value {
    let answer = client.api(Method::GET, path, &NOTHING).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn deliveries(client: &mut Client, hook: &str) -> Vec<Value> {
    let list = get(client, &format!("{hook}/deliveries")).await;
    list["items"].as_array().unwrap().clone()
}

/// Waits for a state of what an address gives.
pub(crate) async fn until(client: &mut Client, path: &str, is: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let now = get(client, path).await;
        if is(&now) {
            return now;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{now}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_happens_is_sent_signed_in_order_and_again_until_it_is_taken() {
    let server = start(&Yard::new());
    let (mut client, receiver) = (admin(&server).await, Receiver::new().await);
    receiver.answer(&[500, 307]);
    let (path, secret) = hook(&mut client, &receiver.url("/in?token=1"), &["role"]).await;
    for name in ["one", "two", "three"] {
        act(&mut client, name).await;
    }
    let seen = receiver.until(5).await;
    let names: Vec<_> = seen
        .iter()
        .map(|seen| seen.json()["data"]["subject"]["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["one", "one", "one", "two", "three"]);
    for one in &seen {
        assert!(one.is_signed_with(&secret));
        assert_eq!(one.path, "/in?token=1", "no redirect is followed");
        assert_eq!(one.header("x-shipyard-event"), "role.save");
        let body = one.json();
        assert_eq!(body["type"], "role.save");
        assert_eq!(body["shipyard"], format!("http://{}", server.address));
        assert_eq!(body["data"]["actor"]["account"], "admin");
        assert!(body["data"]["phase"]["outcome"].is_object(), "{body}");
        assert!(body["timestamp"].as_str().unwrap().contains('T'));
        let now = shipyard_model::Millis::now().0 / 1000;
        let at: i64 = one.header("webhook-timestamp").parse().unwrap();
        assert!((now - 20..=now).contains(&at));
    }
    let ids: Vec<_> = seen.iter().map(|seen| seen.header("webhook-id")).collect();
    assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] != ids[3] && ids[3] != ids[4]);
    assert!(seen[3].seq() < seen[4].seq());
    until(&mut client, &format!("{path}/deliveries"), |list| {
        list["items"][0]["delivered"] == true
    })
    .await;
    let rows = deliveries(&mut client, &path).await;
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&row["attempt"], &row["status"], &row["delivered"], &row["next_try"]))
        .collect();
    let once = (&json!(1), &json!(204), &json!(true), &NOTHING);
    assert_eq!(told, [once, once, (&json!(3), &json!(204), &json!(true), &NOTHING)]);

    // Again, by hand, and a test; neither is in the way of the other.
    let id = rows[2]["id"].as_str().unwrap();
    let again = client
        .api(Method::POST, &format!("{path}/deliveries/{id}/again"), &NOTHING)
        .await;
    assert_eq!(
        (again.status, &again.json()["attempt"]),
        (200, &json!(4)),
        "{}",
        again.text
    );
    receiver.answer(&[418]);
    let test = client.api(Method::POST, &format!("{path}/test"), &NOTHING).await.json();
    assert_eq!((&test["status"], &test["said"]), (&json!(418), &json!("told so")));
    assert_eq!(
        (&test["error"]["code"], &test["next_try"]),
        (&json!("hook.status"), &NOTHING)
    );
    let seen = receiver.until(7).await;
    assert_eq!((seen[5].header("webhook-id"), &seen[5].body), (ids[0], &seen[0].body));
    assert_eq!(seen[6].json()["type"], "hook.test");

    // Another secret: both sign.
    let rotated = client.api(Method::POST, &format!("{path}/secret"), &NOTHING).await;
    let next = rotated.json()["secret"].as_str().unwrap().to_owned();
    assert!(next != secret && rotated.status == 201);
    act(&mut client, "four").await;
    let last = receiver.until(8).await.pop().unwrap();
    assert!(last.is_signed_with(&secret) && last.is_signed_with(&next));
    assert!(!last.is_signed_with(&format!("whsec_{}", "A".repeat(44))));

    let record = get(&mut client, "/activity?action=hook").await.to_string();
    for action in ["hook.create", "hook.rotate", "hook.test", "hook.again"] {
        assert!(record.contains(action), "{action}");
    }
    assert!(!record.contains("token=1"), "the address is told by its host alone");
}

#[tokio::test]
async fn a_receiver_that_was_not_there_is_sent_what_it_missed() {
    let server = start(&Yard::new());
    let mut client = admin(&server).await;
    let place = Receiver::place();
    let port = place.local_addr().unwrap().port();
    let (path, _) = hook(&mut client, &format!("http://localhost:{port}/"), &["role"]).await;
    act(&mut client, "one").await;
    let list = format!("{path}/deliveries");
    let row = until(&mut client, &list, |list| list["items"][0]["error"].is_object()).await;
    assert_eq!(row["items"][0]["error"]["code"], "hook.no-connection", "{row}");
    assert!(row["items"][0]["next_try"].is_i64(), "{row}");
    let receiver = Receiver::at(place, None);
    receiver.until(1).await;
    let row = until(&mut client, &list, |list| list["items"][0]["delivered"] == true).await;
    assert!(row["items"][0]["attempt"].as_u64().unwrap() > 1);
    assert_eq!(row["items"][0]["error"], NOTHING);
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_has_it() {
    let server = start(&Yard::new());
    let (mut client, receiver) = (admin(&server).await, Receiver::new().await);
    let (path, _) = hook(&mut client, &receiver.url("/"), &["role"]).await;
    receiver.answer(&[429]);
    act(&mut client, "one").await;
    let list = format!("{path}/deliveries");
    let row = until(&mut client, &list, |list| list["items"][0]["next_try"].is_i64()).await;
    let moment = |name: &str| row["items"][0][name].as_i64().unwrap();
    let waits = moment("next_try") - moment("at");
    assert!(
        (3000..5000).contains(&waits),
        "of itself it would wait a second at most: {waits}"
    );
    let row = until(&mut client, &list, |list| list["items"][0]["delivered"] == true).await;
    assert_eq!(row["items"][0]["attempt"], 2);
    assert!(row["items"][0]["at"].as_i64().unwrap() >= moment("next_try"));
}

#[tokio::test]
async fn a_kill_in_the_middle_loses_nothing() {
    let yard = Yard::new();
    let mut server = start(&yard);
    let (mut client, receiver) = (admin(&server).await, Receiver::new().await);
    hook(&mut client, &receiver.url("/"), &["role"]).await;
    let mut done = 0;
    for round in 0..5 {
        // The first is refused, so that the others wait behind it while the server is killed.
        receiver.answer(&[503]);
        for number in 0..4 {
            act(&mut client, &format!("r{round}-{number}")).await;
        }
        receiver.until(done + 1).await;
        server.kill();
        server = start(&yard);
        client.address = server.address.clone();
        receiver.until(done + 5).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        done = receiver.seen().len();
    }
    let mut names: Vec<_> = receiver
        .seen()
        .iter()
        .map(|seen| {
            let name = seen.json()["data"]["subject"]["name"].clone();
            (name.as_str().unwrap().to_owned(), seen.header("webhook-id").to_owned())
        })
        .collect();
    // One that was on its way when the server was killed may come twice, under the same id.
    names.dedup();
    let wanted: Vec<_> = (0..5)
        .flat_map(|round| (0..4).map(move |n| format!("r{round}-{n}")))
        .collect();
    assert_eq!(names.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), wanted);
}

#[tokio::test]
async fn a_hook_ends_with_what_its_maker_may() {
    let server = start(&Yard::new());
    let receiver = Receiver::new().await;
    let mut page = signed_in(&server).await;
    invited(&server, &mut page, "ann", &[grant("admin", None)]).await;
    let mut admin = program(&server, "admin", PASSWORD).await;
    let mut ann = program(&server, "ann", CHOSEN).await;
    let (path, _) = hook(&mut ann, &receiver.url("/"), &["role"]).await;
    act(&mut admin, "one").await;
    let first = receiver.until(1).await.pop().unwrap();

    let disabled = json!({ "disabled": true });
    let put = admin.api(Method::PUT, "/accounts/ann/disabled", &disabled).await;
    assert_eq!(put.status, 204, "{}", put.text);
    act(&mut admin, "two").await;
    let stopped = until(&mut admin, &path, |hook| hook["enabled"] == false).await;
    assert_eq!(stopped["stopped"]["code"], "hook.maker", "{stopped}");
    let id = first.header("webhook-id");
    let again = admin
        .api(Method::POST, &format!("{path}/deliveries/{id}/again"), &NOTHING)
        .await;
    assert_eq!((again.status, again.code()), (409, "hook.maker".to_owned()));
    assert_eq!(receiver.seen().len(), 1, "nothing more came");
    let record = get(&mut admin, "/activity?action=hook.stop").await;
    assert_eq!(
        record["items"][0]["result"]["problem"]["code"], "hook.maker",
        "{record}"
    );

    // Whoever saves it answers for it; what happened while it was off is not sent.
    let saved = admin
        .api(Method::PUT, &path, &new(&receiver.url("/saved"), &["role"]))
        .await;
    assert_eq!(
        (saved.status, &saved.json()["by"]),
        (200, &json!("admin")),
        "{}",
        saved.text
    );
    assert_eq!(saved.json()["stopped"], NOTHING);
    act(&mut admin, "three").await;
    let seen = receiver.until(2).await;
    assert_eq!(
        (seen[1].path.as_str(), &seen[1].json()["data"]["subject"]["name"]),
        ("/saved", &json!("three"))
    );

    // A role that reads no activity, or an account of the same name that is another one.
    let role = json!({ "name": "hooker", "meaning": "", "permissions": ["hook-manage"], "built_in": false });
    assert_eq!(admin.api(Method::PUT, "/roles/hooker", &role).await.status, 204);
    invited(&server, &mut page, "bob", &[grant("hooker", None)]).await;
    let mut bob = program(&server, "bob", CHOSEN).await;
    let refused = bob
        .api(Method::POST, "/hooks", &new("https://example.org/", &["*"]))
        .await;
    assert_eq!((refused.status, refused.code()), (403, "forbidden".to_owned()));
    assert_eq!(bob.api(Method::GET, "/hooks", &NOTHING).await.status, 200);
    let mut token = machine(&server, &mut page, &[]).await;
    assert_eq!(token.api(Method::GET, "/hooks", &NOTHING).await.status, 200);
    let refused = token
        .api(Method::POST, "/hooks", &new("https://example.org/", &["*"]))
        .await;
    assert_eq!((refused.status, refused.code()), (403, "step-up".to_owned()));
    let refused = token.api(Method::POST, &format!("{path}/secret"), &NOTHING).await;
    assert_eq!((refused.status, refused.code()), (403, "step-up".to_owned()));
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_allowed_it() {
    let server = Yard::new().start();
    let (mut client, receiver) = (admin(&server).await, Receiver::new().await);
    for (url, code) in [
        ("http://example.org/", "hook.address-plain"),
        ("https://ann:secret@example.org/", "hook.address-credentials"),
        ("https://127.0.0.1/", "hook.off-limits"),
        ("https://10.0.0.1/", "hook.off-limits"),
        ("https://[::ffff:192.168.0.1]/", "hook.off-limits"),
        ("https://169.254.169.254/latest/meta-data", "hook.off-limits"),
        ("gopher://example.org/", "hook.address"),
    ] {
        let refused = client.api(Method::POST, "/hooks", &new(url, &["*"])).await;
        assert_eq!((refused.status, refused.code()), (422, code.to_owned()), "{url}");
    }
    // Names, and numbers in other spellings, are judged by where they lead.
    for host in ["localhost", "2130706433", "0x7f.1", "0177.0.0.1"] {
        let (path, _) = hook(&mut client, &format!("https://{host}:{}/", receiver.port), &["*"]).await;
        let test = client.api(Method::POST, &format!("{path}/test"), &NOTHING).await.json();
        assert_eq!(test["delivered"], false, "{test}");
        let code = test["error"]["code"].as_str().unwrap();
        assert!(
            matches!(code, "hook.off-limits" | "hook.name-not-found"),
            "{host}: {test}"
        );
        assert_eq!(client.api(Method::DELETE, &path, &NOTHING).await.status, 204);
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn two_people_edit_a_hook_and_a_removed_one_is_gone() {
    let server = start(&Yard::new());
    let (mut client, receiver) = (admin(&server).await, Receiver::new().await);
    let (path, _) = hook(&mut client, &receiver.url("/"), &["role"]).await;
    let read = client.api(Method::GET, &path, &NOTHING).await;
    assert!(read.json().get("secret").is_none(), "{}", read.text);
    let tag = read.header("etag").to_owned();
    let stale = [("if-match", tag.as_str())];
    let change = new(&receiver.url("/"), &["deploy"]);
    assert_eq!(client.api_with(Method::PUT, &path, &stale, &change).await.status, 200);
    assert_eq!(client.api_with(Method::PUT, &path, &stale, &change).await.status, 412);
    assert_eq!(
        client.api_with(Method::DELETE, &path, &stale, &NOTHING).await.status,
        412
    );
    act(&mut client, "unasked").await;
    receiver.answer(&[410]);
    let (gone, _) = hook(&mut client, &receiver.url("/gone"), &["role"]).await;
    act(&mut client, "unwanted").await;
    let gone = until(&mut client, &gone, |hook| hook["enabled"] == false).await;
    assert_eq!(gone["stopped"]["code"], "hook.gone");
    assert_eq!(client.api(Method::DELETE, &path, &NOTHING).await.status, 204);
    assert_eq!(client.api(Method::GET, &path, &NOTHING).await.status, 404);
    assert_eq!(
        client
            .api(Method::GET, &format!("{path}/deliveries"), &NOTHING)
            .await
            .status,
        404
    );
    let seen = receiver.seen();
    assert_eq!(seen.len(), 1, "only what was asked for");
    assert_eq!(seen[0].path, "/gone");
}

#[tokio::test]
async fn what_docker_reports_is_sent_too() {
    let server = start(&Yard::new());
    let (mut client, receiver) = (admin(&server).await, Receiver::new().await);
    let added = client.api(Method::POST, "/engines", &draft(1, "node1")).await;
    assert_eq!(added.status, 201, "{}", added.text);
    until(&mut client, "/engines/node1", |engine| engine["health"] == "up").await;
    let (path, secret) = hook(&mut client, &receiver.url("/"), &["container"]).await;
    let _running = Running::new(1, "hook-dies", "sleep 1; exit 3");
    let began = Instant::now();
    let ended = loop {
        let of_ours = |seen: &&crate::support::Seen| seen.json()["data"]["subject"]["name"] == "hook-dies";
        let seen = receiver.seen();
        if let Some(end) = seen
            .iter()
            .filter(of_ours)
            .find(|seen| seen.json()["type"] == "container.die")
        {
            break end.clone();
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{} came", seen.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let body = ended.json();
    assert_eq!(body["data"]["subject"]["engine"], "node1", "{body}");
    assert_eq!(body["data"]["detail"], "exit code 3", "{body}");
    assert!(ended.is_signed_with(&secret) && ended.seq() == 0);
    until(&mut client, &format!("{path}/deliveries"), |list| {
        list["items"][0]["delivered"] == true
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_shown_once_and_is_nowhere_else() {
    use base64::Engine as _;
    let yard = Yard::new();
    let server = start(&yard);
    let (mut client, receiver) = (admin(&server).await, Receiver::new().await);
    let address = receiver.url("/path-needle?query-needle=1");
    let (path, secret) = hook(&mut client, &address, &["*"]).await;
    receiver.answer(&[500]);
    act(&mut client, "one").await;
    receiver.until(3).await;
    let rotated = client.api(Method::POST, &format!("{path}/secret"), &NOTHING).await;
    let next = rotated.json()["secret"].as_str().unwrap().to_owned();
    let mut answers = String::new();
    for path in [
        "/hooks",
        &path,
        &format!("{path}/deliveries"),
        "/activity",
        "/activity/export?format=jsonl",
    ] {
        answers += &client.api(Method::GET, path, &NOTHING).await.text;
    }
    let activity = client.api(Method::GET, "/activity", &NOTHING).await.text;
    drop(server);
    let (log, data) = (yard.log(), yard.bytes_below("data"));
    let holds = |bytes: &[u8], needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
    for text in [&secret, &next] {
        let text = text.strip_prefix("whsec_").unwrap();
        let raw = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        assert!(!answers.contains(text) && !log.contains(text));
        assert!(!holds(&data, text.as_bytes()) && !holds(&data, &raw));
    }
    for needle in ["path-needle", "query-needle"] {
        assert!(!log.contains(needle), "the log holds {needle}");
        assert!(!activity.contains(needle), "the activity holds {needle}");
        assert!(!holds(&data, needle.as_bytes()), "the data folder holds {needle}");
    }
    assert!(answers.contains("query-needle"), "who manages hooks sees where they go");
}
