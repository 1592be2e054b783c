//! Affinity knows of what its asker may see, and of nothing else: no plan tells of another's container.
use crate::help::{Work, docker};
use crate::request;
use crate::scope::{grant, person};
use shipyard_model::access::{Quota, constraints};
use shipyard_model::deploy::{Affinity, Copies, Selector, SkipReason};
use shipyard_model::live::{View, ViewData};
use shipyard_model::{Narrow, Pool};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn affinity_tells_nothing_of_what_is_out_of_scope() {
    let work = Work::begin("yaffin-").await;
    let yard = &work.yard;
    let pool = Pool {
        name: "a".to_owned(),
        engines: constraints("zone in (a)").unwrap(),
        quota: Quota::default(),
        profile: None,
        policy: String::new(),
    };
    yard.pool_put(&work.admin, pool).await.unwrap();
    for (name, team) in [("yaffin-blue", "team=blue"), ("yaffin-red", "team=red")] {
        docker(
            1,
            &[
                "run",
                "-d",
                "--name",
                name,
                "--label",
                team,
                "busybox:lab",
                "sleep",
                "1000",
            ],
        );
        let view = View::Container {
            engine: "node1".to_owned(),
            name: name.to_owned(),
        };
        let shown = || matches!(yard.view(&work.admin, &view), Ok(ViewData::Container(Some(_))));
        for _ in 0..400 {
            if !shown() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        assert!(shown(), "{name}");
    }
    let label = Narrow::Label {
        key: "team".to_owned(),
        value: "blue".to_owned(),
    };
    let blue = person(&work, "affine", vec![grant("deployer", "a", Some(label))]).await;
    for (container, known) in [("yaffin-blue", true), ("yaffin-red", false), ("label=team=red", false)] {
        let mut wish = request("yaffin-web", &["zone=a"], 1);
        wish.copies = Copies::EachEngine;
        let containers = Selector::parse(container).unwrap();
        for (with, actor) in [(true, &blue), (false, &blue), (true, &work.admin), (false, &work.admin)] {
            let known = known || actor.account() == work.admin.account();
            wish.affinity = vec![Affinity {
                with,
                containers: containers.clone(),
            }];
            let plan = yard.deploy_plan(actor, wish.clone()).await.unwrap();
            let node1 = plan
                .engines
                .iter()
                .find(|engine| engine.name.as_str() == "node1")
                .unwrap();
            match (with, known) {
                (true, true) | (false, false) => assert_eq!(node1.skipped, None, "{container}"),
                (true, false) => assert!(matches!(node1.skipped, Some(SkipReason::NotWith { .. })), "{node1:?}"),
                (false, true) => assert!(matches!(node1.skipped, Some(SkipReason::With { .. })), "{node1:?}"),
            }
        }
    }
    work.done().await;
}
