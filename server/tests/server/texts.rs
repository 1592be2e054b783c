//! Deploys as text and templates of them, as programs and pages ask; and what cannot be deployed, each with its own sentence
//! beside its field, before anything happens.
use crate::support::{Yard, signed_in};
use http::Method;
use serde_json::{Value, json};

const NOTHING: Value = Value::Null;

#[tokio::test]
async fn the_three_views_of_a_deploy_say_the_same() {
    let server = Yard::new().start();
    let mut page = signed_in(&server).await;
    let line = "docker run -d --name web -p 8080:80 -e MODE=fast --memory 256m --env-file .env nginx:1.29";
    let read = page.call("text_read", &json!({ "asked": { "text": line } })).await;
    assert_eq!(read.status, 200, "{}", read.text);
    let read = read.json();
    assert_eq!(
        (&read["form"], &read["notes"][0]["code"]),
        (&json!("docker-run"), &json!("text.file"))
    );
    let mut request = read["request"].clone();
    request["copies"] = json!({ "total": 3 });
    let asked = json!({ "asked": { "form": "compose", "request": request } });
    let file = page.call("text_write", &asked).await.json();
    let text = file["text"].as_str().unwrap();
    assert!(
        text.contains("mem_limit: 256m") || text.contains("mem_limit: \"256m\""),
        "{text}"
    );
    assert!(text.contains("replicas: 3"), "{text}");
    let again = page
        .call("text_read", &json!({ "asked": { "text": text } }))
        .await
        .json();
    assert_eq!(again["request"], request);
    let asked = json!({ "asked": { "form": "docker-run", "request": request } });
    let line = page.call("text_write", &asked).await.json();
    assert_eq!(line["notes"][0]["args"]["option"], "copies", "{line}");
}

#[tokio::test]
async fn a_bad_text_is_told_by_its_place() {
    let server = Yard::new().start();
    let mut page = signed_in(&server).await;
    for (text, code, says) in [
        ("docker run --bogus nginx", "text.unknown-option", "--bogus"),
        (
            "services:\n  a: {image: nginx}\n  b: {image: redis}\n",
            "text.several-services",
            "a, b",
        ),
        (
            "services:\n  a:\n    image: nginx\n    environment:\n      A: b\n    restart: always\n    ports: [\"80:x\"]\n",
            "text.value-at",
            "Line 7",
        ),
        ("eyJ-", "text.link-damaged", "damaged"),
    ] {
        let refused = page.call("text_read", &json!({ "asked": { "text": text } })).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, code.to_owned()),
            "{}",
            refused.text
        );
        assert!(refused.text.contains(says), "{}", refused.text);
    }
}

#[tokio::test]
async fn what_cannot_be_deployed_is_said_beside_its_field() {
    let server = Yard::new().start();
    let mut page = signed_in(&server).await;
    for (field, code, change) in [
        ("image", "deploy.image-invalid", json!({ "image": "No Such" })),
        ("name", "deploy.name-invalid", json!({ "name": "-x" })),
        (
            "volumes",
            "deploy.volume-source-invalid",
            json!({ "volumes": [{ "source": "./data", "target": "/data", "read_only": false }] }),
        ),
        ("memory", "deploy.memory-too-little", json!({ "memory": 6_291_455 })),
    ] {
        let mut spec = json!({ "image": "busybox:lab" });
        spec.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let request = json!({ "spec": spec, "copies": { "total": 1 }, "target": "all", "strategy": "spread", "pull": "missing",
            "undo_on_failure": false });
        let plan = page.call("deploy_plan", &json!({ "request": request })).await.json();
        let problem = &plan["problems"][0];
        assert_eq!(
            (&problem["field"], &problem["code"]),
            (&json!(field), &json!(code)),
            "{plan}"
        );
        let refused = page.call("deploy", &json!({ "request": request })).await;
        assert_eq!(refused.code(), code, "{}", refused.text);
    }
    for (copies, code) in [(10_000, "deploy.too-many-copies"), (0, "deploy.no-copies")] {
        let request = json!({ "spec": { "image": "busybox:lab" }, "copies": { "total": copies }, "target": "all",
            "strategy": "spread", "pull": "missing", "undo_on_failure": false });
        let refused = page.call("deploy", &json!({ "request": request })).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, code.to_owned()),
            "{}",
            refused.text
        );
        assert_eq!(refused.json()["field"], "copies");
    }
}

#[tokio::test]
async fn templates_are_kept_filled_and_not_overwritten_unseen() {
    let server = Yard::new().start();
    let mut page = signed_in(&server).await;
    let request = json!({ "spec": { "image": "nginx:{{version}}", "env": [["PASSWORD", "secret"]] }, "copies": { "total": 2 },
        "target": "all", "strategy": "spread", "pull": "missing", "undo_on_failure": false });
    let mut template = json!({ "name": "web", "description": "Ours", "parameters": [{ "name": "version", "default": "1.29" }],
        "request": request });
    let bad = json!({ "template": { "name": "web", "request": request } });
    let refused = page.call("template_put", &bad).await;
    assert_eq!(refused.code(), "template.parameter-missing", "{}", refused.text);
    let kept = page.call("template_put", &json!({ "template": template })).await;
    assert_eq!(kept.status, 200, "{}", kept.text);

    let origin = format!("http://{}", page.address);
    let headers = [("origin", origin.as_str())];
    let shown = page.api(Method::GET, "/templates/web", &NOTHING).await;
    let tag = shown.header("etag").to_owned();
    assert_eq!(shown.json()["template"]["description"], "Ours", "{}", shown.text);
    template["description"] = json!("Theirs");
    let with_tag = [("origin", origin.as_str()), ("if-match", tag.as_str())];
    let changed = page.api_with(Method::PUT, "/templates/web", &with_tag, &template).await;
    assert_eq!(changed.status, 204, "{}", changed.text);
    let late = page.api_with(Method::PUT, "/templates/web", &with_tag, &template).await;
    assert_eq!((late.status, late.code()), (412, "changed-meanwhile".to_owned()));

    let filled = page
        .api_with(
            Method::POST,
            "/templates/web/fill",
            &headers,
            &json!({ "version": "1.30" }),
        )
        .await;
    assert_eq!(filled.json()["spec"]["image"], "nginx:1.30", "{}", filled.text);
    let all = page.call("templates", &json!({})).await.json();
    assert_eq!((all.as_array().unwrap().len(), &all[0]["by"]), (1, &json!("admin")));
    let gone = page.call("template_remove", &json!({ "name": "web" })).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    let none = page
        .call("template_fill", &json!({ "name": "web", "values": {} }))
        .await;
    assert_eq!(none.status, 404, "{}", none.text);
}
