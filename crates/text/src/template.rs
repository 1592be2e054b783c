//! A template's places: `{{name}}` in any text of its request.
use serde_json::Value;
use shipyard_model::Problem;
use shipyard_model::deploy::DeployRequest;
use shipyard_model::template::{Template, TemplateValues};
use std::collections::BTreeSet;

/// Most places of a template, and most letters of one's name.
const MOST: usize = 50;
const LONGEST: usize = 60;

fn fault(code: &str, field: &str, detail: String) -> Problem {
    Problem::new(422, code, detail).field(field)
}

/// Whether a text can name a template or a place.
fn is_name(text: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    !text.is_empty() && text.chars().count() <= LONGEST && text.chars().all(good)
}

/// What is wrong with a template by itself.
///
/// # Errors
/// The first thing that is.
pub fn check(template: &Template) -> Result<(), Problem> {
    if !is_name(&template.name) {
        let detail = format!(
            "“{}” is no name of a template; use up to {LONGEST} letters, digits, '.', '_' and '-'.",
            template.name
        );
        return Err(fault("template.name-invalid", "name", detail).arg("value", &template.name));
    }
    if template.parameters.len() > MOST {
        let detail = format!("A template has at most {MOST} places.");
        return Err(fault("template.too-many-parameters", "parameters", detail).arg("most", MOST));
    }
    let mut seen = BTreeSet::new();
    for parameter in &template.parameters {
        if !is_name(&parameter.name) || !seen.insert(&parameter.name) {
            let detail = format!(
                "“{}” names no place: use letters, digits, '.', '_' and '-', and each name once.",
                parameter.name
            );
            return Err(fault("template.parameter-invalid", "parameters", detail).arg("value", &parameter.name));
        }
    }
    // A place that nobody fills would be deployed as it is written.
    for name in places(&template.request) {
        if !seen.contains(&name) {
            let detail = format!("“{{{{{name}}}}}” stands in the deploy and is no place of the template.");
            return Err(fault("template.parameter-missing", "parameters", detail).arg("value", name));
        }
    }
    Ok(())
}

/// Names of the places that stand in a request.
fn places(request: &DeployRequest) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut value = serde_json::to_value(request).unwrap_or_default();
    each_text(&mut value, &mut |text| {
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once("{{") {
            match after.split_once("}}") {
                Some((name, next)) if is_name(name.trim()) => {
                    all.insert(name.trim().to_owned());
                    rest = next;
                }
                _ => rest = after,
            }
        }
    });
    all
}

fn each_text(value: &mut Value, does: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => does(text),
        Value::Array(all) => all.iter_mut().for_each(|one| each_text(one, does)),
        Value::Object(map) => map.values_mut().for_each(|one| each_text(one, does)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The request of a template with values in its places.
///
/// # Errors
/// When a place has neither a value nor a default, or a value is of no place.
pub fn fill(template: &Template, values: &TemplateValues) -> Result<DeployRequest, Problem> {
    let known = |name: &String| template.parameters.iter().any(|parameter| parameter.name == *name);
    if let Some(name) = values.keys().find(|name| !known(name)) {
        let detail = format!("The template “{}” has no place “{name}”.", template.name);
        return Err(fault("template.no-such-parameter", name, detail)
            .arg("value", name)
            .arg("template", &template.name));
    }
    let mut all = Vec::new();
    for parameter in &template.parameters {
        let value = values.get(&parameter.name).or(parameter.default.as_ref());
        let Some(value) = value else {
            let detail = format!(
                "The template “{}” needs a value for “{}”.",
                template.name, parameter.name
            );
            return Err(fault("template.parameter-needed", &parameter.name, detail)
                .arg("value", &parameter.name)
                .arg("template", &template.name));
        };
        all.push((parameter.name.as_str(), value.as_str()));
    }
    let mut request = serde_json::to_value(&template.request).unwrap_or_default();
    each_text(&mut request, &mut |text| *text = filled(text, &all));
    serde_json::from_value(request).map_err(|error| {
        let detail = format!("With these values the deploy cannot be read: {error}.");
        fault("template.value-invalid", "parameters", detail).arg("why", error)
    })
}

/// A text with values in its places. What a value holds is not looked at again.
fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let place = after.split_once("}}");
        let value = place.and_then(|(name, next)| {
            let known = values.iter().find(|(one, _)| *one == name.trim());
            known.map(|(_, value)| (*value, next))
        });
        match value {
            Some((value, next)) => {
                out.push_str(value);
                rest = next;
            }
            None => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::deploy::ContainerSpec;
    use shipyard_model::template::Parameter;

    fn template() -> Template {
        let parameter = |name: &str, default: Option<&str>| Parameter {
            name: name.into(),
            default: default.map(str::to_owned),
            ..Parameter::default()
        };
        Template {
            name: "web".into(),
            parameters: vec![parameter("version", Some("1.29")), parameter("zone", None)],
            request: DeployRequest {
                spec: ContainerSpec {
                    image: "nginx:{{version}}".into(),
                    command: vec!["sh".into(), "-c".into(), "echo {{ zone }} {{ x".into()],
                    labels: vec![("zone".into(), "{{zone}}".into())],
                    ..ContainerSpec::default()
                },
                ..DeployRequest::default()
            },
            ..Template::default()
        }
    }

    #[test]
    fn places_are_filled_once() {
        let template = template();
        check(&template).unwrap();
        let values = TemplateValues::from([("zone".to_owned(), "{{version}}".to_owned())]);
        let spec = fill(&template, &values).unwrap().spec;
        assert_eq!(spec.image, "nginx:1.29");
        assert_eq!(spec.command[2], "echo {{version}} {{ x");
        assert_eq!(spec.labels[0].1, "{{version}}");
    }

    #[test]
    fn what_is_missing_or_unknown_is_told() {
        let template = template();
        let refused = fill(&template, &TemplateValues::new()).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.field.as_deref()),
            ("template.parameter-needed", Some("zone"))
        );
        let values = TemplateValues::from([("color".to_owned(), "red".to_owned())]);
        assert_eq!(fill(&template, &values).unwrap_err().code, "template.no-such-parameter");
        let mut without = template;
        without.parameters.pop();
        assert_eq!(check(&without).unwrap_err().code, "template.parameter-missing");
        without.name = "a/b".into();
        assert_eq!(check(&without).unwrap_err().code, "template.name-invalid");
    }
}
