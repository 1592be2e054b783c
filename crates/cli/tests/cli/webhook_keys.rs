//! Keys of webhooks, with the original's columns and messages.
use crate::support::{Person, Server, cells};

#[test]
fn webhook_keys_are_told_once_listed_and_removed() {
    let server = Server::start();
    let me = Person::admin(&server);
    assert_eq!(me.run(&["webhook-keys"]).ok(), "");
    let made = me.run(&["add-webhook-key", "-i", "acme/web"]);
    let key = made.out.strip_prefix("created key: ").unwrap().trim_end().to_owned();
    let address = format!("POST {}/hub/webhook/{key}", server.url);
    assert!(key.starts_with("shw_") && made.err.contains(&address), "{made:?}");
    let signed = me.run(&[
        "add-webhook-key",
        "--image",
        "acme/api",
        "--tag",
        "v*",
        "--signed",
        "-o",
        "json",
    ]);
    let signed = signed.json();
    assert_eq!(
        (signed["kind"].as_str(), signed["tag"].as_str()),
        (Some("generic"), Some("v*"))
    );
    let id = signed["id"].as_str().unwrap();
    assert_eq!(signed["path"], format!("/hooks/{id}"));

    let list = me.run(&["webhook-keys"]);
    assert_eq!(list.titles(), ["Image", "Key"]);
    let first = key.split('_').nth(1).unwrap();
    let line = list.out.lines().find(|line| line.starts_with("acme/web")).unwrap();
    assert_eq!(cells(line), ["acme/web", &format!("shw_{first}…")]);
    let shown = me.run(&["webhook-keys", "-o", "json"]).ok() + &me.run(&["webhook-keys", "-o", "wide"]).ok();
    for secret in [key.as_str(), signed["key"].as_str().unwrap()] {
        assert!(!shown.contains(secret.rsplit('_').next().unwrap()), "{shown}");
    }
    assert!(shown.contains("docker-hub") && shown.contains("generic"), "{shown}");

    assert_eq!(me.run(&["remove-webhook-key", &key]).ok(), format!("removed {first}\n"));
    let listed = format!("shw_{id}…");
    assert_eq!(me.run(&["remove-webhook-key", &listed]).ok(), format!("removed {id}\n"));
    assert_eq!(me.run(&["webhook-keys"]).ok(), "");
    assert_eq!(me.run(&["remove-webhook-key", id]).code, 5);
    let tagged = me.run(&["add-webhook-key", "-i", "acme/web:1"]);
    assert_eq!((tagged.code, tagged.out.as_str()), (1, ""), "an image has no tag here");
}
