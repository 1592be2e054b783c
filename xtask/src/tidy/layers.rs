//! The house: which crate may use which. Read from cargo's own metadata, so that a new arrow in the wrong direction
//! fails at once and not when somebody draws the picture again.

use super::Problems;
use crate::build::WASM;
use crate::project::Project;
use crate::shell;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeSet;

/// What each crate may use of the others. A crate that is not here has no place yet.
const HOUSE: [(&str, &[&str]); 17] = [
    ("shipyard-model", &[]),
    ("shipyard-engine", &["shipyard-model"]),
    ("shipyard-fleet", &["shipyard-model", "shipyard-engine"]),
    ("shipyard-access", &["shipyard-model"]),
    ("shipyard-store", &["shipyard-model"]),
    ("shipyard-pki", &["shipyard-model"]),
    ("shipyard-courier", &[]),
    ("shipyard-bench", &["shipyard-model"]),
    ("shipyard-sim", &[]),
    ("shipyard-text", &["shipyard-model"]),
    (
        "shipyard-yard",
        &[
            "shipyard-model",
            "shipyard-access",
            "shipyard-store",
            "shipyard-engine",
            "shipyard-fleet",
            "shipyard-pki",
            "shipyard-courier",
            "shipyard-text",
        ],
    ),
    ("shipyard-view-macro", &[]),
    (
        "shipyard-app",
        &[
            "shipyard-model",
            "shipyard-access",
            "shipyard-yard",
            "shipyard-view-macro",
        ],
    ),
    ("shipyard-frontend", &["shipyard-app"]),
    (
        "shipyard-server",
        &[
            "shipyard-model",
            "shipyard-access",
            "shipyard-store",
            "shipyard-yard",
            "shipyard-app",
        ],
    ),
    ("shipyard-cli", &["shipyard-model", "shipyard-text"]),
    ("xtask", &[]),
];

/// Crates that one of ours hides from all the others.
const HIDDEN: [(&str, &str); 2] = [("bollard", "shipyard-engine"), ("sled", "shipyard-store")];

/// What must never be compiled for the browser.
const SERVER_ONLY: [&str; 5] = ["axum", "bollard", "rustls", "sled", "tokio"];

pub(super) fn check(project: &Project) -> Result<Problems> {
    let metadata = shell::output(&mut project.cargo(&["metadata", "--format-version", "1", "--no-deps"]))?;
    let mut problems = arrows(&metadata)?;
    // `--prefix none` gives one crate a line: its name, then its version.
    let tree = [
        "tree",
        "--package",
        "shipyard-frontend",
        "--target",
        WASM,
        "--edges",
        "normal",
        "--prefix",
        "none",
    ];
    problems.extend(in_browser(&shell::output(&mut project.cargo(&tree))?));
    Ok(problems)
}

fn arrows(metadata: &str) -> Result<Problems> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .context("cargo metadata lists no packages")?;
    let ours: BTreeSet<&str> = packages.iter().filter_map(|package| text(package, "name")).collect();
    let mut problems = Problems::new();
    for package in packages {
        let name = text(package, "name").context("a package without a name")?;
        let Some((_, allowed)) = HOUSE.iter().find(|(member, _)| *member == name) else {
            problems.push(format!(
                "{name} has no place in the house yet: give it one in xtask/src/tidy/layers.rs"
            ));
            continue;
        };
        let uses = package
            .get("dependencies")
            .and_then(Value::as_array)
            .context("a package without dependencies")?;
        for dependency in uses {
            let used = text(dependency, "name").context("a dependency without a name")?;
            // Tests may look at any layer.
            let in_tests = text(dependency, "kind") == Some("dev");
            if ours.contains(used) && !in_tests && !allowed.contains(&used) {
                problems.push(format!("{name} must not depend on {used}"));
            }
            if name == "shipyard-app" && used == "shipyard-yard" && !flag(dependency, "optional") {
                problems.push("shipyard-app may have shipyard-yard only as optional, for its feature ssr".to_owned());
            }
            if let Some((hidden, owner)) = HIDDEN.iter().find(|(hidden, owner)| *hidden == used && *owner != name) {
                problems.push(format!("{name} must not depend on {hidden}: only {owner} may"));
            }
        }
    }
    Ok(problems)
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

fn flag(value: &Value, field: &str) -> bool {
    value.get(field).and_then(Value::as_bool).unwrap_or_default()
}

fn in_browser(tree: &str) -> Problems {
    let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let found = SERVER_ONLY.iter().filter(|name| crates.contains(**name));
    found
        .map(|name| format!("{name} would be compiled for the browser (cargo tree -p shipyard-frontend -i {name})"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &str) -> String {
        format!(
            r#"{{"packages": [{{"name": "shipyard-model", "dependencies": []}}, {{"name": "{name}", "dependencies": [{dependencies}]}}]}}"#
        )
    }

    #[test]
    fn arrows_point_one_way() {
        let model = r#"{"name": "shipyard-model", "kind": null}"#;
        assert_eq!(arrows(&package("shipyard-access", model)).unwrap(), Problems::new());
        assert_eq!(
            arrows(&package("xtask", model)).unwrap(),
            ["xtask must not depend on shipyard-model"]
        );
        let in_tests = r#"{"name": "shipyard-model", "kind": "dev"}"#;
        assert_eq!(arrows(&package("xtask", in_tests)).unwrap(), Problems::new());
        assert!(
            arrows(&package("shipyard-new", ""))
                .unwrap()
                .concat()
                .contains("no place")
        );
    }

    #[test]
    fn yard_is_optional_in_the_app() {
        let yard = |optional| format!(r#"{{"name": "shipyard-yard", "kind": null, "optional": {optional}}}"#);
        assert_eq!(arrows(&package("shipyard-app", &yard(true))).unwrap(), Problems::new());
        assert_eq!(arrows(&package("shipyard-app", &yard(false))).unwrap().len(), 1);
    }

    #[test]
    fn hidden_crates_have_one_owner() {
        let bollard = r#"{"name": "bollard", "kind": null}"#;
        assert_eq!(arrows(&package("shipyard-engine", bollard)).unwrap(), Problems::new());
        let refusal = ["shipyard-fleet must not depend on bollard: only shipyard-engine may"];
        assert_eq!(arrows(&package("shipyard-fleet", bollard)).unwrap(), refusal);
    }

    #[test]
    fn the_browser_gets_no_server() {
        assert_eq!(in_browser("leptos v0.8.23\ntokio-macros v2\n"), Problems::new());
        assert_eq!(in_browser("leptos v0.8.23\ntokio v1.50.0 (*)\n").len(), 1);
    }
}
