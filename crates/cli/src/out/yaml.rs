//! JSON data as YAML: plain blocks, every text that could be read as something else in quotes.
use super::escape;
use serde_json::Value;

/// The value as a YAML document.
pub fn render(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Array(items) if !items.is_empty() => list(&mut text, items, 0),
        Value::Object(map) if !map.is_empty() => fields(&mut text, map, 0, false),
        other => {
            text.push_str(&scalar(other));
            text.push('\n');
        }
    }
    text
}

fn indent(text: &mut String, depth: usize) {
    text.push_str(&"  ".repeat(depth));
}

fn list(text: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(text, depth);
        text.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => fields(text, map, depth + 1, true),
            Value::Array(inner) if !inner.is_empty() => {
                text.push('\n');
                list(text, inner, depth + 1);
            }
            other => {
                text.push_str(&scalar(other));
                text.push('\n');
            }
        }
    }
}

/// The fields of a map. `begun`: the first one stands where the text already is.
fn fields(text: &mut String, map: &serde_json::Map<String, Value>, depth: usize, begun: bool) {
    for (number, (key, value)) in map.iter().enumerate() {
        if number > 0 || !begun {
            indent(text, depth);
        }
        text.push_str(&word(key));
        text.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                text.push('\n');
                fields(text, inner, depth + 1, false);
            }
            Value::Array(items) if !items.is_empty() => {
                text.push('\n');
                list(text, items, depth + 1);
            }
            other => {
                text.push(' ');
                text.push_str(&scalar(other));
                text.push('\n');
            }
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => word(text),
        // `null`, numbers, `true`, `[]` and `{}` are the same in both.
        other => other.to_string(),
    }
}

/// A text, bare where nobody can take it for a number, a truth or a piece of syntax.
fn word(text: &str) -> String {
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if bare {
        text.to_owned()
    } else {
        // JSON's strings are YAML's, in double quotes.
        escape::json(&Value::from(text).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn blocks_are_plain() {
        let value = json!([{ "name": "web", "ports": [80, "x: y"], "none": [], "on": { "a": null } }, "no"]);
        let want = "- name: web\n  none: []\n  \"on\":\n    a: null\n  ports:\n    - 80\n    - \"x: y\"\n- \"no\"\n";
        assert_eq!(render(&value), want);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[ -~\\n\\t]{0,12}".prop_map(Value::from),
            "[a-z.:#-]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-z~ 0-9]{1,5}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_read_back_as_it_was(value in values()) {
            let text = render(&value);
            let back: Value = serde_saphyr::from_str(&text).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
            prop_assert_eq!(back, value);
        }
    }
}
