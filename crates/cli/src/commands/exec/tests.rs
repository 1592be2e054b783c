//! What is read from the command line, and what is made of it.
use super::*;
use crate::args::{Cli, Command};
use crate::find::tests::row;
use clap::Parser;

fn parsed(words: &[&str]) -> Exec {
    let all = ["shipyard", "exec"].iter().chain(words);
    match Cli::try_parse_from(all).unwrap().command {
        Command::Exec(exec) => exec,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_follows_the_container_is_the_commands() {
    let args = parsed(&[
        "-it", "-u", "1:2", "-w", "/tmp", "-e", "A=b=c", "web", "ls", "-it", "-o", "json", "--help", "--",
    ]);
    assert!(args.interactive && args.tty);
    assert_eq!(
        (args.user.as_deref(), args.workdir.as_deref()),
        (Some("1:2"), Some("/tmp"))
    );
    let (container, command) = args.parts().unwrap();
    assert_eq!(container, "web");
    assert_eq!(command, ["ls", "-it", "-o", "json", "--help", "--"]);
    assert_eq!(parsed(&["web", "--", "ls"]).parts().unwrap().1, ["ls"]);
    assert!(!parsed(&["web", "ls", "-t"]).tty);
    for bad in [&["exec"][..], &["exec", "web"], &["exec", "-e", "=1", "web", "ls"]] {
        assert!(Cli::try_parse_from([&["shipyard"], bad].concat()).is_err(), "{bad:?}");
    }
}

#[test]
fn a_variable_without_a_value_has_the_one_that_it_has_here() {
    let args = parsed(&["-e", "A=1", "-e", "HERE", "-e", "NOWHERE", "-e", "EMPTY=", "web", "env"]);
    let own = |name: &str| (name == "HERE").then(|| "x y".to_owned());
    assert_eq!(args.environment(own), ["A=1", "HERE=x y", "EMPTY="]);
}

#[test]
fn every_word_reaches_the_server_as_it_is() {
    let args = parsed(&["-t", "-e", "A=b&c=d", "web", "sh", "-c", "echo \"é&=+\"", ""]);
    let request = args.request(args.parts().unwrap().1, Some((80, 24)));
    assert_eq!(request.command, ["sh", "-c", "echo \"é&=+\"", ""]);
    assert_eq!(request.env, ["A=b&c=d"]);
    assert_eq!((request.columns, request.rows), (Some(80), Some(24)));
    assert!(request.tty && !request.stdin);
}

/// What is on the way writes addresses down.
#[test]
fn the_address_names_the_container_and_nothing_else() {
    let path = path(&row("node1", "web", "aaaa1111"));
    assert_eq!(path, "/api/v1/exec?engine=node1&name=aaaa1111");
}

#[test]
fn what_does_not_run_is_told_before_it_is_tried() {
    let mut row = row("node1", "web", "aaaa1111");
    assert!(runs(&row).is_ok());
    for (state, verb) in [(ContainerState::Exited, "start"), (ContainerState::Paused, "unpause")] {
        row.state = state;
        let failure = runs(&row).unwrap_err();
        assert_eq!(failure.exit, Exit::Failed);
        assert!(
            failure.hint.contains(&format!("shipyard {verb} node1/web")),
            "{failure:?}"
        );
    }
}

#[test]
fn how_the_server_ended_it_has_an_exit_code() {
    let exit = |code: u16| {
        let frame = CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        closed(Some(&frame)).exit
    };
    assert_eq!(exit(4401), Exit::SignedOut);
    assert_eq!(exit(4403), Exit::Forbidden);
    assert_eq!(exit(1001), Exit::Unreachable);
    assert_eq!(closed(None).exit, Exit::Unreachable);
}
