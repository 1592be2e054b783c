//! Texts: every key that the app uses exists in every language, and says the same things. A missing one would show as
//! its key, on a page that nobody who wrote it reads in that language.

use super::Problems;
use crate::files;
use crate::project::Project;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(super) type Texts = BTreeMap<String, String>;

/// A use of a text: its key and the values it is given. None where the values are not written at the call.
#[derive(Debug, PartialEq, Eq)]
struct Use {
    key: String,
    values: Option<BTreeSet<String>>,
}

pub(super) fn check(project: &Project) -> Result<Problems> {
    let english = load(&project.path("app/locales/en.json"))?;
    let french = load(&project.path("app/locales/fr.json"))?;
    let mut problems = compare(&english, &french);
    for name in ["en.json", "fr.json"] {
        let table = files::read(&project.path("app/locales").join(name))?;
        problems.extend(out_of_order(&table).map(|key| format!("{name}: {key} is out of order")));
    }
    for file in files::with_extension(&project.path("app/src"), &["rs"])? {
        let name = file.strip_prefix(&project.root).unwrap_or(&file).display();
        for used in uses(&files::read(&file)?) {
            problems.extend(check_use(&used, &english).map(|problem| format!("{name}: {problem}")));
        }
    }
    Ok(problems)
}

pub(super) fn load(path: &Path) -> Result<Texts> {
    serde_json::from_str(&files::read(path)?).with_context(|| format!("{}: not a flat table of texts", path.display()))
}

/// Both languages have the same keys, and each text the same placeholders. Only problems may be in French alone: the
/// server tells them in English itself.
fn compare(english: &Texts, french: &Texts) -> Problems {
    let mut problems = Problems::new();
    for (key, text) in english {
        match french.get(key) {
            None => problems.push(format!("fr.json lacks {key}")),
            Some(other) if placeholders(text) != placeholders(other) => {
                problems.push(format!("{key} has other {{placeholders}} in fr.json than in en.json"));
            }
            Some(_) => {}
        }
    }
    problems.extend(
        french
            .keys()
            .filter(|key| !english.contains_key(*key) && !key.starts_with("problem."))
            .map(|key| format!("en.json lacks {key}")),
    );
    problems
}

/// The first key that comes before the one above it. The app knows a text by its place, which is that of its key in the
/// other language.
fn out_of_order(table: &str) -> Option<String> {
    let keys = table
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix('"')?.split_once('"'));
    let keys: Vec<&str> = keys.map(|(key, _)| key).collect();
    let wrong = keys.windows(2).find(|pair| pair.first() > pair.last())?;
    wrong.last().map(|key| (*key).to_owned())
}

/// A use gives every value that its text has a place for, and no other. A count `n` also picks the singular, so where
/// there is one, it may be given though neither text shows it.
fn check_use(used: &Use, texts: &Texts) -> Option<String> {
    let Use { key, values } = used;
    let Some(text) = texts.get(key) else {
        return Some(format!("{key} is in no language"));
    };
    let singular = texts.get(&format!("{key}.one"));
    let given = values.as_ref()?;
    let mut wanted = placeholders(text);
    wanted.extend(singular.map(|text| placeholders(text)).unwrap_or_default());
    if singular.is_some() {
        wanted.insert("n".to_owned());
    }
    (*given != wanted).then(|| format!("{key} is given {given:?} and its text has {wanted:?}"))
}

/// The names in braces.
fn placeholders(text: &str) -> BTreeSet<String> {
    let parts = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
    parts.map(|(name, _)| name.to_owned()).collect()
}

/// The texts that a source file names: `t!("key", name = value)` and `text::get("key")`.
fn uses(source: &str) -> Vec<Use> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = Vec::new();
    for (start, takes_values) in [("t!(", true), ("text::get(", false)] {
        for (at, _) in code.match_indices(start) {
            // `format!(` ends in `t!(` too.
            let before = code.get(..at).unwrap_or_default();
            if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let after = code.get(at + start.len()..).unwrap_or_default().trim_start();
            let Some((key, rest)) = after.strip_prefix('"').and_then(|literal| literal.split_once('"')) else {
                continue;
            };
            found.push(Use {
                key: key.to_owned(),
                values: takes_values.then(|| names(rest)),
            });
        }
    }
    found
}

/// The names in `, name = value, other = value)`, up to the parenthesis that ends the call.
fn names(arguments: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let (mut depth, mut in_string, mut current) = (0_u32, false, String::new());
    let mut characters = arguments.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' if in_string => drop(characters.next()),
            '"' => in_string = !in_string,
            _ if in_string => {}
            ')' | ']' | '}' if depth == 0 => break,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ if depth > 0 => {}
            ',' => current.clear(),
            '=' => {
                let name = current.trim();
                if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                    names.insert(name.to_owned());
                }
                // Whatever stands after the first `=` is the value.
                current = "=".to_owned();
            }
            c => current.push(c),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[(&str, &str)]) -> Texts {
        list.iter()
            .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn languages_say_the_same() {
        let english = texts(&[("a", "{n} boxes"), ("b", "Box"), ("c", "Crane")]);
        let french = texts(&[("a", "{m} boîtes"), ("b", "Boîte"), ("d", "Grue")]);
        assert_eq!(compare(&english, &english), Problems::new());
        let found = [
            "a has other {placeholders} in fr.json than in en.json",
            "fr.json lacks c",
            "en.json lacks d",
        ];
        assert_eq!(compare(&english, &french), found);
    }

    #[test]
    fn keys_are_in_order() {
        assert_eq!(
            out_of_order("{\n  \"a\": \"Z\",\n  \"a-b\": \"Y\",\n  \"a.b\": \"X\"\n}"),
            None
        );
        assert_eq!(
            out_of_order("{\n  \"b\": \"\",\n  \"a\": \"\"\n}").as_deref(),
            Some("a")
        );
    }

    #[test]
    fn uses_are_found() {
        let source = "let a = t!(\"a\"); // t!(\n format!(\"{b}\"); t!(\n  \"b\", n = f(1, x == 2), of = \"a, c = )\");\n\
                      crate::text::get(\"c\")\n    /// t!(\"in a comment\")\n";
        let found: Vec<(String, Option<Vec<String>>)> = uses(source)
            .into_iter()
            .map(|one| (one.key, one.values.map(|values| values.into_iter().collect())))
            .collect();
        let owned = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(
            found,
            [
                ("a".to_owned(), owned(&[])),
                ("b".to_owned(), owned(&["n", "of"])),
                ("c".to_owned(), None)
            ]
        );
    }

    #[test]
    fn a_use_gives_what_its_text_needs() {
        let table = texts(&[("a", "{up} of {of}")]);
        let given = |names: &[&str]| Use {
            key: "a".to_owned(),
            values: Some(names.iter().map(|n| (*n).to_owned()).collect()),
        };
        assert_eq!(check_use(&given(&["of", "up"]), &table), None);
        assert!(check_use(&given(&["of"]), &table).is_some());
        assert!(
            check_use(
                &Use {
                    key: "b".to_owned(),
                    values: None
                },
                &table
            )
            .is_some()
        );
    }
}
