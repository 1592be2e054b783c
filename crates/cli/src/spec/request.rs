//! A deploy from a file: JSON or YAML, in the model's own names; a Compose file with one service; a `docker run` line. What
//! is left out is as it is usual.
use crate::error::{Exit, Failure, Outcome};
use serde_json::{Map, Value, json};
use shipyard_model::Constraint;
use shipyard_model::deploy::DeployRequest;
use shipyard_model::text::TextToRead;

/// Reads a file of any kind, and what is told of it.
///
/// # Errors
/// When it cannot be read, with the option, or the line and column.
pub fn any(text: &str) -> Outcome<(DeployRequest, Vec<String>)> {
    if !shipyard_text::is_docker_run(text) && !shipyard_text::is_compose(text) {
        return parse(text).map(|request| (request, Vec::new()));
    }
    let asked = TextToRead {
        text: text.to_owned(),
        form: None,
        base: None,
    };
    let read = shipyard_text::read(&asked).map_err(|problem| Failure {
        exit: Exit::Usage,
        ..Failure::from(problem)
    })?;
    Ok((read.request, read.notes.iter().map(ToString::to_string).collect()))
}

/// Reads a request.
///
/// # Errors
/// When it is neither JSON nor YAML, or holds a field that nobody knows.
pub fn parse(text: &str) -> Outcome<DeployRequest> {
    // JSON is read as JSON, so that a fault is told in its words.
    let value: Result<Value, String> = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    };
    let bad = |why: String| {
        let mut failure = Failure::usage(format!(
            "The request cannot be read: {}.",
            why.lines().next().unwrap_or_default()
        ));
        failure.hint = "See: shipyard deploy --help".to_owned();
        failure.chain.push(why);
        failure
    };
    let Value::Object(given) = value.map_err(bad)? else {
        return Err(bad("it is no map".to_owned()));
    };
    let mut whole = Map::new();
    // A bare spec is a request for one of it.
    let given = if given.contains_key("image") && !given.contains_key("spec") {
        Map::from_iter([("spec".to_owned(), Value::Object(given))])
    } else {
        given
    };
    for (key, value) in [
        ("copies", json!({ "total": 1 })),
        ("target", json!("all")),
        ("strategy", json!("spread")),
        ("pull", json!("missing")),
        ("undo_on_failure", json!(false)),
    ] {
        whole.insert(key.to_owned(), value);
    }
    whole.extend(given);
    if let Some(Value::Array(constraints)) = whole.get_mut("target").and_then(|target| target.get_mut("labels")) {
        for constraint in constraints {
            if let Value::String(text) = constraint {
                let read = Constraint::parse(text).map_err(|error| bad(error.to_string()))?;
                *constraint = serde_json::to_value(read).map_err(|error| bad(error.to_string()))?;
            }
        }
    }
    serde_json::from_value(Value::Object(whole)).map_err(|error| bad(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::deploy::{Copies, Target};

    #[test]
    fn yaml_and_json_say_the_same() {
        let yaml = "spec:\n  image: nginx\n  ports:\n    - {host_ip: '', host: 80, container: 80, protocol: tcp}\ncopies: {total: 3}\ntarget:\n  labels:\n    - {key: zone, value: a}\n";
        let json = r#"{"spec":{"image":"nginx","ports":[{"host_ip":"","host":80,"container":80,"protocol":"tcp"}]},
            "copies":{"total":3},"target":{"labels":[{"key":"zone","value":"a"}]}}"#;
        let request = parse(yaml).unwrap();
        assert_eq!(request, parse(json).unwrap());
        assert_eq!(request.copies, Copies::Total(3));
    }

    #[test]
    fn files_that_people_have_are_read() {
        let (request, notes) =
            any("services:\n  web:\n    image: nginx\n    build: .\n    deploy: {replicas: 3}\n").unwrap();
        assert_eq!(
            (request.spec.image.as_str(), request.copies),
            ("nginx", Copies::Total(3))
        );
        assert_eq!(notes, ["build cannot be said in a deploy and is left out."]);
        let (request, _) = any("docker run -d --name web nginx").unwrap();
        assert_eq!(request.spec.name, "web");
        let failure = any("services:\n  web: {image: nginx}\n  db: {image: postgres}\n").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.sentence.contains("web, db"), "{}", failure.sentence);
    }

    #[test]
    fn constraints_may_be_written_as_people_write_them() {
        let yaml = "image: nginx\nname: web";
        let yaml = format!(
            "spec: {{{}}}\ntarget: {{labels: [zone=a, 'rack in (1,2)', {{key: ssd}}]}}",
            yaml.replace('\n', ", ")
        );
        let all = ["zone=a", "rack in (1,2)", "ssd"].map(|text| Constraint::parse(text).unwrap());
        assert_eq!(parse(&yaml).unwrap().target, Target::Labels(all.to_vec()));
        let bad = parse("spec: {image: nginx}\ntarget: {labels: ['zone in (a']}").unwrap_err();
        assert!(
            bad.sentence.contains("“zone in (a” is no constraint"),
            "{}",
            bad.sentence
        );
    }

    #[test]
    fn an_image_alone_is_enough() {
        let request = parse("image: nginx").unwrap();
        assert_eq!((request.spec.image.as_str(), request.target), ("nginx", Target::All));
    }

    #[test]
    fn what_nobody_knows_is_refused() {
        for bad in [
            "",
            "nginx",
            "image: nginx\nprivilged: true",
            "{\"spec\":",
            "spec: {image: a}\ncopy: 3",
            "a: &a [*a]",
        ] {
            assert_eq!(parse(bad).unwrap_err().exit, crate::error::Exit::Usage, "{bad}");
        }
    }

    #[test]
    fn every_request_that_is_printed_is_read() {
        let request = parse("{\"image\":\"nginx\",\"restart\":{\"on-failure\":3}}").unwrap();
        let value = serde_json::to_value(&request).unwrap();
        assert_eq!(parse(&value.to_string()).unwrap(), request);
        assert_eq!(parse(&crate::out::yaml::render(&value)).unwrap(), request);
    }
}
