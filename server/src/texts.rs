//! Texts of the server's own pages, from the same tables as the app's.
use shipyard_model::Language;
use shipyard_model::Problem;
use std::collections::BTreeMap;
use std::sync::LazyLock;

type Table = BTreeMap<String, String>;

static ENGLISH: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../app/locales/en.json")));
static FRENCH: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../app/locales/fr.json")));

fn read(json: &str) -> Table {
    // The tables are part of the program: a test reads them, so nothing is lost by an empty one here.
    serde_json::from_str(json).unwrap_or_default()
}

fn find(language: Language, key: &str) -> Option<&'static str> {
    let table: &'static Table = match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    };
    table.get(key).map(String::as_str)
}

/// The text of a key; the key itself where there is none.
pub(crate) fn get(language: Language, key: &'static str) -> &'static str {
    find(language, key).unwrap_or(key)
}

/// A problem in a language: its kind's text where the table has one, else its English sentence.
pub(crate) fn problem(language: Language, problem: &Problem) -> String {
    let Some(text) = find(language, &format!("problem.{}", problem.code)) else {
        return problem.to_string();
    };
    problem.args.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_keys_of_the_server_pages() {
        let keys = |table: &Table| -> Vec<String> {
            let ours = table.keys().filter(|key| {
                ["login.", "code.", "join.", "welcome.", "shell."]
                    .iter()
                    .any(|part| key.starts_with(part))
            });
            ours.cloned().collect()
        };
        assert!(keys(&ENGLISH).len() > 15);
        assert_eq!(keys(&ENGLISH), keys(&FRENCH));
    }

    #[test]
    fn every_key_that_the_server_names_exists() {
        let pages = [
            include_str!("pages/login.rs"),
            include_str!("pages/code.rs"),
            include_str!("pages/join.rs"),
            include_str!("pages/welcome.rs"),
            include_str!("pages/shell.rs"),
            include_str!("pages/skeleton.rs"),
            include_str!("pages/layout.rs"),
        ];
        for page in pages {
            // `t("…")`, but not the end of a longer name such as `hint("…")`.
            let calls = page.match_indices("t(\"").map(|(at, _)| page.split_at(at));
            for (_, call) in calls.filter(|(before, _)| !before.ends_with(char::is_alphanumeric)) {
                let key = call.split('"').nth(1).unwrap();
                assert!(ENGLISH.contains_key(key), "{key} is missing in en.json");
                assert!(FRENCH.contains_key(key), "{key} is missing in fr.json");
            }
        }
    }

    #[test]
    fn a_problem_is_told_in_the_language_with_its_values() {
        let problem = Problem::new(429, "no-such-code", "English.").hint("Hint.");
        assert_eq!(super::problem(Language::French, &problem), "English. Hint.");
    }
}
