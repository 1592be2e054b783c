//! What pools say is what containers are judged by.
use super::*;
use shipyard_model::deploy::VolumeSpec;

fn ground(profile: Profile, policy: &str) -> Ground {
    let rules = Some(policy).filter(|text| !text.is_empty());
    Ground {
        profile,
        rules: rules.map(|text| Arc::new(read(text).unwrap())).into_iter().collect(),
    }
}

fn spec(image: &str, folder: &str) -> ContainerSpec {
    let volume = VolumeSpec {
        source: folder.to_owned(),
        target: "/data".to_owned(),
        read_only: true,
        ..VolumeSpec::default()
    };
    ContainerSpec {
        image: image.to_owned(),
        volumes: vec![volume],
        ..ContainerSpec::default()
    }
}

fn rules(judged: &Judged) -> Vec<&str> {
    judged.refused.iter().map(|it| it.args["rule"].as_str()).collect()
}

const OURS: &str = "images = [\"registry.example\"]\nhost_paths = [{ path = \"/srv/web\" }]\n";

#[test]
fn a_pools_rules_open_and_close() {
    let usual = vec![vec![ground(Profile::Baseline, "")]];
    let ours = vec![vec![ground(Profile::Baseline, OURS)]];
    let web = spec("registry.example/web:1", "/srv/web");
    assert_eq!(rules(&judge(&usual, &web)), ["path-listed"]);
    assert!(judge(&ours, &web).refused.is_empty());
    assert_eq!(rules(&judge(&ours, &spec("busybox", "/srv/web"))), ["image-listed"]);
    assert_eq!(
        rules(&judge(&ours, &spec("registry.example/web:1", "/srv"))),
        ["path-listed"]
    );
    // No rule opens what belongs to the engine's machine.
    let wide = vec![vec![ground(
        Profile::Baseline,
        "host_paths = [{ path = \"/\", writable = true }]",
    )]];
    assert_eq!(rules(&judge(&wide, &spec("busybox", "/etc"))), ["path-forbidden"]);
}

#[test]
fn one_ground_bears_a_container_on_all_its_engines_or_the_best_of_each_does() {
    let (ours, usual) = (ground(Profile::Baseline, OURS), ground(Profile::Baseline, ""));
    let web = spec("registry.example/web:1", "/srv/web");
    // Both grants hold on the engine: one that bears it is enough, whichever comes first.
    for grounds in [vec![usual.clone(), ours.clone()], vec![ours.clone(), usual.clone()]] {
        assert!(judge(&[grounds], &web).refused.is_empty());
    }
    // They hold on one engine each: it has to meet both.
    let apart = [vec![ours.clone()], vec![usual.clone()]];
    assert_eq!(rules(&judge(&apart, &web)), ["path-listed"]);
    let both = [vec![ours.clone(), usual.clone()], vec![usual]];
    assert_eq!(rules(&judge(&both, &web)), ["path-listed"]);
    // The narrower profile counts, and what it fills in.
    let narrow = [vec![ours], vec![ground(Profile::Restricted, "")]];
    let judged = judge(&narrow, &web);
    assert_eq!(judged.profile, Profile::Restricted);
    assert!(
        judged.added.contains(&"--cap-drop ALL".to_owned()),
        "{:?}",
        judged.added
    );
    assert!(rules(&judged).contains(&"no-host-path"));
    // Nowhere to go is no way around.
    assert_eq!(judge(&[], &web).profile, Profile::Restricted);
}

#[test]
fn a_policy_says_where_it_is_wrong() {
    let rules = read(policy::EXAMPLE).unwrap();
    assert_eq!(rules.most_cpus.nanos(), 1_500_000_000);
    assert_eq!((rules.most_memory.get(), rules.most_pids), (512 << 20, 512));
    // Nothing in the example is what holds anyway.
    let listed = [
        &rules.images,
        &rules.networks,
        &rules.capabilities,
        &rules.apparmor,
        &rules.runtimes,
        &rules.labels,
    ];
    assert!(listed.iter().all(|list| !list.is_empty()));
    assert!(rules.digest_only && rules.ports.from > 1 && rules.host_paths[1].writable);
    assert_eq!((rules.host_ips.len(), rules.logging.len()), (1, 1));
    assert_eq!(read("").unwrap(), Rules::default());
    for (text, line) in [
        ("image = []", "1"),
        ("images = []\nports = 8080\n", "2"),
        ("most_cpus = \"lots\"", "1"),
    ] {
        let problem = read(text).unwrap_err();
        assert_eq!(
            (problem.code.as_str(), problem.args["line"].as_str()),
            ("pool.bad-policy", line),
            "{text}"
        );
    }
    assert_eq!(read(&"#".repeat(20_000)).unwrap_err().code, "pool.long-policy");
}

#[test]
fn what_is_too_long_is_refused_before_its_entries_are_looked_at() {
    let long = ContainerSpec {
        cap_add: (0..100_000).map(|number| format!("CAP_{number}")).collect(),
        ..spec("web", "data")
    };
    let judged = judge(&[vec![ground(Profile::Restricted, "")]], &long);
    let codes: Vec<_> = judged.refused.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["deploy.too-many-entries"]);
}

#[test]
fn what_goes_beyond_baseline_is_named() {
    let plain = ContainerSpec {
        image: "web".to_owned(),
        ..ContainerSpec::default()
    };
    assert_eq!(beyond_baseline(&plain), Vec::<&str>::new());
    let root = ContainerSpec {
        privileged: true,
        network: "host".to_owned(),
        ..plain
    };
    let named = beyond_baseline(&root);
    assert!(named.contains(&"privileged") && named.contains(&"network"), "{named:?}");
}
