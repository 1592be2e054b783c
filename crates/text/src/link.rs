//! The whole request as text for an address: JSON as base64url.
//!
//! A link outlives versions: fields that this one does not know are told and left out, and what is missing is as usual.
use crate::{Read, Written, told};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use shipyard_model::Problem;
use shipyard_model::deploy::DeployRequest;

/// What may stand before it in an address.
const NAME: &str = "spec=";

/// Whether a text can be one.
pub(crate) fn is_link(text: &str) -> bool {
    body(text).starts_with("eyJ")
}

fn body(text: &str) -> &str {
    let text = text.trim();
    text.split_once(NAME).map_or(text, |(_, body)| body)
}

/// Writes a request, without what is as usual.
pub(crate) fn write(request: &DeployRequest) -> Written {
    let short = without(value(request), &value(&DeployRequest::default()));
    Written {
        text: URL_SAFE_NO_PAD.encode(short.to_string()),
        notes: Vec::new(),
    }
}

fn value(request: &DeployRequest) -> Value {
    serde_json::to_value(request).unwrap_or_default()
}

/// A value without the fields that are the same in another one.
fn without(value: Value, usual: &Value) -> Value {
    match (value, usual) {
        (Value::Object(map), Value::Object(usual)) => {
            let differs = map.into_iter().filter(|(key, value)| usual.get(key) != Some(value));
            let short = differs.map(|(key, value)| {
                let usual = usual.get(&key);
                let value = if key == "spec" {
                    usual.map_or(value.clone(), |usual| without(value, usual))
                } else {
                    value
                };
                (key, value)
            });
            Value::Object(short.collect())
        }
        (value, _) => value,
    }
}

/// Reads one.
///
/// # Errors
/// When it is damaged, or says something else than is expected.
pub(crate) fn read(text: &str) -> Result<Read, Problem> {
    let damaged = || {
        told::fault("text.link-damaged", "The link is damaged: it holds no deploy.")
            .hint("Copy the whole of it, or ask for it again.")
    };
    let body = body(text);
    let bytes = URL_SAFE_NO_PAD.decode(body).or_else(|_| URL_SAFE.decode(body));
    let bytes = bytes.map_err(|_| damaged())?;
    let Ok(Value::Object(given)) = serde_json::from_slice(&bytes) else {
        return Err(damaged());
    };
    let mut notes = Vec::new();
    let mut whole = match value(&DeployRequest::default()) {
        Value::Object(whole) => whole,
        _ => Map::new(),
    };
    let mut spec = match whole.remove("spec") {
        Some(Value::Object(spec)) => spec,
        _ => Map::new(),
    };
    for (key, value) in given {
        match value {
            Value::Object(given) if key == "spec" => take(&mut spec, given, &mut notes),
            value => take(&mut whole, Map::from_iter([(key, value)]), &mut notes),
        }
    }
    whole.insert("spec".to_owned(), Value::Object(spec));
    let request = serde_json::from_value(Value::Object(whole)).map_err(|error| {
        let detail = format!("The link says something that Shipyard does not understand: {error}.");
        told::fault("text.link-wrong", detail).arg("why", error)
    })?;
    Ok(Read { request, notes })
}

/// Takes what has a place, and tells of the rest.
fn take(into: &mut Map<String, Value>, given: Map<String, Value>, notes: &mut Vec<Problem>) {
    for (key, value) in given {
        if into.contains_key(&key) {
            into.insert(key, value);
        } else {
            notes.push(told::unsaid(&key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Result<Read, Problem> {
        read(&URL_SAFE_NO_PAD.encode(json))
    }

    #[test]
    fn what_is_usual_is_not_said() {
        let read = of(r#"{"spec":{"image":"nginx"},"copies":{"total":3}}"#).unwrap();
        assert_eq!(read.notes, []);
        let text = write(&read.request).text;
        assert_eq!(
            URL_SAFE_NO_PAD.decode(&text).unwrap(),
            br#"{"copies":{"total":3},"spec":{"image":"nginx"}}"#
        );
        assert_eq!(
            super::read(&format!("https://yard.example/deploy#spec={text}")).unwrap(),
            read
        );
    }

    #[test]
    fn what_is_not_known_is_told_and_what_is_wrong_refused() {
        let read = of(r#"{"spec":{"image":"a","color":"red"},"mood":"good"}"#).unwrap();
        let told: Vec<_> = read.notes.iter().map(|note| note.args["option"].as_str()).collect();
        assert_eq!((read.request.spec.image.as_str(), told), ("a", vec!["mood", "color"]));
        assert_eq!(of(r#"{"copies":"many"}"#).unwrap_err().code, "text.link-wrong");
        for bad in ["eyJ", "%%%", "bm90aGluZw", ""] {
            assert_eq!(super::read(bad).unwrap_err().code, "text.link-damaged", "{bad}");
        }
    }
}
