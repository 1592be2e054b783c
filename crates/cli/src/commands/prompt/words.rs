//! What could stand at the end of a line: commands, flags, the values that a flag takes, and names of what is there.
use super::names::{Kind, Names};
use clap::{Arg, Command};

/// Commands whose arguments are containers.
const OF_CONTAINERS: [&str; 11] = [
    "inspect", "logs", "exec", "start", "stop", "restart", "pause", "unpause", "kill", "destroy", "rm",
];
/// Commands whose arguments are engines.
const OF_ENGINES: [&str; 6] = [
    "edit-engine",
    "inspect-engine",
    "retry-engine",
    "remove-engine",
    "renew",
    "remove",
];

/// The command that a line has come to, and the one that it is of.
struct Place<'c> {
    root: &'c Command,
    parent: &'c Command,
    command: &'c Command,
}

impl<'c> Place<'c> {
    fn of(root: &'c Command, before: &str) -> Self {
        let (mut parent, mut command) = (root, root);
        for word in before.split_whitespace() {
            if let Some(inner) = command.find_subcommand(word) {
                (parent, command) = (command, inner);
            }
        }
        Self { root, parent, command }
    }

    /// Arguments of the command and those of all.
    fn arguments(&self) -> impl Iterator<Item = &'c Arg> {
        let common = self.root.get_arguments().filter(|argument| argument.is_global_set());
        let all = self.command.get_arguments().chain(common);
        all.filter(|argument| !argument.is_hide_set())
    }

    /// The flag that a word is, when it takes a value.
    fn flag(&self, word: &str) -> Option<&'c Arg> {
        let is = |argument: &&Arg| match word.strip_prefix("--") {
            Some(long) => argument.get_long() == Some(long),
            None => argument.get_short().is_some_and(|short| word == format!("-{short}")),
        };
        self.arguments()
            .find(is)
            .filter(|argument| argument.get_action().takes_values())
    }

    /// What a flag may have for a value.
    fn values(&self, flag: &Arg, names: &impl Names) -> Vec<String> {
        let listed = flag.get_possible_values();
        if !listed.is_empty() {
            return listed.iter().map(|value| value.get_name().to_owned()).collect();
        }
        match (self.command.get_name(), flag.get_long()) {
            (_, Some("engine")) => names.of(Kind::Engine),
            ("scale", Some("id")) => names.of(Kind::Container),
            _ => Vec::new(),
        }
    }

    /// What a word that is no flag may be.
    fn words(&self, names: &impl Names) -> Vec<String> {
        let inner = self.command.get_subcommands().filter(|inner| !inner.is_hide_set());
        let mut all: Vec<String> = inner.map(|inner| inner.get_name().to_owned()).collect();
        let name = self.command.get_name();
        let of_root = self.parent.get_name() == self.root.get_name();
        let of_node = self.parent.get_name() == "node";
        if all.is_empty() && of_root && OF_CONTAINERS.contains(&name) {
            all = names.of(Kind::Container);
        } else if all.is_empty() && (of_root || of_node) && OF_ENGINES.contains(&name) {
            all = names.of(Kind::Engine);
        } else if all.is_empty() {
            let listed = self.command.get_positionals().flat_map(Arg::get_possible_values);
            all = listed.map(|value| value.get_name().to_owned()).collect();
        }
        all
    }
}

/// What could stand at the end of a line, and where it begins.
pub(super) fn candidates(root: &Command, line: &str, names: &impl Names) -> (usize, Vec<String>) {
    let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let typed = line.get(start..).unwrap_or_default();
    let before = line.get(..start).unwrap_or_default();
    let place = Place::of(root, before);
    let last = before.split_whitespace().next_back().unwrap_or_default();
    let flag = Some(last)
        .filter(|last| last.starts_with('-'))
        .and_then(|last| place.flag(last));
    let mut all = match flag {
        Some(flag) => place.values(flag, names),
        None if typed.starts_with('-') => place
            .arguments()
            .filter_map(|argument| argument.get_long().map(|long| format!("--{long}")))
            .collect(),
        None => place.words(names),
    };
    all.retain(|word| word.starts_with(typed));
    all.sort_unstable();
    all.dedup();
    (start, all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::CommandFactory;
    use proptest::prelude::*;

    struct Two;

    impl Names for Two {
        fn of(&self, kind: Kind) -> Vec<String> {
            let all: &[&str] = match kind {
                Kind::Engine => &["node1", "node2"],
                Kind::Container => &["db", "web-1", "web-2"],
            };
            all.iter().map(|name| (*name).to_owned()).collect()
        }
    }

    fn of(line: &str) -> (usize, Vec<String>) {
        candidates(&Cli::command(), line, &Two)
    }

    #[test]
    fn commands_and_flags_are_completed() {
        assert_eq!(of("eng"), (0, vec!["engines".to_owned()]));
        assert_eq!(of("context us"), (8, vec!["use".to_owned()]));
        assert!(of("run --cont").1.contains(&"--container-name".to_owned()));
        assert!(of("engines --out").1.contains(&"--output".to_owned()));
        assert!(!of("ext").1.iter().any(|word| word.starts_with("ext-")));
    }

    #[test]
    fn what_is_there_is_completed_where_it_is_meant() {
        for (line, wanted) in [
            ("stop web", vec!["web-1", "web-2"]),
            ("logs -f d", vec!["db"]),
            ("scale --id w", vec!["web-1", "web-2"]),
            ("remove-engine ", vec!["node1", "node2"]),
            ("node renew no", vec!["node1", "node2"]),
            ("hooks -o j", vec!["json"]),
            ("engines --output y", vec!["yaml"]),
            ("completion z", vec!["zsh"]),
            ("roles remove ", vec![]),
            ("delete-account n", vec![]),
        ] {
            assert_eq!(of(line).1, wanted, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_has_an_answer(line in ".*") {
            let _ = of(&line);
        }
    }
}
