//! Constraints as they are written, read and judged.
use super::*;
use proptest::prelude::*;

fn all(words: &[&str]) -> Vec<Constraint> {
    words.iter().map(|word| Constraint::parse(word).unwrap()).collect()
}

#[test]
fn values_of_a_key_are_alternatives_and_keys_all_hold() {
    let labels = Labels::parse("zone=a ssd").unwrap();
    let cases: [(&[&str], Option<&str>); 15] = [
        (&["zone=a", "zone=b", "ssd"], None),
        (&["zone=b"], Some("zone")),
        (&["gpu", "ssd"], Some("gpu")),
        (&["zone in (b, a)"], None),
        (&["zone in (b,c)", "ssd"], Some("zone")),
        (&["zone in (b,c)", "zone=a"], None),
        (&["zone!=b"], None),
        (&["zone!=a"], Some("zone")),
        (&["zone=a", "zone!=a"], Some("zone")),
        (&["zone", "zone!=b"], None),
        (&["zone not in (b,a)"], Some("zone")),
        (&["rack!=1"], None),
        (&["rack", "rack!=1"], Some("rack")),
        (&["!gpu"], None),
        (&["!ssd"], Some("ssd")),
    ];
    for (words, unmet) in cases {
        assert_eq!(first_unmet(&all(words), &labels), unmet, "{words:?}");
    }
}

#[test]
fn each_form_is_read_however_it_is_spaced() {
    for (text, same) in [
        (" zone = a ", "zone=a"),
        ("zone !=a", "zone!=a"),
        ("zone in(a , b)", "zone in (a,b)"),
        ("zone  not  in ( a )", "zone!=a"),
        ("zone in (a,a,b,a)", "zone in (a,b)"),
        ("ssd=", "ssd"),
        ("engine=node1", "engine=node1"),
        ("in in (in)", "in=in"),
        ("host:5000/a", "host:5000/a"),
    ] {
        assert_eq!(Constraint::parse(text).unwrap().to_string(), same, "{text}");
    }
    let several = Constraint::parse_all("zone in (a, b), ssd engine!=node1\nnot in (c)").unwrap();
    let written: Vec<_> = several.iter().map(ToString::to_string).collect();
    assert_eq!(written, ["zone in (a,b)", "ssd", "engine!=node1", "not=c"]);
}

#[test]
fn what_cannot_be_read_says_what_is_wrong_with_it() {
    for (text, why) in [
        ("", "the label's key is missing"),
        ("=a", "the label's key is missing"),
        ("!", "the label's key is missing"),
        ("zone!=", "a value is missing"),
        ("zone in ()", "a value is missing"),
        ("zone in (a,)", "a value is missing"),
        ("zone in (a", "its list has no ')' at the end"),
        ("zone in (a b)", "its list has no ')' at the end"),
        ("zone=a b", "“b” cannot be read"),
        ("zone<a", "“<a” cannot be read"),
        ("zone==a", "“=a” cannot be read"),
    ] {
        let told = Constraint::parse(text).unwrap_err().to_string();
        assert!(
            told.starts_with(&format!("“{text}” is no constraint: {why}; write ")),
            "{text}: {told}"
        );
    }
    let long = "a".repeat(129);
    assert!(Constraint::parse(&long).unwrap_err().to_string().contains("128 bytes"));
    assert_eq!(Constraint::parse_all("ssd zone<a gpu").unwrap_err().text, "<a gpu");
}

#[test]
fn what_was_kept_before_reads_as_it_did() {
    let read = |json: &str| serde_json::from_str::<Constraint>(json).unwrap();
    assert_eq!(
        read(r#"{"key":"zone","value":"a"}"#),
        Constraint::parse("zone=a").unwrap()
    );
    assert_eq!(read(r#"{"key":"ssd","value":null}"#), Constraint::key("ssd"));
    assert_eq!(read(r#"{"key":"ssd"}"#), Constraint::key("ssd"));
    let plain = serde_json::to_string(&Constraint::parse("zone=a").unwrap()).unwrap();
    assert_eq!(
        plain, r#"{"key":"zone","value":"a"}"#,
        "and what could be said before is written as before"
    );
}

fn any_constraint() -> impl Strategy<Value = Constraint> {
    let words = prop::collection::vec("[a-zé0-9._/:-]{1,6}", 0..4);
    ("[a-zé0-9._/:-]{1,6}|in|not", words, any::<bool>()).prop_map(|(key, words, not)| {
        let mut values: Vec<String> = Vec::new();
        for word in words {
            if !values.contains(&word) {
                values.push(word);
            }
        }
        let mut values = values.into_iter();
        Constraint {
            key,
            value: values.next(),
            or: values.collect(),
            not,
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(all in prop::collection::vec(any_constraint(), 0..5)) {
        for one in &all {
            prop_assert_eq!(&Constraint::parse(&one.to_string()).unwrap(), one);
            let json = serde_json::to_string(one).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Constraint>(&json).unwrap(), one);
        }
        let text = all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        prop_assert_eq!(Constraint::parse_all(&text).unwrap(), all);
    }

    #[test]
    fn no_text_is_too_strange(text in ".*", signs in "[a-c!=(), in]{0,12}") {
        for text in [text, signs] {
            let _ = (Constraint::parse(&text), Constraint::parse_all(&text));
        }
    }

    #[test]
    fn not_is_the_other_way_round(one in any_constraint(), has in prop::option::of("[a-c]")) {
        let other = Constraint { not: !one.not, ..one.clone() };
        prop_assert_ne!(one.met_by(has.as_deref()), other.met_by(has.as_deref()));
    }
}
