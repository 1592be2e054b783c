//! Problems: every kind that the server can tell has its text in French. One without would be told in English, as the
//! server words it, on a French page.

use super::{Problems, texts};
use crate::files;
use crate::project::Project;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// The first words of kinds. A kind is also found by `Problem::new(404, "…"`, so a new first word is noticed where it is
/// made that way, and these are for the tables and helpers that kinds also come from.
const FAMILIES: [&str; 13] = [
    "call",
    "container",
    "containers",
    "deploy",
    "engine",
    "image",
    "node",
    "operations",
    "password",
    "pool",
    "sign-in",
    "socket",
    "store",
];

/// Put together at run time from the field at fault, so that no search finds them.
const BUILT: [&str; 3] = [
    "engine.authority-missing",
    "engine.certificate-missing",
    "engine.key-missing",
];

/// Acts on record that look like kinds of problems where they are not handed to the record at once.
const ACTS: [&str; 7] = [
    "deploy.complete",
    "deploy.reschedule",
    "deploy.tidy",
    "engine.add",
    "engine.remove",
    "node.enrol",
    "node.remove",
];

/// Where the words of other programs stand, which look like kinds too (Compose's `deploy.replicas`): kinds are found by their
/// status alone.
const FOREIGN: &str = "crates/text";

/// Where problems are made. The app's own faults in a form are worded by the page, with other keys.
const PLACES: [&str; 3] = ["crates", "server/src", "app/src/calls.rs"];

pub(super) fn check(project: &Project) -> Result<Problems> {
    let french = texts::load(&project.path("app/locales/fr.json"))?;
    let mut told: BTreeMap<String, String> = BUILT
        .iter()
        .map(|code| ((*code).to_owned(), "crates/yard".to_owned()))
        .collect();
    for place in PLACES {
        for file in files::with_extension(&project.path(place), &["rs"])? {
            let name = file.strip_prefix(&project.root).unwrap_or(&file);
            if is_test(name) {
                continue;
            }
            let families = !name.starts_with(FOREIGN);
            for code in codes(&files::read(&file)?, families) {
                told.entry(code).or_insert_with(|| name.display().to_string());
            }
        }
    }
    Ok(told
        .iter()
        .filter(|(code, _)| !french.contains_key(&format!("problem.{code}")))
        .map(|(code, place)| format!("{place}: fr.json lacks problem.{code}"))
        .collect())
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests")
        || path
            .file_stem()
            .is_some_and(|stem| stem.to_string_lossy().ends_with("tests"))
}

/// The kinds that a source file names, its tests and comments apart; `families`: also by their first word.
fn codes(source: &str, families: bool) -> Vec<String> {
    let code: String = source
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    // Every quote may begin a literal; what stands between two literals is never the name of a kind.
    let literals = code.match_indices('"').filter_map(|(at, _)| {
        let (before, rest) = code.split_at(at);
        let (text, _) = rest.strip_prefix('"')?.split_once('"')?;
        let by_family = families && in_family(text) && !is_action(before) && !ACTS.contains(&text);
        (is_name(text) && (by_family || follows_status(before))).then(|| text.to_owned())
    });
    literals.collect()
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('.')
        && text.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '-'))
}

fn in_family(text: &str) -> bool {
    text.split_once('.').is_some_and(|(first, _)| FAMILIES.contains(&first))
}

/// Whether the code ends in `activity.begin(actor,` or `self.recorded(actor,`: what stands there names an act, such as
/// `engine.add`.
fn is_action(before: &str) -> bool {
    [".begin(", ".recorded("].iter().any(|call| {
        before
            .rsplit_once(call)
            .is_some_and(|(_, between)| !between.contains(['"', ';', '{']))
    })
}

/// Whether the code ends in `Problem::new(404,`, or in `Self::new(404,` as in the problem's own file.
fn follows_status(before: &str) -> bool {
    let Some(before) = before.trim_end().strip_suffix(',') else {
        return false;
    };
    let call = before.trim_end_matches(|c: char| c.is_ascii_digit());
    call.len() < before.len() && call.trim_end().ends_with("::new(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_however_they_are_made() {
        let source = "Problem::new(403, \"forbidden\", \"No.\"); Self::new(\n    500,\n    \"internal\", \"x\");\n\
                      fault(\"image\", \"deploy.image-empty\", \"Say which.\");\n\
                      kind(Some(404), &[\"No such\", \"x509:\"], 404, \"container.gone\", \"Gone.\", \"\");\n\
                      // Problem::new(500, \"in-a-comment\", \"\")\n\
                      t(\"welcome.title\"); new(\"x\", \"y\");\n\
                      activity.begin(\n    actor,\n    \"engine.add\", subject, \"\").await?;\n\
                      #[cfg(test)]\nmod tests { Problem::new(422, \"in-a-test\", \"\") }\n";
        let found = ["forbidden", "internal", "deploy.image-empty", "container.gone"];
        assert_eq!(codes(source, true), found);
        assert_eq!(codes(source, false), ["forbidden", "internal"]);
        assert_eq!(
            codes("\"engine.add\" => 1, Problem::new(422, \"engine.add\", x)", true),
            ["engine.add"]
        );
    }

    #[test]
    fn tests_make_problems_that_nobody_reads() {
        assert!(is_test(Path::new("crates/yard/tests/yard/engines.rs")));
        assert!(is_test(Path::new("crates/fleet/src/view/tests.rs")));
        assert!(is_test(Path::new("crates/engine/src/mirror_tests.rs")));
        assert!(!is_test(Path::new("crates/fleet/src/calls.rs")));
    }
}
