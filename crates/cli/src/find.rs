//! Which container or engine is meant: a name, an id, or the beginning of one, over all engines.
use crate::api::Api;
use crate::error::{Exit, Failure, Outcome};
use crate::http;
use shipyard_model::{ContainerRow, EngineRow};

/// How well a container fits what was typed; the lower, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The whole id, or the whole name on the engine that was named.
    Whole,
    /// The whole name.
    Name,
    /// The beginning of the id.
    Prefix,
}

fn fit(row: &ContainerRow, engine: Option<&str>, text: &str) -> Option<Fit> {
    if engine.is_some_and(|engine| engine != row.engine.as_str() && engine != row.at.engine.as_str()) {
        return None;
    }
    let id = row.at.id.as_str();
    if id == text {
        Some(Fit::Whole)
    } else if row.name == text || text.strip_prefix('/').is_some_and(|name| name == row.name) {
        Some(Fit::Name)
    } else if !text.is_empty() && id.starts_with(&text.to_ascii_lowercase()) {
        Some(Fit::Prefix)
    } else {
        None
    }
}

/// `engine/container` in its parts. A leading slash is the original's way to write a name.
fn parts(text: &str) -> (Option<&str>, &str) {
    match text.split_once('/') {
        Some((engine, name)) if !engine.is_empty() => (Some(engine), name),
        _ => (None, text),
    }
}

/// The one container that is meant.
///
/// # Errors
/// When there is none, or several fit equally well; these are named then.
pub fn choose(rows: &[ContainerRow], text: &str) -> Outcome<ContainerRow> {
    let (engine, wanted) = parts(text);
    let fitting = rows.iter().filter_map(|row| Some((fit(row, engine, wanted)?, row)));
    let mut fitting: Vec<(Fit, &ContainerRow)> = fitting.collect();
    fitting.sort_by_key(|(fit, _)| *fit);
    let best: Vec<&ContainerRow> = match fitting.first() {
        Some((best, _)) => fitting
            .iter()
            .filter(|(fit, _)| fit == best)
            .map(|(_, row)| *row)
            .collect(),
        None => Vec::new(),
    };
    match best.as_slice() {
        [] => {
            Err(Failure::new(Exit::NotFound, format!("There is no container “{text}”."))
                .hint("See: shipyard containers"))
        }
        [one] => Ok((*one).clone()),
        several => {
            let line = |row: &&ContainerRow| format!("{}  {}/{}", row.at.id.short(), row.engine, row.name);
            let candidates: Vec<String> = several.iter().take(20).map(line).collect();
            Err(
                Failure::usage(format!("“{text}” may be each of {} containers.", several.len())).hint(format!(
                    "Write more of the id, or engine/name:\n{}",
                    candidates.join("\n")
                )),
            )
        }
    }
}

/// The one container that is meant.
///
/// # Errors
/// As [`choose`], and when the server cannot be asked.
pub async fn container(api: &Api, text: &str) -> Outcome<ContainerRow> {
    // The server looks for words; what it finds is more than what fits.
    let (engine, wanted) = parts(text);
    let mut query = vec![("q", wanted.trim_start_matches('/').to_owned())];
    query.extend(engine.map(|engine| ("engine", engine.to_owned())));
    let rows: Vec<ContainerRow> = api.all("/api/v1/containers", &query, usize::MAX).await?;
    choose(&rows, text)
}

/// All that are meant, each once, in the order in which they were named.
///
/// # Errors
/// As [`container`].
pub async fn containers(api: &Api, texts: &[String]) -> Outcome<Vec<ContainerRow>> {
    let mut rows: Vec<ContainerRow> = Vec::new();
    for text in texts {
        let row = container(api, text).await?;
        if !rows.iter().any(|known| known.at == row.at) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The path of a container.
pub fn path(row: &ContainerRow) -> String {
    format!(
        "/api/v1/containers/{}/{}",
        http::piece(row.engine.as_str()),
        http::piece(row.at.id.as_str())
    )
}

/// The one engine that is meant: by name, id or the beginning of its id.
///
/// # Errors
/// When there is none, or several.
pub fn choose_engine(rows: &[EngineRow], text: &str) -> Outcome<EngineRow> {
    let whole = |row: &&EngineRow| row.engine.name.as_str() == text || row.engine.id.as_str() == text;
    if let Some(row) = rows.iter().find(whole) {
        return Ok(row.clone());
    }
    let begins = |row: &&EngineRow| !text.is_empty() && row.engine.id.as_str().starts_with(text);
    let found: Vec<&EngineRow> = rows.iter().filter(begins).collect();
    match found.as_slice() {
        [] => Err(Failure::new(Exit::NotFound, format!("There is no engine “{text}”.")).hint("See: shipyard engines")),
        [one] => Ok((*one).clone()),
        several => {
            let names: Vec<String> = several.iter().map(|row| row.engine.name.to_string()).collect();
            Err(Failure::usage(format!("“{text}” may be each of several engines.")).hint(names.join(", ")))
        }
    }
}

/// The one engine that is meant.
///
/// # Errors
/// As [`choose_engine`], and when the server cannot be asked.
pub async fn engine(api: &Api, text: &str) -> Outcome<EngineRow> {
    let rows: Vec<EngineRow> = api.all("/api/v1/engines", &[], usize::MAX).await?;
    choose_engine(&rows, text)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use shipyard_model::{ContainerId, ContainerRef, ContainerState, EngineId, EngineName, Millis};

    pub(crate) fn row(engine: &str, name: &str, id: &str) -> ContainerRow {
        ContainerRow {
            at: ContainerRef {
                engine: EngineId::new(format!("id-{engine}")),
                id: ContainerId::new(id),
            },
            engine: EngineName::parse(engine).unwrap(),
            host: String::new(),
            name: name.to_owned(),
            image: "busybox".to_owned(),
            state: ContainerState::Running,
            health: None,
            exit_code: None,
            stack: None,
            ports: Vec::new(),
            created: Millis(0),
            usage: None,
            stale_since: None,
            reserved: shipyard_model::Capacity::default(),
        }
    }

    fn fleet() -> Vec<ContainerRow> {
        vec![
            row("node1", "web", "aaaa1111"),
            row("node2", "web", "aaaa2222"),
            row("node2", "db", "bbbb3333"),
            row("node3", "aaaa", "cccc4444"),
        ]
    }

    #[test]
    fn prefixes_names_and_places_are_understood() {
        let id = |text| choose(&fleet(), text).map(|row| row.at.id.to_string());
        assert_eq!(id("aaaa1").unwrap(), "aaaa1111");
        assert_eq!(id("AAAA1").unwrap(), "aaaa1111");
        assert_eq!(id("db").unwrap(), "bbbb3333");
        assert_eq!(id("/db").unwrap(), "bbbb3333");
        assert_eq!(id("node2/web").unwrap(), "aaaa2222");
        assert_eq!(id("id-node2/web").unwrap(), "aaaa2222");
        assert_eq!(
            id("aaaa").unwrap(),
            "cccc4444",
            "a whole name is more than the beginning of an id"
        );
    }

    #[test]
    fn what_is_ambiguous_is_refused_with_the_candidates() {
        let failure = choose(&fleet(), "web").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(
            failure.hint.contains("aaaa1111  node1/web") && failure.hint.contains("node2/web"),
            "{}",
            failure.hint
        );
        assert_eq!(choose(&fleet(), "node3/web").unwrap_err().exit, Exit::NotFound);
        assert_eq!(choose(&fleet(), "").unwrap_err().exit, Exit::NotFound);
    }

    proptest! {
        #[test]
        fn every_unique_prefix_is_enough(ids in proptest::collection::btree_set("[0-9a-f]{64}", 1..9), length in 1_usize..64) {
            let ids: Vec<String> = ids.into_iter().collect();
            let rows: Vec<_> = ids.iter().map(|id| row("n", "x-y", id)).collect();
            for id in &ids {
                let prefix = id.get(..length).unwrap();
                let alone = ids.iter().filter(|other| other.starts_with(prefix)).count() == 1;
                prop_assert_eq!(choose(&rows, prefix).is_ok(), alone);
            }
        }
    }
}
