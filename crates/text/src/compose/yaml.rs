//! A small tree, written as a YAML document.

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A text. Compose puts a value in for `$`, so that there are two of them where one is meant.
    Text(String),
    /// A number or a truth.
    Plain(String),
    /// A list.
    List(Vec<Node>),
    /// A map in its order.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// A text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn is_block(&self) -> bool {
        match self {
            Self::List(all) => !all.is_empty(),
            Self::Map(all) => !all.is_empty(),
            Self::Text(_) | Self::Plain(_) => false,
        }
    }

    fn scalar(&self) -> String {
        match self {
            Self::Text(text) => word(&text.replace('$', "$$")),
            Self::Plain(text) => text.clone(),
            Self::List(_) => "[]".to_owned(),
            Self::Map(_) => "{}".to_owned(),
        }
    }
}

/// The document of a map.
pub(super) fn document(map: &[(String, Node)]) -> String {
    let mut out = String::new();
    fields(&mut out, map, 0, false);
    out
}

fn indent(out: &mut String, depth: usize) {
    out.push_str(&"  ".repeat(depth));
}

/// `begun`: the first field stands where the text already is.
fn fields(out: &mut String, map: &[(String, Node)], depth: usize, begun: bool) {
    for (number, (key, value)) in map.iter().enumerate() {
        if number > 0 || !begun {
            indent(out, depth);
        }
        out.push_str(&word(key));
        out.push(':');
        match value {
            Node::Map(inner) if value.is_block() => {
                out.push('\n');
                fields(out, inner, depth + 1, false);
            }
            Node::List(items) if value.is_block() => {
                out.push('\n');
                list(out, items, depth + 1);
            }
            other => {
                out.push(' ');
                out.push_str(&other.scalar());
                out.push('\n');
            }
        }
    }
}

fn list(out: &mut String, items: &[Node], depth: usize) {
    for item in items {
        indent(out, depth);
        out.push_str("- ");
        match item {
            Node::Map(map) if item.is_block() => fields(out, map, depth + 1, true),
            other => {
                out.push_str(&other.scalar());
                out.push('\n');
            }
        }
    }
}

/// A text, bare where nobody can take it for a number, a truth or a piece of syntax.
fn word(text: &str) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric() || "_-./=@+,".contains(c);
    // A colon is a piece of syntax before a blank and at the end.
    let colons = !text.ends_with(':') && text.chars().all(|c| inside(c) || c == ':');
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '_'))
        && colons
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if bare { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // What a reader of YAML may refuse, fold or not show.
            c if c.is_control()
                || matches!(
                    c,
                    '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
                ) =>
            {
                out.push_str(&format!("\\U{:08X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn blocks_are_plain_and_doubtful_words_quoted() {
        let map = vec![
            ("on".to_owned(), Node::text("no")),
            (
                "ports".to_owned(),
                Node::List(vec![Node::text("8080:80"), Node::text("a:b")]),
            ),
            (
                "volumes".to_owned(),
                Node::List(vec![Node::Map(vec![
                    ("type".to_owned(), Node::text("bind")),
                    (
                        "x".to_owned(),
                        Node::Map(vec![("n".to_owned(), Node::Plain("1".to_owned()))]),
                    ),
                ])]),
            ),
            ("none".to_owned(), Node::Map(vec![])),
            ("cost".to_owned(), Node::text("5 $A")),
        ];
        assert_eq!(
            document(&map),
            "\"on\": \"no\"\nports:\n  - \"8080:80\"\n  - a:b\nvolumes:\n  - type: bind\n    x:\n      \"n\": 1\nnone: {}\ncost: \"5 $$A\"\n"
        );
    }

    proptest! {
        #[test]
        fn texts_come_back(all in proptest::collection::btree_map(any::<String>(), any::<String>(), 1..5)) {
            let map: Vec<_> = all.iter().map(|(key, value)| (key.clone(), Node::text(value.replace('$', "")))).collect();
            let want: BTreeMap<String, String> = all.into_iter().map(|(key, value)| (key, value.replace('$', ""))).collect();
            let text = document(&map);
            let back: BTreeMap<String, String> =
                serde_saphyr::from_str(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            prop_assert_eq!(back, want);
        }
    }
}
