//! What the palette offers for what was typed. Pure but for the page's texts and the account's permissions.
use crate::boot::may;
use crate::format::container_path;
use crate::interop::browser::lower;
use crate::parts::acts::ActTarget;
use crate::parts::verbs;
use shipyard_model::{ContainerRow, ContainerVerb, EngineRow, Permission};
use std::sync::Arc;

/// What choosing an entry does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// Goes to an address.
    Go(String),
    /// Goes on typing with this.
    Type(String),
    /// Runs a verb on a container.
    Run(ContainerVerb, ActTarget),
    /// Shows the sheet of keys.
    Keys,
}

/// One line of the palette.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Unique in the list, and fit for an id in the page.
    pub(super) key: String,
    /// Icon's name.
    pub(super) icon: &'static str,
    /// What it says.
    pub(super) text: String,
    /// What it is: a page, an engine, or on which engine the container is.
    pub(super) kind: String,
    /// What it does.
    pub(super) act: Act,
}

/// The command at the start of what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Verb(ContainerVerb),
    Logs,
}

impl Command {
    fn all() -> impl Iterator<Item = Self> {
        verbs::allowed()
            .map(Self::Verb)
            .chain(may(Permission::ContainerLogs).then_some(Self::Logs))
    }

    /// As the page's language calls it.
    fn word(self) -> &'static str {
        match self {
            Self::Verb(verb) => verbs::label(verb),
            Self::Logs => t!("palette.logs"),
        }
    }

    /// As Docker calls it, which is understood in every language.
    fn docker_word(self) -> &'static str {
        match self {
            Self::Verb(verb) => verb.word(),
            Self::Logs => "logs",
        }
    }
}

/// The command and the rest of what was typed.
fn parse(typed: &str) -> (Option<Command>, &str) {
    let typed = typed.trim_start();
    let rest = |word: &str| {
        let (head, rest) = typed.split_at_checked(word.len())?;
        (lower(head) == lower(word) && rest.starts_with(' ')).then(|| rest.trim())
    };
    for command in Command::all() {
        if let Some(rest) = rest(command.word()).or_else(|| rest(command.docker_word())) {
            return (Some(command), rest);
        }
    }
    (None, typed.trim())
}

/// The text by which containers are to be looked for.
pub(super) fn container_text(typed: &str) -> String {
    parse(typed).1.to_owned()
}

/// The lines for what was typed, from the engines and from the containers found for [`container_text`].
pub(super) fn entries(typed: &str, engines: &[EngineRow], containers: &[Arc<ContainerRow>]) -> Vec<Entry> {
    let (command, rest) = parse(typed);
    let Some(command) = command else {
        let mut all = places(rest);
        if !rest.is_empty() {
            all.extend(
                engines
                    .iter()
                    .filter(|row| has(row.engine.name.as_str(), rest))
                    .map(engine),
            );
            all.extend(containers.iter().map(|row| container(row)));
        }
        all.extend(commands(rest));
        return all;
    };
    match command {
        Command::Logs => containers.iter().map(|row| logs(row)).collect(),
        Command::Verb(verb) => {
            let fits = |row: &&Arc<ContainerRow>| verb.fits(row.state) && row.stale_since.is_none();
            containers.iter().filter(fits).map(|row| run(verb, row)).collect()
        }
    }
}

/// Whether a text has a word that begins with what was typed, or holds it anywhere when it is longer.
fn has(text: &str, typed: &str) -> bool {
    let (text, typed) = (lower(text), lower(typed));
    text.split([' ', '-', '’']).any(|word| word.starts_with(&typed)) || (typed.len() > 2 && text.contains(&typed))
}

fn places(typed: &str) -> Vec<Entry> {
    let all = [
        ("/", "boxes", t!("nav.fleet"), None),
        ("/containers", "box", t!("nav.containers"), None),
        ("/engines", "server", t!("nav.engines"), None),
        ("/operations", "activity", t!("nav.operations"), None),
        ("/activity", "history", t!("nav.activity"), None),
        ("/deploy", "rocket", t!("nav.deploy"), Some(Permission::Deploy)),
        (
            "/engines/add",
            "plus",
            t!("action.add-engine"),
            Some(Permission::EngineManage),
        ),
        ("/access", "shield", t!("nav.access"), Some(Permission::AccessView)),
        ("/settings", "settings", t!("nav.settings"), None),
    ];
    let fits = |text: &str| typed.is_empty() || has(text, typed);
    let mut entries: Vec<_> = all
        .into_iter()
        .filter(|(_, _, text, needs)| fits(text) && needs.is_none_or(may))
        .map(|(path, icon, text, _)| Entry {
            key: format!("page{}", path.replace('/', "-")),
            icon,
            text: text.to_owned(),
            kind: t!("palette.kind.page").to_owned(),
            act: Act::Go(path.to_owned()),
        })
        .collect();
    if fits(t!("palette.shortcuts")) {
        entries.push(Entry {
            key: "keys".to_owned(),
            icon: "keyboard",
            text: t!("palette.shortcuts").to_owned(),
            kind: t!("palette.kind.command").to_owned(),
            act: Act::Keys,
        });
    }
    entries
}

/// Commands whose name begins like what was typed, to be gone on with.
fn commands(typed: &str) -> impl Iterator<Item = Entry> {
    Command::all()
        .filter(move |command| typed.is_empty() || has(command.word(), typed) || has(command.docker_word(), typed))
        .map(|command| Entry {
            key: format!("command-{}", command.docker_word()),
            icon: match command {
                Command::Verb(verb) => verbs::icon(verb),
                Command::Logs => "file-text",
            },
            text: match command {
                Command::Verb(verb) => t!("palette.verb-hint", verb = verbs::label(verb)),
                Command::Logs => t!("palette.logs-of", name = "…"),
            },
            kind: t!("palette.kind.command").to_owned(),
            act: Act::Type(format!("{} ", command.word())),
        })
}

fn engine(row: &EngineRow) -> Entry {
    Entry {
        key: format!("engine-{}", row.engine.name),
        icon: "server",
        text: row.engine.name.to_string(),
        kind: t!("palette.kind.engine").to_owned(),
        act: Act::Go(format!("/engines/{}", row.engine.name)),
    }
}

fn of_container(what: &str, row: &ContainerRow, icon: &'static str, text: String, act: Act) -> Entry {
    Entry {
        key: format!("{what}-{}-{}", row.engine, row.at.id.short()),
        icon,
        text,
        kind: row.engine.to_string(),
        act,
    }
}

fn container(row: &ContainerRow) -> Entry {
    of_container("container", row, "box", row.name.clone(), Act::Go(container_path(row)))
}

fn logs(row: &ContainerRow) -> Entry {
    let text = t!("palette.logs-of", name = row.name);
    of_container(
        "logs",
        row,
        "file-text",
        text,
        Act::Go(format!("{}/logs", container_path(row))),
    )
}

fn run(verb: ContainerVerb, row: &ContainerRow) -> Entry {
    let text = t!("palette.verb", verb = verbs::label(verb), name = row.name);
    of_container(verb.word(), row, verbs::icon(verb), text, Act::Run(verb, row.into()))
}
