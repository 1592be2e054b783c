//! What a text cannot say, and what nobody changed in it, stays as it was: a text is compared with what the request before
//! would have become as text, and where both say the same the request before is right.
use serde_json::{Map, Value};
use shipyard_model::deploy::DeployRequest;

/// Fields of a spec that texts say together: a part of the one can stand in the other.
const TOGETHER: [&[&str]; 3] = [
    &["entrypoint", "command"],
    &["network", "endpoint", "networks"],
    &["volumes", "tmpfs", "volume_driver"],
];

/// The request that a text says, with what it leaves as it was.
///
/// `said`: what the text says. `before`: what the text of `base` says.
pub(crate) fn unchanged(said: DeployRequest, before: Option<DeployRequest>, base: &DeployRequest) -> DeployRequest {
    let Some(before) = before else { return said };
    let merged = || {
        let mut said = fields(&said)?;
        let (before, base) = (fields(&before)?, fields(base)?);
        let (mut spec, spec_before, spec_base) = (inner(&said)?, inner(&before)?, inner(&base)?);
        keep(&mut spec, &spec_before, &spec_base, &TOGETHER);
        keep(&mut said, &before, &base, &[]);
        said.insert("spec".to_owned(), Value::Object(spec));
        serde_json::from_value(Value::Object(said)).ok()
    };
    merged().unwrap_or(said)
}

fn fields(request: &DeployRequest) -> Option<Map<String, Value>> {
    match serde_json::to_value(request).ok()? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

fn inner(request: &Map<String, Value>) -> Option<Map<String, Value>> {
    request.get("spec").and_then(Value::as_object).cloned()
}

fn keep(said: &mut Map<String, Value>, before: &Map<String, Value>, base: &Map<String, Value>, together: &[&[&str]]) {
    let same: Vec<String> = said
        .iter()
        .filter(|(key, value)| before.get(*key) == Some(value))
        .map(|(key, _)| key.clone())
        .collect();
    let is_same = |key: &str| same.iter().any(|one| one == key);
    for key in &same {
        let group = together.iter().find(|group| group.contains(&key.as_str()));
        if group.is_none_or(|group| group.iter().all(|one| is_same(one)))
            && let Some(value) = base.get(key)
        {
            said.insert(key.clone(), value.clone());
        }
    }
}
