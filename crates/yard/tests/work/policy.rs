//! No road from a deployer to the engine's machine: specifications full of ways out go through the yard to real engines, and
//! what was let through is judged by the oracle (`end2end/oracle.py`), which knows Docker's documentation and not our policy.
use crate::help::{Work, docker};
use crate::scope::{grant, person};
use crate::specs::{DANGEROUS, Dice, base, generated};
use serde_json::{Value, json};
use shipyard_model::Pool;
use shipyard_model::access::{Quota, constraints};
use shipyard_model::deploy::{Copies, DeployRequest, PullPolicy, Strategy, Target};
use shipyard_model::operation::TargetState;
use shipyard_yard::Actor;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

const SPECS: usize = 210;
/// What a container of the test says: what the kernel tells it about itself.
pub(crate) const WHO_AM_I: &str = "cat /proc/self/status; ls -l /proc/self/ns";

/// A request as it comes from outside.
fn request(spec: Value) -> Result<DeployRequest, String> {
    Ok(DeployRequest {
        spec: serde_json::from_str(&spec.to_string()).map_err(|error| error.to_string())?,
        copies: Copies::Total(1),
        target: Target::All,
        strategy: Strategy::Spread,
        pull: PullPolicy::Never,
        undo_on_failure: false,
        ..DeployRequest::default()
    })
}

/// What became of a specification.
#[derive(Debug)]
enum Fate {
    /// It was no specification.
    Unread,
    /// The policy refused it, by these rules.
    Refused(Vec<String>),
    /// Docker refused it; nothing was made.
    Failed(String),
    /// It was made, on this node.
    Made(u8),
}

async fn deploy(work: &Work, actor: &Actor, spec: Value) -> Fate {
    let Ok(request) = request(spec) else {
        return Fate::Unread;
    };
    let plan = work.yard.deploy_plan(actor, request.clone()).await.unwrap();
    match work.yard.deploy(actor, request).await {
        Ok(id) => {
            assert_eq!(plan.problems, [], "the plan says what the deploy does");
            let operation = work.end(&id).await;
            let target = &operation.targets[0];
            match &target.state {
                TargetState::Done => Fate::Made(target.engine.as_str().strip_prefix("node").unwrap().parse().unwrap()),
                other => Fate::Failed(format!("{other:?}")),
            }
        }
        Err(problem) => {
            assert_eq!(plan.problems[0], problem, "the plan says what the deploy does");
            if problem.code == "policy.refused" {
                let refused = plan.problems.iter().filter(|it| it.code == "policy.refused");
                Fate::Refused(refused.map(|it| it.args["rule"].clone()).collect())
            } else {
                Fate::Failed(problem.code)
            }
        }
    }
}

/// Makes them, so many at a time, and yields what became of each by its name.
async fn deploy_all(work: &Work, actor: &Actor, specs: Vec<Value>) -> BTreeMap<String, Fate> {
    let mut fates = BTreeMap::new();
    for some in specs.chunks(6) {
        let made = some.iter().map(|spec| async {
            let name = spec["name"].as_str().unwrap().to_owned();
            (name, deploy(work, actor, spec.clone()).await)
        });
        fates.extend(futures_util::future::join_all(made).await);
    }
    fates
}

/// The oracle's reasons, by container. None of them ran for longer than it takes to say who it is.
fn ask_oracle(fates: &BTreeMap<String, Fate>) -> BTreeMap<String, Vec<String>> {
    let mut verdicts = BTreeMap::new();
    for node in 1..=3 {
        let made = |(name, fate): (&String, &Fate)| matches!(fate, Fate::Made(on) if *on == node).then(|| name.clone());
        let names: Vec<_> = fates.iter().filter_map(made).collect();
        if names.is_empty() {
            continue;
        }
        let words = |first: &'static str| -> Vec<&str> {
            std::iter::once(first).chain(names.iter().map(String::as_str)).collect()
        };
        docker(node, &words("wait"));
        let inspect: Value = serde_json::from_str(&docker(node, &words("inspect"))).unwrap();
        let status: BTreeMap<_, _> = names.iter().map(|name| (name, docker(node, &["logs", name]))).collect();
        let question = json!({"inspect": inspect, "status": status, "engine": namespaces_of_engine(node)});
        for line in oracle(&question).lines() {
            let verdict: Value = serde_json::from_str(line).unwrap();
            let reasons: Vec<String> = serde_json::from_value(verdict["reasons"].clone()).unwrap();
            assert_eq!(verdict["privileged"], !reasons.is_empty());
            verdicts.insert(verdict["name"].as_str().unwrap().to_owned(), reasons);
        }
    }
    verdicts
}

/// Those that a container can be given. Its mounts are always its own.
fn namespaces_of_engine(node: u8) -> String {
    let shared = [
        "--net=host",
        "--pid=host",
        "--ipc=host",
        "--uts=host",
        "--cgroupns=host",
    ];
    let links = ["net", "pid", "ipc", "uts", "cgroup"].map(|name| format!("/proc/self/ns/{name}"));
    let links = links.each_ref().map(String::as_str);
    let run = [&["run", "--rm"], &shared[..], &["busybox:lab", "ls", "-l"], &links].concat();
    docker(node, &run)
}

fn oracle(question: &Value) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../end2end/oracle.py");
    let mut oracle = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("python3 is needed: {error}"));
    let mut input = oracle.stdin.take().unwrap();
    input.write_all(question.to_string().as_bytes()).unwrap();
    drop(input);
    let output = oracle.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle could not judge");
    String::from_utf8(output.stdout).unwrap()
}

fn remove_volumes() {
    for node in 1..=3 {
        let volumes = docker(node, &["volume", "ls", "-q", "--filter", "name=yardpolicy-"]);
        for volume in volumes.split_whitespace() {
            docker(node, &["volume", "rm", volume]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_deployer_gets_reaches_the_machine() {
    let work = Work::begin("yardpolicy-").await;
    let deployer = work.actor("deployer").await;
    let mut dice = Dice::new(0x5eed_2026);
    let specs: Vec<_> = (0..SPECS)
        .map(|number| generated(&mut dice, &format!("yardpolicy-{number}")))
        .collect();
    let asked: BTreeMap<_, _> = (specs.iter())
        .map(|spec| (spec["name"].as_str().unwrap().to_owned(), spec.to_string()))
        .collect();
    let fates = deploy_all(&work, &deployer, specs).await;
    let verdicts = ask_oracle(&fates);
    let (mut unread, mut refused, mut made) = (0, 0, 0);
    let mut failed = Vec::new();
    for (name, fate) in &fates {
        match fate {
            Fate::Unread => unread += 1,
            Fate::Refused(rules) => {
                assert!(!rules.is_empty());
                refused += 1;
            }
            Fate::Failed(why) => failed.push(why),
            Fate::Made(_) => {
                made += 1;
                assert_eq!(verdicts[name], [""; 0], "{}", asked[name]);
            }
        }
    }
    assert_eq!(verdicts.len(), made, "the oracle saw all that was made");
    assert!(
        made >= 40 && refused >= 80 && unread >= 5,
        "{made} made, {refused} refused, {unread} unread"
    );
    assert!(failed.is_empty(), "Docker takes what passes: {failed:?}");
    work.done().await;
    remove_volumes();
}

/// The oracle itself is tried: each way out alone, as an administrator, who may go it.
#[tokio::test(flavor = "multi_thread")]
async fn the_oracle_sees_each_way_out() {
    let work = Work::begin("yardoracle-").await;
    let deployer = work.actor("deployer").await;
    let other = [
        "create",
        "--name",
        "yardoracle-other",
        "-v",
        "/x",
        "busybox:lab",
        "sleep",
        "1000",
    ];
    for node in 1..=3 {
        docker(node, &other);
        docker(node, &["start", "yardoracle-other"]);
    }
    let mut specs = vec![base("yardoracle-none")];
    for (number, (option, value)) in DANGEROUS.iter().enumerate() {
        let mut spec = base(&format!("yardoracle-{number}"));
        spec[*option] = serde_json::from_str(value).unwrap();
        specs.push(spec);
    }
    // Alone, each is refused to a deployer.
    for spec in &specs[1..] {
        let fate = deploy(&work, &deployer, spec.clone()).await;
        assert!(matches!(fate, Fate::Refused(_)), "{spec}");
    }
    // What the restricted profile fills in is said here, since it fills in nothing for an administrator.
    for spec in &mut specs {
        for (option, value) in [("pids_limit", json!(64)), ("cgroupns_mode", json!("private"))] {
            if spec.get(option).is_none() {
                spec[option] = value;
            }
        }
    }
    let fates = deploy_all(&work, &work.admin, specs).await;
    let verdicts = ask_oracle(&fates);
    assert_eq!(verdicts["yardoracle-none"], [""; 0]);
    let mut seen = 0;
    for (number, way) in DANGEROUS.iter().enumerate() {
        let name = format!("yardoracle-{number}");
        match &fates[&name] {
            Fate::Made(_) => {
                assert_ne!(verdicts[&name], [""; 0], "{way:?}");
                seen += 1;
            }
            // Not every kernel and daemon has everything.
            Fate::Failed(_) => {}
            Fate::Unread | Fate::Refused(_) => panic!("an administrator may: {way:?}"),
        }
    }
    assert!(seen * 4 >= DANGEROUS.len() * 3, "{seen} of {}", DANGEROUS.len());
    work.done().await;
}

/// A pool's own rules bind whoever deploys by a grant on it, on a real engine too.
#[tokio::test(flavor = "multi_thread")]
async fn a_pools_policy_binds_those_who_deploy_to_it() {
    let work = Work::begin("yardrules-").await;
    let pool = |policy: &str| Pool {
        name: "rules".to_owned(),
        engines: constraints("zone=a").unwrap(),
        quota: Quota::default(),
        profile: None,
        policy: policy.to_owned(),
    };
    let put = async |policy: &str| work.yard.pool_put(&work.admin, pool(policy)).await;
    assert_eq!(put("no_such_rule = 1").await.unwrap_err().code, "pool.bad-policy");
    put("").await.unwrap();
    // An actor is of one request: what the pool says later holds for the next.
    let before = person(&work, "rules-before", vec![grant("operator", "rules", None)]).await;
    let mut number = 0;
    let mut try_with = async |actor: &Actor, change: Value| {
        number += 1;
        let mut spec = json!({ "name": format!("yardrules-{number}"), "image": "busybox:lab", "command": ["true"] });
        for (option, value) in change.as_object().unwrap() {
            spec[option] = value.clone();
        }
        let fate = deploy(&work, actor, spec).await;
        let mounts = match &fate {
            Fate::Made(node) => {
                let name = format!("yardrules-{number}");
                docker(*node, &["inspect", "--format", "{{json .Mounts}}", &name])
            }
            _ => String::new(),
        };
        (fate, mounts)
    };
    let folder = json!({ "volumes": [{ "source": "/srv", "target": "/data", "read_only": true }] });
    let refused = |fate: Fate| match fate {
        Fate::Refused(rules) => rules,
        _ => Vec::new(),
    };
    assert_eq!(refused(try_with(&before, folder.clone()).await.0), ["path-listed"]);
    put("host_paths = [{ path = \"/srv\" }]\nimages = [\"docker.io/library/busybox\"]\nmost_memory = \"64m\"")
        .await
        .unwrap();
    let operator = person(&work, "rules-operator", vec![grant("operator", "rules", None)]).await;
    let (fate, mounts) = try_with(&operator, json!({ "memory": 32 << 20, "volumes": folder["volumes"] })).await;
    assert!(matches!(fate, Fate::Made(_)), "{fate:?}");
    assert!(mounts.contains("/srv") && mounts.contains("\"RW\":false"), "{mounts}");
    let writable = json!([{ "source": "/srv", "target": "/data", "read_only": false }]);
    for (change, rule) in [
        (json!({ "memory": 32 << 20, "volumes": writable }), "path-read-only"),
        (json!({ "memory": 128 << 20 }), "memory-most"),
        (
            json!({ "memory": 32 << 20, "image": "registry.example/busybox:lab" }),
            "image-listed",
        ),
    ] {
        assert_eq!(refused(try_with(&operator, change).await.0), [rule]);
    }
    work.done().await;
}
