//! A specification becomes Docker's body and is read back as it was, and what it cannot say is named.
use super::shown::{image, shown};
use super::{Inspected, Made};
use crate::create;
use proptest::prelude::*;
use serde_json::{Value, json};
use shipyard_model::deploy::{ContainerSpec, VolumeSpec};

mod generated;

fn plain() -> ContainerSpec {
    ContainerSpec {
        image: "web:1".to_owned(),
        name: "web".to_owned(),
        ..ContainerSpec::default()
    }
}

fn through(spec: &ContainerSpec) -> Inspected {
    shown(create::order_of(spec, &[]))
}

fn made(inspected: &Inspected) -> Made {
    inspected.made().unwrap_or_else(|beyond| panic!("{beyond}"))
}

/// What Docker shows alike, whether it was said or not.
fn as_shown(mut spec: ContainerSpec) -> ContainerSpec {
    if spec.ipc_mode.is_empty() {
        "private".clone_into(&mut spec.ipc_mode);
    }
    spec
}

#[test]
fn a_plain_container_is_read_as_it_was_asked_for() {
    let read = made(&through(&plain()));
    assert_eq!(read.spec, as_shown(plain()));
    assert_eq!(read.image_id, "sha256:1");
    let kept = VolumeSpec {
        source: "9f".to_owned(),
        target: "/var/lib/data".to_owned(),
        read_only: false,
        ..VolumeSpec::default()
    };
    assert_eq!(read.anonymous, std::slice::from_ref(&kept));
    assert_eq!(read.successor().volumes, [kept], "nothing that it wrote is lost");
}

#[test]
fn all_options_at_once_are_read_back() {
    let mut spec = create::everything();
    // What is as the image has it is the image's; and Docker's own ways to write the rest.
    (spec.entrypoint, spec.working_dir) = (vec!["/own".to_owned()], "/own".to_owned());
    // Docker shows them in three lists.
    spec.volumes.swap(1, 2);
    spec.cap_add = vec!["CAP_NET_ADMIN".to_owned()];
    spec.uts_mode = String::new();
    spec.runtime = String::new();
    spec.privileged = false;
    assert_eq!(
        made(&through(&spec)).spec,
        ContainerSpec {
            pid_mode: "host".to_owned(),
            ..spec
        }
    );
}

/// Each is an option of Docker's that our specification does not have.
#[test]
fn what_cannot_be_said_is_named() {
    for (pointer, value) in [
        ("/HostConfig/Links", json!(["/db"])),
        ("/HostConfig/CpuQuota", json!(-1)),
        ("/HostConfig/CpuRealtimeRuntime", json!(950)),
        ("/HostConfig/DeviceRequests", json!([{ "Newer": "nvidia" }])),
        ("/HostConfig/MaskedPaths", json!([])),
        ("/HostConfig/Binds", json!(["/a:/b:newer"])),
        ("/HostConfig/Binds", json!(["/a:/b:ro:more"])),
        ("/HostConfig/ReadonlyPaths", json!(["/proc/bus"])),
        (
            "/HostConfig/Mounts",
            json!([{ "Type": "bind", "Source": "/a", "Target": "/b", "BindOptions": { "NonRecursive": true } }]),
        ),
        (
            "/HostConfig/Mounts",
            json!([{ "Type": "volume", "Source": "a", "Target": "/b", "VolumeOptions": { "Newer": true } }]),
        ),
        (
            "/HostConfig/Mounts",
            json!([{ "Type": "image", "Source": "a", "Target": "/b" }]),
        ),
        (
            "/HostConfig/PortBindings",
            json!({ "80/tcp": [{ "HostIp": "", "HostPort": "80-90" }] }),
        ),
        ("/HostConfig/PortBindings", json!({ "80/tcp": null })),
        ("/HostConfig/RestartPolicy", json!({ "Name": "sometimes" })),
        ("/HostConfig/Newer", json!({ "a": 1 })),
        ("/HostConfig/Memory", json!("much")),
        ("/Config/NetworkDisabled", json!(true)),
        ("/Config/Healthcheck", json!({ "Test": ["NONE"], "Interval": 1 })),
        ("/Config/Shell", json!(["/bin/zsh"])),
        ("/Config/ExposedPorts", json!({ "9000-9010/tcp": {} })),
    ] {
        let beyond = through(&plain())
            .with(pointer, value.clone())
            .made()
            .expect_err(pointer);
        let name = pointer.rsplit('/').next().unwrap();
        assert_eq!(beyond.options, [name], "{value}");
        let told = beyond.problem("web");
        assert!(told.detail.contains(name), "{}", told.detail);
        // And it is sent as it was by whoever may send it.
        let whole = through(&plain()).with(pointer, value.clone()).whole().unwrap();
        assert_eq!(whole.kept.beyond(), Some(beyond));
        let mut order = create::order_of(&whole.spec, &[]);
        whole.kept.add_to(&mut order).unwrap();
        let sent = Value::Object(order.body);
        assert_eq!(
            sent.pointer(pointer.trim_start_matches("/Config")),
            Some(&value),
            "{pointer}"
        );
    }
}

#[test]
fn what_it_is_in_its_networks_is_kept_where_it_cannot_be_said() {
    let networks = json!({
        "bridge": { "Links": ["a:b"], "Gateway": "10.0.0.1" }, "front": { "Newer": 1, "NetworkID": "1" }, "back": {},
    });
    let inspected = through(&plain()).with("/NetworkSettings/Networks", networks);
    assert_eq!(inspected.made().unwrap_err().options, ["Links", "Newer"]);
    let whole = inspected.whole().unwrap();
    let names: Vec<_> = whole.spec.networks.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["back", "front"]);
    let mut order = create::order_of(&whole.spec, &[]);
    whole.kept.add_to(&mut order).unwrap();
    let first = &order.body["NetworkingConfig"]["EndpointsConfig"]["default"];
    assert_eq!(first, &json!({ "Links": ["a:b"] }));
    assert_eq!(Value::Object(order.networks[1].1.clone()), json!({ "Newer": 1 }));
}

#[test]
fn what_cannot_be_made_anew_in_any_way_is_refused() {
    let labels = json!({ "com.docker.swarm.task.id": "x" });
    let task = through(&plain()).with("/Config/Labels", labels).whole();
    assert_eq!(task.unwrap_err().options, ["com.docker.swarm.task.id"]);
    let left = through(&plain())
        .with("/NetworkSettings/Networks", json!({ "front": {} }))
        .whole();
    assert_eq!(left.unwrap_err().options, ["Networks"]);
    let taken = through(&plain()).with("/Config/Env", json!(["TAKEN"])).whole();
    assert_eq!(taken.unwrap_err().options, ["Env"]);
}

/// An address of hardware that nobody asked for is seen while it runs, and not when it is stopped.
#[test]
fn a_hardware_address_is_one_that_was_asked_for() {
    let networks = json!({ "bridge": { "MacAddress": "02:42:ac:11:00:02" } });
    let stopped = through(&plain()).with("/NetworkSettings/Networks", networks);
    assert_eq!(made(&stopped).spec.endpoint.mac, "02:42:ac:11:00:02");
    let running = stopped.with("/State", json!({ "Running": true }));
    assert_eq!(made(&running).spec.endpoint.mac, "");
    let asked = running.with("/Config/MacAddress", json!("02:42:ac:11:00:09"));
    assert_eq!(made(&asked).spec.endpoint.mac, "02:42:ac:11:00:09");
}

#[test]
fn labels_of_tools_are_kept_apart() {
    let labels = json!({ "shipyard.cpus": "1", "com.docker.compose.project": "shop", "team": "blue", "vendor": "lab" });
    let read = made(&through(&plain()).with("/Config/Labels", labels));
    assert_eq!(read.spec.labels, [("team".to_owned(), "blue".to_owned())]);
    let names: Vec<_> = read.kept_labels.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(names, ["com.docker.compose.project", "shipyard.cpus"]);
}

#[test]
fn an_entry_point_that_was_taken_away_stays_away() {
    let read = made(&through(&plain()).with("/Config/Entrypoint", Value::Null));
    assert_eq!(read.spec.entrypoint, [""]);
    assert_eq!(read.spec.command, ["serve"]);
    assert_eq!(image()["Config"]["Cmd"][0], "serve");
}

proptest! {
    #[test]
    fn a_specification_is_read_back_as_it_was(spec in generated::spec()) {
        let inspected = through(&spec);
        let read = inspected.made().map_err(|beyond| TestCaseError::fail(beyond.to_string()))?;
        prop_assert_eq!(&read.spec, &spec);
        // And once more, from what was read.
        prop_assert_eq!(&through(&read.spec).made().unwrap().spec, &spec);
        // And with what is kept, which says the same.
        let mut order = create::order_of(&read.spec, &[]);
        prop_assert!(read.kept.add_to(&mut order).is_ok());
        prop_assert_eq!(shown(order).made().unwrap().spec, spec);
    }
}
