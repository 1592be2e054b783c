//! Changes of containers on real engines: what differs, in place or anew, all copies or none, and back.
use crate::help::{Work, docker};
use crate::roll::{codes, request, rows};
use crate::scope::pool;
use shipyard_model::access::Quota;
use shipyard_model::change::{ChangeRequest, ChangeTo, HIDDEN_VALUE, How};
use shipyard_model::deploy::{ContainerSpec, Copies, HealthcheckSpec, PullPolicy, RestartPolicy};
use shipyard_model::operation::TargetState;
use shipyard_model::{Bytes, ContainerRef, Cpus};

/// Containers of one deploy that sleep, on these engines; their places in the order of the engines.
async fn deployed(work: &Work, name: &str, on: &[&str], edit: impl FnOnce(&mut ContainerSpec)) -> Vec<ContainerRef> {
    let mut deploy = request("busybox:lab", name, on);
    deploy.pull = PullPolicy::Never;
    deploy.spec.command = vec!["sleep".to_owned(), "1000".to_owned()];
    deploy.spec.stop_timeout = Some(1);
    edit(&mut deploy.spec);
    let id = work.yard.deploy(&work.admin, deploy).await.unwrap();
    let ended = work.end(&id).await;
    assert!(codes(&ended).iter().all(|code| code == "done"), "{ended:?}");
    let mut rows = rows(work, name, on.len()).await;
    rows.sort_by(|a, b| a.engine.cmp(&b.engine));
    rows.into_iter().map(|row| row.at).collect()
}

/// The container's own specification with something else.
async fn edited(work: &Work, at: &ContainerRef, edit: impl FnOnce(&mut ContainerSpec)) -> ChangeRequest {
    let mut spec = work.yard.container_spec(&work.admin, at, false).await.unwrap().spec;
    edit(&mut spec);
    ChangeRequest {
        to: ChangeTo::Spec(Box::new(spec)),
        ..ChangeRequest::default()
    }
}

fn inspect(node: u8, name: &str, format: &str) -> String {
    docker(node, &["inspect", "-f", format, name]).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_told_made_and_taken_back() {
    let work = Work::begin("change-edit").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let at = deployed(&work, "change-edit", &["node1"], |_| {}).await.remove(0);
    let shown = yard.container_spec(admin, &at, false).await.unwrap();
    assert_eq!(shown.spec.env, [("GREETING".to_owned(), HIDDEN_VALUE.to_owned())]);
    assert_eq!((shown.hidden, shown.copies), (true, 1));
    let told = yard.container_spec(admin, &at, true).await.unwrap();
    assert_eq!(told.spec.env[0].1, "a=b");

    let to = edited(&work, &at, |spec| {
        spec.env.push(("MORE".to_owned(), "1".to_owned()));
        spec.user = "1000".to_owned();
    })
    .await;
    let plan = yard.change_plan(admin, &at, to.clone()).await.unwrap();
    let one = &plan.containers[0];
    let fields: Vec<_> = one.fields.iter().map(|it| (&*it.field, &*it.item)).collect();
    assert_eq!(fields, [("env", "MORE"), ("user", "")], "{plan:?}");
    assert_eq!((one.how, one.away_ms), (How::Recreate, 2000));
    assert!(plan.problems.is_empty());

    let id = yard.change(admin, &at, to).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(codes(&ended), ["done"]);
    let new = ended.targets[0].container.clone().unwrap();
    assert_ne!(new, at);
    let state = inspect(1, "change-edit", "{{.Config.User}} {{.State.Running}} {{.Config.Env}}");
    assert!(
        state.starts_with("1000 true") && state.contains("GREETING=a=b") && state.contains("MORE=1"),
        "{state}"
    );

    rows(&work, "change-edit", 1).await;
    let history = yard.history(admin, &new).await.unwrap();
    let told: Vec<_> = history.iter().map(|it| (it.number, &*it.what, &*it.actor)).collect();
    assert_eq!(told, [(2, "change", "admin"), (1, "deploy", "admin")]);
    assert_eq!(history[0].changes.len(), 2);
    assert_eq!(yard.history_diff(admin, &new, 1, 2).await.unwrap().len(), 2);

    let id = yard.operation_roll_back(admin, &id).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(codes(&ended), ["done"]);
    let state = inspect(1, "change-edit", "{{.Config.User}} {{.Config.Env}}");
    assert!(!state.contains("MORE") && state.contains("GREETING=a=b"), "{state}");
    let back = ended.targets[0].container.clone().unwrap();
    rows(&work, "change-edit", 1).await;
    let forth = ChangeRequest {
        to: ChangeTo::Former(2),
        ..ChangeRequest::default()
    };
    let id = yard.change(admin, &back, forth).await.unwrap();
    assert_eq!(codes(&work.end(&id).await), ["done"]);
    assert_eq!(inspect(1, "change-edit", "{{.Config.User}}"), "1000");
    work.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_changed_while_it_runs() {
    let work = Work::begin("change-place").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let at = deployed(&work, "change-place", &["node2"], |spec| spec.memory = Bytes::mib(32))
        .await
        .remove(0);
    let to = edited(&work, &at, |spec| {
        spec.memory = Bytes::mib(48);
        spec.restart = RestartPolicy::UnlessStopped;
    })
    .await;
    let plan = yard.change_plan(admin, &at, to.clone()).await.unwrap();
    assert_eq!((plan.containers[0].how, plan.containers[0].away_ms), (How::InPlace, 0));
    let id = yard.change(admin, &at, to).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(codes(&ended), ["done"]);
    assert_eq!(ended.targets[0].container.as_ref(), Some(&at), "it is the same one");
    let format = "{{.Id}} {{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}";
    assert_eq!(
        inspect(2, "change-place", format),
        format!("{} {} unless-stopped", at.id, 48 << 20)
    );
    let row = rows(&work, "change-place", 1).await.remove(0);
    assert_eq!(row.reserved.memory, Bytes::mib(48), "the limit is what it reserves");

    let far_too_much = edited(&work, &at, |spec| spec.memory = Bytes::mib(1 << 30)).await;
    let plan = yard.change_plan(admin, &at, far_too_much.clone()).await.unwrap();
    let told: Vec<_> = plan
        .problems
        .iter()
        .map(|it| (&*it.code, it.field.as_deref()))
        .collect();
    assert_eq!(told, [("change.no-room", Some("memory"))]);
    let refused = yard.change(admin, &at, far_too_much).await.unwrap_err();
    assert_eq!(refused.code, "change.no-room");
    work.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_once_stay_within_the_quota_together() {
    let work = Work::alone("change-once").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let milli = |count: u64| Cpus::from_nanos(count * 1_000_000);
    let mut deploy = request("busybox:lab", "change-once", &["node1"]);
    deploy.pull = PullPolicy::Never;
    deploy.copies = Copies::Total(8);
    deploy.spec.command = vec!["sleep".to_owned(), "1000".to_owned()];
    deploy.spec.stop_timeout = Some(1);
    deploy.spec.cpus = milli(50);
    let id = yard.deploy(admin, deploy).await.unwrap();
    assert_eq!(work.end(&id).await.counts().0, 8);
    let shown = rows(&work, "change-once", 8).await;
    let reserved = |milli: u64| Quota {
        cpus: Some(Cpus::from_nanos(milli * 1_000_000)),
        ..Quota::default()
    };
    // Others of the lab may be in the pool: what is free for these is asked of the yard itself.
    let others = yard.engine_find(admin, "node1").unwrap().reserved.cpus.nanos() / 1_000_000 - 400;
    pool(&work, "small", "zone=a", reserved(others + 600)).await;
    let changes = shown.iter().map(|row| {
        let work = &work;
        async move {
            let to = edited(work, &row.at, |spec| spec.cpus = milli(150)).await;
            work.yard.change(&work.admin, &row.at, to).await
        }
    });
    let done = futures_util::future::join_all(changes).await;
    let refused: Vec<_> = done.iter().filter_map(|one| one.as_ref().err()).collect();
    assert!(refused.iter().all(|why| why.code == "pool.quota-cpus"), "{refused:?}");
    assert_eq!(refused.len(), 6, "{refused:?}");
    for id in done.into_iter().flatten() {
        assert_eq!(codes(&work.end(&id).await), ["done"]);
    }
    work.done().await;
}

/// What one engine says of a container is neither what a copy on another becomes, beyond baseline, nor what one there was.
#[tokio::test(flavor = "multi_thread")]
async fn one_engines_word_is_taken_for_nothing_on_another() {
    let work = Work::begin("change-word").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let at = deployed(&work, "change-word", &["node1", "node2"], |_| {})
        .await
        .remove(0);
    let mut to = edited(&work, &at, |spec| spec.pid_mode = "host".to_owned()).await;
    to.copies = true;
    let told = yard.change(admin, &at, to.clone()).await.unwrap_err();
    assert_eq!(told.code, "change.beyond-baseline", "{told}");
    to.copies = false;
    let id = yard.change(admin, &at, to).await.unwrap();
    assert_eq!(codes(&work.end(&id).await), ["done"]);

    let name = rows(&work, "change-word", 2)
        .await
        .into_iter()
        .find(|row| row.engine.as_str() == "node1");
    let name = name.unwrap().name;
    let deploy = inspect(1, &name, "{{index .Config.Labels \"shipyard.deploy\"}}");
    let label = format!("shipyard.deploy={deploy}");
    docker(
        3,
        &[
            "run",
            "-d",
            "--name",
            &name,
            "--label",
            &label,
            "busybox:lab",
            "sleep",
            "1000",
        ],
    );
    let all = rows(&work, "change-word", 3).await;
    let on = |node: &str| all.iter().find(|row| row.engine.as_str() == node).unwrap().at.clone();
    assert_eq!(yard.history(admin, &on("node1")).await.unwrap().len(), 2);
    assert_eq!(yard.history(admin, &on("node3")).await.unwrap(), []);
    work.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_not_well_is_put_back() {
    let work = Work::begin("change-sick").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let at = deployed(&work, "change-sick", &["node1"], |_| {}).await.remove(0);
    let to = edited(&work, &at, |spec| {
        spec.healthcheck = Some(HealthcheckSpec {
            test: vec!["CMD".to_owned(), "false".to_owned()],
            interval_ms: 200,
            retries: 1,
            ..HealthcheckSpec::default()
        });
    })
    .await;
    let id = yard.change(admin, &at, to).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(codes(&ended), ["roll.put-back"]);
    assert_eq!(ended.targets[0].container.as_ref(), Some(&at));
    assert_eq!(
        inspect(1, "change-sick", "{{.Id}} {{.State.Running}}"),
        format!("{} true", at.id)
    );
    assert_eq!(
        docker(1, &["ps", "-aq", "--filter", "name=change-sick"])
            .lines()
            .count(),
        1
    );
    work.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_failure_ends_it_and_what_was_changed_is_taken_back() {
    const IMAGE: &str = "change-only-here:lab";
    let work = Work::begin("change-roll").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let all = deployed(&work, "change-roll", &["node1", "node2", "node3"], |_| {}).await;
    docker(1, &["tag", "busybox:lab", IMAGE]);
    let first = all[0].clone();
    let mut to = edited(&work, &first, |spec| spec.image = IMAGE.to_owned()).await;
    (to.copies, to.pull) = (true, PullPolicy::Never);
    let id = yard.change(admin, &first, to.clone()).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(codes(&ended), ["done", "deploy.image-missing", "Cancelled"]);
    assert_eq!(
        rows(&work, "change-roll", 3)
            .await
            .iter()
            .filter(|row| all.contains(&row.at))
            .count(),
        2,
        "the others are as they were"
    );
    let id = yard.operation_roll_back(admin, &id).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(codes(&ended), ["done"]);
    let first = ended.targets[0].container.clone().unwrap();
    assert_eq!(inspect(1, first.id.as_str(), "{{.Config.Image}}"), "busybox:lab");

    rows(&work, "change-roll", 3).await;
    to.roll_back_on_failure = true;
    let id = yard.change(admin, &first, to).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(codes(&ended), ["Undone", "deploy.image-missing", "Cancelled"]);
    assert!(matches!(ended.targets[0].state, TargetState::Undone));
    let back = ended.targets[0].container.clone().unwrap();
    assert_eq!(inspect(1, back.id.as_str(), "{{.Config.Image}}"), "busybox:lab");
    docker(1, &["rmi", IMAGE]);
    work.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_on_it_is_made_anew_with_it() {
    let work = Work::begin("change-on").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let run = |name: &str, more: &[&str]| {
        let usual = ["run", "-d", "--stop-timeout", "1", "--name", name];
        docker(3, &[&usual, more, &["busybox:lab", "sleep", "1000"]].concat());
    };
    run("change-on-ground", &[]);
    run("change-on-side", &["--network", "container:change-on-ground"]);
    run("change-on-top", &["--pid", "container:change-on-side"]);
    let all = rows(&work, "change-on", 3).await;
    let ground = all
        .iter()
        .find(|row| row.name == "change-on-ground")
        .unwrap()
        .at
        .clone();
    let to = edited(&work, &ground, |spec| spec.user = "1000".to_owned()).await;
    let plan = yard.change_plan(admin, &ground, to.clone()).await.unwrap();
    let with: Vec<_> = plan.containers[0]
        .dependants
        .iter()
        .map(|it| (&*it.name, &*it.field))
        .collect();
    assert_eq!(with, [("change-on-side", "network"), ("change-on-top", "pid_mode")]);
    let id = yard.change(admin, &ground, to).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(codes(&ended), ["done", "done", "done"]);
    let ids: Vec<_> = ended
        .targets
        .iter()
        .map(|it| it.container.clone().unwrap().id)
        .collect();
    assert_eq!(
        inspect(3, "change-on-side", "{{.HostConfig.NetworkMode}}"),
        format!("container:{}", ids[0])
    );
    assert_eq!(
        inspect(3, "change-on-top", "{{.HostConfig.PidMode}}"),
        format!("container:{}", ids[1])
    );
    assert_eq!(
        docker(3, &["ps", "-q", "--filter", "name=change-on"]).lines().count(),
        3
    );
    assert_eq!(
        docker(3, &["ps", "-aq", "--filter", "name=change-on"]).lines().count(),
        3
    );

    // One of them does not come up: all are what they were.
    rows(&work, "change-on", 3).await;
    let ground = ended.targets[0].container.clone().unwrap();
    let to = edited(&work, &ground, |spec| spec.command = vec!["false".to_owned()]).await;
    let id = yard.change(admin, &ground, to).await.unwrap();
    assert_eq!(codes(&work.end(&id).await), ["roll.put-back"; 3]);
    assert_eq!(
        docker(3, &["ps", "-q", "--filter", "name=change-on"]).lines().count(),
        3
    );
    assert_eq!(
        docker(3, &["ps", "-aq", "--filter", "name=change-on"]).lines().count(),
        3
    );
    work.done().await;
}
