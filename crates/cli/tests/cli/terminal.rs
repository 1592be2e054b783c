//! What is done on a terminal: passwords that are typed twice, the prompt, `top`, and lists that are followed.
use crate::pty::Pty;
use crate::support::{PASSWORD, Person, Server};
use rustix::process::Signal;
use rustix::termios::LocalModes;

#[test]
fn a_password_is_typed_twice_and_both_are_the_same() {
    let server = Server::start();
    let me = Person::admin(&server);
    let other = "harbour-crane-seven-ropes";
    let mut terminal = Pty::new(100, 30);
    let change = |terminal: &mut Pty, confirm: &str| {
        terminal.start(&me, &["change-password"]);
        for (prompt, typed) in [
            ("Current password: ", PASSWORD),
            ("Password: ", other),
            ("Confirm: ", confirm),
        ] {
            terminal.until(prompt);
            // The second prompt is the end of the first: what is awaited is that nothing is shown of what is typed.
            terminal.until_hidden();
            terminal.write(&format!("{typed}\n"));
            terminal.forget();
        }
    };
    change(&mut terminal, "something else");
    terminal.until("passwords do not match");
    assert_eq!(terminal.ended(), Some(1));
    assert_eq!(me.run(&["whoami", "-o", "name"]).ok(), "admin\n", "nothing was changed");
    change(&mut terminal, other);
    assert_eq!(terminal.ended(), Some(0));
    let login = ["login", &server.url, "-u", "admin"];
    assert_eq!(me.with(&login, &[("SHIPYARD_PASSWORD", PASSWORD)], "").code, 3);
    me.with(&login, &[("SHIPYARD_PASSWORD", other)], "").ok();

    // One that must be changed at the first sign-in is typed twice as well.
    let fresh = Server::fresh();
    let nobody = Person::new();
    terminal.start(&nobody, &["login", &fresh.url, "-u", "admin"]);
    for (prompt, typed) in [
        ("Password: ", "shipyard"),
        ("New password: ", other),
        ("Confirm: ", PASSWORD),
    ] {
        terminal.until(prompt);
        terminal.until_hidden();
        terminal.write(&format!("{typed}\n"));
        terminal.forget();
    }
    terminal.until("passwords do not match");
    assert_eq!(terminal.ended(), Some(1));
}

#[test]
fn the_prompt_does_commands_and_completes_them() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let mut terminal = Pty::new(120, 30);
    terminal.start(&me, &[]);
    let prompt = "shipyard cli> ";
    terminal.until(prompt);
    terminal.forget();
    terminal.write("engines -o name\r");
    terminal.until("node1\r\nnode2\r\n");
    terminal.until(prompt);
    // A command, and the name of an engine that is there.
    terminal.forget();
    terminal.write("inspect-eng\t node2\t -o name\r");
    terminal.until("inspect-engine node2");
    terminal.until("\nnode2\r\n");
    terminal.until(prompt);
    terminal.forget();
    terminal.write("no-such-command\r");
    terminal.until("unrecognized subcommand");
    terminal.until(prompt);
    // One that failed ends nothing; the one before comes back with the arrow.
    terminal.forget();
    terminal.write("\x1b[A\x1b[A\r");
    terminal.until("\nnode2\r\n");
    terminal.until(prompt);
    terminal.write("exit\r");
    assert_eq!(terminal.ended(), Some(0));
    let history = me.home.path().join("state");
    let history = std::fs::read_dir(history.join("shipyard")).unwrap();
    let kept: Vec<String> = history
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert!(kept.iter().any(|text| text.contains("engines -o name")), "{kept:?}");
}

#[test]
fn top_shows_the_fleet_and_gives_the_screen_back() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let mut terminal = Pty::new(120, 30);
    let before = terminal.modes();
    terminal.start(&me, &["top"]);
    terminal.until("node1");
    terminal.until("node2");
    terminal.until_raw();
    // Another order and a filter are shown; then it ends.
    terminal.write("o/busybox\r");
    terminal.until("busybox");
    terminal.write("q");
    assert_eq!(terminal.ended(), Some(0));
    assert_eq!(terminal.modes(), before);
    assert!(before.2.contains(LocalModes::ECHO));
    // Where there is no terminal it says so.
    assert_ne!(me.run(&["top"]).code, 0);
}

#[test]
fn every_list_can_be_followed() {
    let server = Server::start();
    let me = Person::admin(&server);
    // One that the server tells changes of, and one that is asked for again.
    for (list, name) in [("accounts", "ann"), ("grants", "bob")] {
        let mut terminal = Pty::new(120, 30);
        terminal.start(&me, &[list, "--watch"]);
        terminal.until("admin");
        me.run(&["add-account", "-u", name, "-r", "viewer"]).ok();
        terminal.until(name);
        terminal.kill(Signal::INT);
        assert_eq!(terminal.ended(), Some(130), "{list}");
    }
    let mut terminal = Pty::new(120, 30);
    terminal.start(&me, &["doctor", "--watch", "--filter", "severity=warn"]);
    terminal.until("account admin");
    terminal.kill(Signal::INT);
    assert_eq!(terminal.ended(), Some(130));
    for list in [
        "containers",
        "engines",
        "ops",
        "accounts",
        "roles",
        "pools",
        "grants",
        "tokens",
        "service-keys",
        "webhook-keys",
        "extensions",
        "hooks",
        "sessions",
        "doctor",
        "events",
        "activity",
        "info",
        "hook-deliveries",
    ] {
        let help = me.run(&[list, "--help"]).ok();
        assert!(help.contains("--watch"), "{list} cannot be followed");
    }
}

#[test]
fn a_session_in_the_keyring_is_in_no_file() {
    let server = Server::start();
    let me = Person::new();
    let login = ["login", &server.url, "-u", "admin", "--keyring", "--password-stdin"];
    let done = me.with(&login, &[], &format!("{PASSWORD}\n"));
    let file = me.home.path().join("config/shipyard/cli.toml");
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(!kept.contains("shs_"), "{kept}");
    // Most containers have no keyring; then it says so, and keeps nothing.
    if done.code == 0 {
        assert_eq!(me.run(&["whoami", "-o", "name"]).ok(), "admin\n");
        assert_eq!(me.run(&["logout"]).ok(), "");
        assert_eq!(me.run(&["whoami"]).code, 3);
    } else {
        assert!(done.err.contains("keyring cannot be used"), "{done:?}");
        assert_eq!((done.code, kept.as_str()), (1, ""));
    }
}
