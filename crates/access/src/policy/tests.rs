//! Each option at each profile; what no way of writing may get past; and that the document says what is judged.
use super::*;
use shipyard_model::spec::{
    BlockDeviceSpec, DeviceRequestSpec, DeviceSpec, EndpointSpec, HealthcheckSpec, LogSpec, NetworkSpec, PortSpec,
    Propagation, Relabel, Swap, TmpfsSpec, UlimitSpec, VolumeSpec,
};
use shipyard_model::{Bytes, Cpus};
use std::collections::BTreeSet;

mod engine;
mod generated;
mod more;
mod table;
mod tricks;
mod walls;

fn text(value: &str) -> String {
    value.to_owned()
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| text(value)).collect()
}

fn volume(source: &str, target: &str) -> VolumeSpec {
    VolumeSpec {
        source: text(source),
        target: text(target),
        read_only: false,
        ..VolumeSpec::default()
    }
}

/// What passes the narrowest profile, as it is sent.
fn modest() -> ContainerSpec {
    let spec = ContainerSpec {
        image: text("nginx:1.27"),
        user: text("1000:1000"),
        memory: Bytes::mib(64),
        ..ContainerSpec::default()
    };
    harden(&spec, Profile::Restricted, &Rules::default())
}

fn broken(spec: &ContainerSpec, profile: Profile, rules: &Rules) -> Vec<(&'static str, Rule)> {
    let found = check(spec, profile, rules);
    found.iter().map(|it| (it.option, it.rule)).collect()
}

#[test]
fn what_is_filled_in_is_told_as_docker_writes_it() {
    let bare = ContainerSpec {
        image: text("nginx"),
        cap_drop: vec![text("all")],
        ..ContainerSpec::default()
    };
    let told = |profile| added(&bare, &harden(&bare, profile, &Rules::default()));
    assert_eq!(
        told(Profile::Restricted),
        [
            "--security-opt no-new-privileges:true",
            "--pids-limit 4096",
            "--ipc private",
            "--cgroupns private",
            "--log-driver json-file",
            "--log-opt max-size=10m",
            "--log-opt max-file=3",
        ]
    );
    assert_eq!(told(Profile::Baseline), ["--pids-limit 4096"]);
    assert!(told(Profile::Privileged).is_empty());
    assert!(added(&modest(), &modest()).is_empty());
}

type Change = fn(&mut ContainerSpec);

#[track_caller]
fn judged(change: Change, rules: &Rules, restricted: &[(&str, Rule)], baseline: &[(&str, Rule)]) {
    let mut spec = modest();
    change(&mut spec);
    assert_eq!(broken(&spec, Profile::Restricted, rules), restricted, "restricted");
    assert_eq!(broken(&spec, Profile::Baseline, rules), baseline, "baseline");
    assert_eq!(broken(&spec, Profile::Privileged, rules), [], "privileged");
}

#[track_caller]
fn both(change: Change, refused: &[(&str, Rule)]) {
    judged(change, &Rules::default(), refused, refused);
}

#[track_caller]
fn restricted(change: Change, refused: &[(&str, Rule)]) {
    judged(change, &Rules::default(), refused, &[]);
}

#[test]
fn a_modest_container_passes_and_a_bare_one_lacks_what_cannot_be_filled_in() {
    assert_eq!(broken(&modest(), Profile::Restricted, &Rules::default()), []);
    let bare = ContainerSpec {
        image: text("nginx"),
        ..ContainerSpec::default()
    };
    for profile in [Profile::Baseline, Profile::Privileged] {
        let hardened = harden(&bare, profile, &Rules::default());
        assert_eq!(broken(&hardened, profile, &Rules::default()), []);
    }
    let hardened = harden(&bare, Profile::Restricted, &Rules::default());
    assert_eq!(
        broken(&hardened, Profile::Restricted, &Rules::default()),
        [("user", Rule::NonRoot), ("memory", Rule::MemoryRequired)]
    );
    assert_eq!(
        broken(&bare, Profile::Restricted, &Rules::default()),
        [
            ("user", Rule::NonRoot),
            ("memory", Rule::MemoryRequired),
            ("pids_limit", Rule::PidsRequired),
            ("pids_limit", Rule::PidsMost),
            ("cap_drop", Rule::CapabilitiesDropped),
            ("security_opt", Rule::NoNewPrivileges),
            ("ipc_mode", Rule::NamespaceOwn),
            ("cgroupns_mode", Rule::NamespaceOwn),
            ("logging", Rule::LogDriverListed),
        ]
    );
}

#[test]
fn a_refusal_names_option_rule_and_profile() {
    let spec = ContainerSpec {
        cap_add: texts(&["SYS_ADMIN"]),
        ..modest()
    };
    let found = check(&spec, Profile::Restricted, &Rules::default());
    let problem = found[0].problem(Profile::Restricted);
    assert_eq!((problem.status, problem.code.as_str()), (403, "policy.refused"));
    assert_eq!(problem.field.as_deref(), Some("cap_add"));
    assert_eq!(
        problem.detail,
        "The profile restricted refuses this cap_add: the capability SYS_ADMIN is not among those that may be added \
         (rule capability-listed)."
    );
    for (name, value) in [
        ("option", "cap_add"),
        ("rule", "capability-listed"),
        ("profile", "restricted"),
        ("value", "SYS_ADMIN"),
    ] {
        assert_eq!(problem.args[name], value);
    }
}

#[test]
fn secrets_do_not_come_back_in_a_refusal() {
    let spec = ContainerSpec {
        labels: vec![(text("traefik.auth"), text("hunter2"))],
        sysctls: vec![(text("kernel.x"), text("hunter2"))],
        logging: LogSpec {
            driver: text("json-file"),
            options: vec![
                (text("splunk-token"), text("hunter2")),
                (text("max-size"), text("hunter2")),
            ],
        },
        ..modest()
    };
    let found = check(&spec, Profile::Restricted, &Rules::default());
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(!format!("{found:?}").contains("hunter2"));
}

#[test]
fn every_option_has_one_line_and_every_rule_is_in_one() {
    let spec = serde_json::to_value(ContainerSpec::default()).unwrap();
    let fields: BTreeSet<_> = spec.as_object().unwrap().keys().map(String::as_str).collect();
    let told: Vec<_> = OPTIONS.iter().flat_map(|line| line.options).copied().collect();
    assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), fields);
    assert_eq!(told.len(), fields.len(), "one line each");
    let rules: BTreeSet<_> = OPTIONS.iter().flat_map(|line| line.rules).collect();
    assert_eq!(rules, Rule::ALL.iter().collect());
}

#[test]
fn names_read_back() {
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_string(rule).unwrap(), format!("\"{rule}\""));
    }
    for profile in Profile::ALL {
        assert_eq!(serde_json::to_string(&profile).unwrap(), format!("\"{profile}\""));
    }
    let rules: Rules = serde_json::from_str("{}").unwrap();
    assert_eq!(rules, Rules::default());
    assert!(serde_json::from_str::<Rules>(r#"{"host_path": []}"#).is_err());
}

#[test]
fn the_document_is_the_table() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy.md");
    if std::env::var_os("SHIPYARD_BLESS").is_some() {
        std::fs::write(file, render()).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert_eq!(
        written,
        render(),
        "write it anew with SHIPYARD_BLESS=1 cargo test -p shipyard-access"
    );
}
