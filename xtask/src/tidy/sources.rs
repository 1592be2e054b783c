//! What a source file must and must not hold.

use super::Problems;
use crate::files;
use crate::project::Project;
use anyhow::Result;
use std::path::Path;

/// A longer file is more than one idea.
const MOST_LINES: usize = 500;

/// Ways to leave a test out. Put together here, so that this file does not hold what it looks for.
const SKIPS: [(&str, &[&str]); 4] = [
    ("#[", &["ignore]", "ignore =", "ignore="]),
    ("test.", &["skip", "only", "fixme"]),
    ("describe.", &["skip", "only", "fixme"]),
    ("it.", &["skip", "only"]),
];

pub(super) fn check(project: &Project) -> Result<Problems> {
    let mut problems = Problems::new();
    for file in files::with_extension(&project.root, &["rs", "ts"])? {
        let name = file.strip_prefix(&project.root).unwrap_or(&file);
        problems.extend(check_file(name, &files::read(&file)?));
    }
    Ok(problems)
}

fn check_file(path: &Path, text: &str) -> Problems {
    let name = path.display();
    let mut problems = Problems::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        problems.push(format!("{name} has {lines} lines: split it (at most {MOST_LINES})"));
    }
    // A `main.rs` that only calls its library has nothing to explain.
    let stub = path.ends_with("main.rs") && lines < 10;
    if path.extension().is_some_and(|extension| extension == "rs") && !stub && !text.starts_with("//!") {
        problems.push(format!("{name} does not start with //! and why it exists"));
    }
    for (number, line) in text.lines().enumerate() {
        let mut found = |what: &str| problems.push(format!("{name}:{}: {what}", number + 1));
        if SKIPS.iter().any(|(start, ends)| starts_any(line, start, ends)) {
            found("a test that does not run: mend it or remove it");
        }
        if path.starts_with("app") {
            if line.contains("inner_html") {
                found("inner_html: what an engine says is text, never markup");
            }
            if line.contains("web_sys::window") && !path.starts_with("app/src/interop") && !path.ends_with("interop.rs")
            {
                found("web_sys::window outside app/src/interop/");
            }
        }
    }
    problems
}

fn starts_any(line: &str, start: &str, ends: &[&str]) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let rest = line.get(at + start.len()..).unwrap_or_default();
        // `latest.skip` is an iterator, not a test.
        let whole = !line
            .get(..at)
            .unwrap_or_default()
            .ends_with(|c: char| c.is_alphanumeric() || c == '_');
        whole && ends.iter().any(|end| rest.starts_with(end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> usize {
        check_file(Path::new(path), text).len()
    }

    #[test]
    fn a_file_says_why_it_exists_and_is_short() {
        assert_eq!(problems("crates/model/src/lib.rs", "//! Nouns.\n"), 0);
        assert_eq!(problems("crates/model/src/lib.rs", "use std;\n"), 1);
        assert_eq!(problems("server/src/main.rs", "fn main() {}\n"), 0);
        assert_eq!(
            problems(
                "crates/model/src/lib.rs",
                &format!("//! Nouns.\n{}", "\n".repeat(MOST_LINES))
            ),
            1
        );
    }

    #[test]
    fn no_test_is_left_out() {
        let rust = ["#[", "ignore]"].concat();
        let browser = ["test.", "only('a', …)"].concat();
        assert_eq!(problems("crates/model/src/a.rs", &format!("//! A.\n{rust}\n")), 1);
        assert_eq!(problems("end2end/tests/a.spec.ts", &browser), 1);
        assert_eq!(
            problems("crates/model/src/a.rs", "//! A.\nlet rest = latest.skip(1);\n"),
            0
        );
    }

    #[test]
    fn the_app_writes_no_markup_and_keeps_to_its_window() {
        assert_eq!(problems("app/src/pages/a.rs", "//! A.\n<p inner_html=text/>\n"), 1);
        assert_eq!(problems("app/src/pages/a.rs", "//! A.\nweb_sys::window()\n"), 1);
        assert_eq!(problems("app/src/interop/browser.rs", "//! A.\nweb_sys::window()\n"), 0);
    }
}
