//! Which hook is meant, and what stays of one that is changed.
use super::*;
use crate::args::{Cli, Command};
use clap::Parser;
use shipyard_model::Millis;

fn hook(id: &str, name: &str) -> Hook {
    Hook {
        id: id.into(),
        name: name.into(),
        url: "https://example.org/".into(),
        actions: vec!["deploy".into()],
        refused_too: true,
        engines: vec!["node1".into()],
        enabled: false,
        stopped: None,
        created: Millis(0),
        by: "ann".into(),
        secret_since: Millis(0),
    }
}

#[test]
fn a_hook_is_named_by_its_name_or_its_id() {
    let rows = [
        hook("aa11", "chat"),
        hook("aa22", "audit"),
        hook("bb33", "audit"),
        hook("cc44", "aa11"),
    ];
    let id = |text| choose(&rows, text).map(|hook| hook.id);
    assert_eq!(id("chat").unwrap(), "aa11");
    assert_eq!(id("aa11").unwrap(), "aa11", "a whole id is more than a name");
    assert_eq!(id("bb").unwrap(), "bb33");
    let several = id("audit").unwrap_err();
    assert_eq!(several.exit, Exit::Usage);
    assert!(
        several.hint.contains("aa22  audit") && several.hint.contains("bb33"),
        "{several:?}"
    );
    assert_eq!(id("aa").unwrap_err().exit, Exit::Usage);
    assert_eq!(id("").unwrap_err().exit, Exit::NotFound);
}

#[test]
fn what_is_not_named_stays() {
    let edit = |words: &[&str]| match Cli::try_parse_from([&["shipyard", "edit-hook", "chat"], words].concat()) {
        Ok(Cli {
            command: Command::EditHook(edit),
            ..
        }) => edit.of(hook("aa11", "chat").edited()),
        other => panic!("{other:?}"),
    };
    let old = hook("aa11", "chat").edited();
    assert_eq!(edit(&[]), old);
    let new = edit(&["--action", "container,engine", "--engine", "", "--refused-too", "false"]);
    assert_eq!(new.actions, ["container", "engine"]);
    assert!(new.engines.is_empty() && !new.refused_too);
    assert_eq!((new.name, new.url, new.enabled), (old.name, old.url, old.enabled));
}
