//! Every option, there and back; what is told; what is refused.
use super::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest, PullPolicy, Target};
use shipyard_model::{Bytes, Constraint, Cpus, EngineName};
use specs::{maybe, spec};

mod specs;

fn there_and_back(form: TextForm, request: &DeployRequest) -> Result<(), TestCaseError> {
    let written = write(&TextToWrite {
        form,
        request: request.clone(),
    });
    prop_assert_eq!(&written.notes, &vec![], "{}", written.text);
    let asked = TextToRead {
        text: written.text.clone(),
        form: None,
        base: None,
    };
    let read = read(&asked).map_err(|problem| TestCaseError::fail(format!("{problem}\n{}", written.text)))?;
    prop_assert_eq!(read.form, form);
    prop_assert_eq!(&read.notes, &vec![], "{}", written.text);
    prop_assert_eq!(&read.request, request, "{}", written.text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_spec_comes_back_from_docker_run(spec in spec(), auto_remove: bool, publish_all: bool, cpuset_mems in maybe("[0-3]"), volume_driver in maybe("local"),
        pull in prop_oneof![Just(PullPolicy::Missing), Just(PullPolicy::Always), Just(PullPolicy::Never)]) {
        let spec = ContainerSpec { auto_remove, publish_all, cpuset_mems, volume_driver, ..spec };
        there_and_back(TextForm::DockerRun, &DeployRequest { spec, pull, ..DeployRequest::default() })?;
    }

    #[test]
    fn every_spec_comes_back_from_compose(spec in spec(), pull in prop_oneof![Just(PullPolicy::Missing), Just(PullPolicy::Always)], words in vec("[a-z]{1,4}", 2..4),
        copies in prop_oneof![Just(Copies::Daemon), (1_u16..999).prop_map(Copies::Total)], most in option::of(1_u16..9), zone in option::of("[a-z]{1,4}"),
        over in option::of("[a-z]{1,4}")) {
        let target = zone.map_or(Target::All, |zone| Target::Labels(vec![Constraint::parse(&format!("zone={zone}")).unwrap()]));
        // Compose says more than one word of an entrypoint, and a check without a shell.
        let spec = ContainerSpec { entrypoint: words, ..spec };
        let strategy = over.map_or(shipyard_model::deploy::Strategy::Spread, shipyard_model::deploy::Strategy::SpreadOver);
        there_and_back(TextForm::Compose, &DeployRequest { spec, pull, copies, target, most_per_engine: most, strategy, ..DeployRequest::default() })?;
    }

    #[test]
    fn every_request_comes_back_from_a_link(spec in spec(), copies in 1_u16.., undo_on_failure: bool) {
        there_and_back(TextForm::Link, &DeployRequest { spec, copies: Copies::Total(copies), undo_on_failure, ..DeployRequest::default() })?;
    }

    #[test]
    fn what_a_text_cannot_say_stays_when_nobody_changes_it(spec in spec(), run: bool) {
        let request = DeployRequest {
            spec: ContainerSpec { stdin_once: true, entrypoint: vec!["a".into(), "b".into()], ..spec },
            copies: Copies::EachEngine,
            target: Target::Named(vec![EngineName::parse("node1").unwrap(), EngineName::parse("node2").unwrap()]),
            undo_on_failure: true,
            ..DeployRequest::default()
        };
        let form = if run { TextForm::DockerRun } else { TextForm::Compose };
        let written = write(&TextToWrite { form, request: request.clone() });
        prop_assert!(!written.notes.is_empty());
        let asked = TextToRead { text: written.text, form: Some(form), base: Some(request.clone()) };
        prop_assert_eq!(read(&asked).unwrap().request, request);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}|(docker run )?[-a-z=:\n {}'\"$]{0,40}|services:\n  a:\n[a-z: \n-]{0,30}") {
        for form in [None, Some(TextForm::DockerRun), Some(TextForm::Compose), Some(TextForm::Link)] {
            let _ = read(&TextToRead { text: text.clone(), form, base: None });
        }
    }
}

fn read_alone(text: &str) -> Result<TextRead, Problem> {
    read(&TextToRead {
        text: text.to_owned(),
        form: None,
        base: None,
    })
}

fn codes(read: &TextRead) -> Vec<(&str, &str)> {
    read.notes
        .iter()
        .map(|note| (note.code.as_str(), note.args["option"].as_str()))
        .collect()
}

#[test]
fn a_line_as_people_paste_it() {
    let text = "$ sudo docker run -dit --rm --name=web -p 8000-8002:80-82/tcp -p 127.0.0.1:53:53/udp -e A=1 -eB=2 -e HOME \\\n  --env-file .env -v $PWD:/srv:ro \
        --mount type=tmpfs,dst=/run,tmpfs-size=64m --detach-keys ctrl-x --platform linux/arm64 --health-cmd 'curl -f localhost' -m512m nginx:1.27 -g 'daemon off;'";
    let read = read_alone(text).unwrap();
    let spec = &read.request.spec;
    assert_eq!((spec.image.as_str(), spec.name.as_str()), ("nginx:1.27", "web"));
    assert_eq!(spec.command, ["-g", "daemon off;"]);
    assert_eq!((spec.ports.len(), spec.env.len(), spec.memory), (4, 2, Bytes::mib(512)));
    assert!(spec.tty && spec.open_stdin && spec.auto_remove && spec.tmpfs[0].mount);
    assert_eq!(
        codes(&read),
        [
            ("text.not-expanded", "$PWD"),
            ("text.env-from-shell", "HOME"),
            ("text.file", "--env-file"),
            ("text.meaningless", "--detach-keys"),
            ("text.unsaid", "--platform"),
        ]
    );
}

#[test]
fn an_error_names_its_option() {
    for (text, code, option) in [
        ("docker run --bogus nginx", "text.unknown-option", "--bogus"),
        ("docker run -x nginx", "text.unknown-option", "-x"),
        ("docker run --name", "text.needs-value", "--name"),
        ("docker run -p 80:x nginx", "text.value", "-p"),
        ("docker run --memory=lots nginx", "text.value", "--memory"),
        ("docker run --init=perhaps nginx", "text.value", "--init"),
    ] {
        let problem = read_alone(text).unwrap_err();
        assert_eq!(
            (problem.code.as_str(), problem.args["option"].as_str()),
            (code, option),
            "{problem}"
        );
        assert_eq!(problem.field.as_deref(), Some("text"));
    }
    assert_eq!(read_alone("docker run -d").unwrap_err().code, "text.no-image");
    assert_eq!(read_alone("docker ps").unwrap_err().code, "text.no-run");
    assert_eq!(
        read_alone("docker run -- nginx --version")
            .unwrap()
            .request
            .spec
            .command,
        ["--version"]
    );
}

const FILE: &str = "\
x-common: &common
  TZ: UTC
name: shop
services:
  web:
    build: .
    image: ghcr.io/acme/web:${TAG:-2.5}
    command: httpd -f \"-p 80\"
    ports:
      - 80
      - target: 443
        published: \"8443\"
        protocol: tcp
    environment:
      <<: *common
      VERSION: 1.10
      HOME:
    depends_on: [db]
    volumes:
      - data:/data
      - {type: bind, source: /srv, target: /srv, read_only: true, bind: {create_host_path: false}}
    networks:
      front: {aliases: [shop]}
    healthcheck: {test: [CMD, curl, localhost], interval: 1m30s}
    ulimits: {nofile: 1024}
    deploy:
      replicas: 3
      resources: {limits: {cpus: '0.5', memory: 256M}}
      placement: {constraints: [node.labels.zone == a], preferences: [{spread: node.labels.rack}]}
volumes:
  data: {driver_opts: {type: nfs}}
networks:
  front: {external: true, name: edge}
";

#[test]
fn a_file_as_people_have_it() {
    let read = read_alone(FILE).unwrap();
    let spec = &read.request.spec;
    assert_eq!((spec.image.as_str(), spec.name.as_str()), ("ghcr.io/acme/web:2.5", ""));
    assert_eq!(spec.command, ["httpd", "-f", "-p 80"]);
    assert_eq!((spec.ports[1].host, spec.ports[0].container), (Some(8443), 80));
    let env: Vec<_> = spec.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert!(
        env.contains(&"VERSION=1.10".to_owned()) && env.contains(&"TZ=UTC".to_owned()),
        "{env:?}"
    );
    assert_eq!(spec.volumes[0].driver_options, [("type".to_owned(), "nfs".to_owned())]);
    assert!(spec.volumes[1].mount && spec.volumes[1].read_only);
    assert_eq!(
        (spec.network.as_str(), spec.endpoint.aliases.as_slice()),
        ("edge", &["shop".to_owned()][..])
    );
    assert_eq!(spec.healthcheck.as_ref().unwrap().interval_ms, 90_000);
    assert_eq!(
        (spec.cpus, spec.memory),
        (Cpus::from_nanos(500_000_000), Bytes::mib(256))
    );
    assert_eq!(read.request.copies, Copies::Total(3));
    assert_eq!(
        codes(&read),
        [
            ("text.meaningless", "name"),
            ("text.unsaid", "build"),
            ("text.default-taken", "TAG"),
            ("text.env-from-shell", "HOME"),
            ("text.unsaid", "depends_on"),
        ]
    );
}

#[test]
fn an_error_has_its_line() {
    for (text, code, line) in [
        (
            "services:\n  web:\n    image: nginx\n    ports:\n      - 80:80\n    restart: always\n    memory: 5\n",
            "text.unknown-key-at",
            "7",
        ),
        (
            "services:\n  web:\n    image: nginx\n    ports:\n      - \"80:x\"\n",
            "text.value-at",
            "5",
        ),
        ("services:\n  web:\n    image: nginx:$TAG\n", "text.variable-at", "3"),
        ("services:\n  web:\n    image: [\n", "text.yaml-at", "3"),
        ("services:\n  web:\n    healthcheck: {tets: a}\n", "text.yaml-at", "3"),
        ("service:\n  web: {}\n", "text.unknown-key-at", "1"),
        (
            "services:\n  web:\n    command: date\n",
            "text.service-no-image-at",
            "2",
        ),
    ] {
        let problem = read(&TextToRead {
            text: text.to_owned(),
            form: Some(TextForm::Compose),
            base: None,
        })
        .unwrap_err();
        assert_eq!(problem.code, code, "{text}\n{problem}");
        assert_eq!(problem.args["line"], line, "{text}\n{problem}");
        assert!(problem.detail.starts_with(&format!("Line {line}, ")), "{problem}");
    }
}

#[test]
fn several_services_are_named() {
    let problem = read_alone("services:\n  web: {image: nginx}\n  db: {image: postgres}\n").unwrap_err();
    assert_eq!(problem.code, "text.several-services");
    assert_eq!(problem.args["names"], "web, db");
    assert_eq!(read_alone("services: {}\n").unwrap_err().code, "text.no-service");
}

#[test]
fn what_was_changed_in_a_text_wins_over_what_it_was_made_of() {
    let base = DeployRequest {
        spec: ContainerSpec {
            image: "nginx".into(),
            stdin_once: true,
            ..ContainerSpec::default()
        },
        copies: Copies::Total(4),
        ..DeployRequest::default()
    };
    let text = "docker run -d --name web httpd".to_owned();
    let read = read(&TextToRead {
        text,
        form: None,
        base: Some(base),
    })
    .unwrap();
    assert_eq!(
        (read.request.spec.image.as_str(), read.request.spec.name.as_str()),
        ("httpd", "web")
    );
    assert!(read.request.spec.stdin_once);
    assert_eq!(read.request.copies, Copies::Total(4));
}
