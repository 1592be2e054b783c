//! Names of what is there, for completion: asked of the server, and kept for a moment, because a person presses the key again
//! and again.
use crate::api::{Api, Globals};
use crate::commands::runtime;
use crate::config::Config;
use crate::http::origin::Origin;
use crate::out::escape;
use shipyard_model::{ContainerRow, EngineRow};
use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// For how long names are kept.
const KEPT: Duration = Duration::from_secs(10);
/// For how long a person waits for names. A key that does nothing is better than one that hangs.
const PATIENCE: Duration = Duration::from_secs(2);
/// Most names that are asked for.
const MOST: usize = 500;

/// What has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Engine,
    Container,
}

/// Who knows names.
pub(super) trait Names {
    fn of(&self, kind: Kind) -> Vec<String>;
}

/// The server of the context in use.
#[derive(Default)]
pub(super) struct Server(RefCell<HashMap<Kind, (Instant, Vec<String>)>>);

impl Names for Server {
    fn of(&self, kind: Kind) -> Vec<String> {
        let mut kept = self.0.borrow_mut();
        match kept.get(&kind) {
            Some((at, names)) if at.elapsed() < KEPT => names.clone(),
            _ => {
                // Also that there are none is kept: a server that does not answer is not waited for with each key.
                let names = asked(kind).unwrap_or_default();
                kept.insert(kind, (Instant::now(), names.clone()));
                names
            }
        }
    }
}

fn asked(kind: Kind) -> Option<Vec<String>> {
    let globals = Globals::default();
    // A server in the clear is spoken to with a warning, which has no place in the middle of a line.
    let config = Config::load().ok()?;
    let (_, context) = config.find(None).ok()??;
    if Origin::parse(&context.url).ok()?.is_in_the_clear() {
        return None;
    }
    let ask = async {
        let api = Api::open(&globals).ok()?;
        let names: Vec<String> = match kind {
            Kind::Engine => {
                let rows: Vec<EngineRow> = api.all("/api/v1/engines", &[], MOST).await.ok()?;
                rows.into_iter().map(|row| row.engine.name.to_string()).collect()
            }
            Kind::Container => {
                let rows: Vec<ContainerRow> = api.all("/api/v1/containers", &[], MOST).await.ok()?;
                rows.into_iter().map(|row| row.name).collect()
            }
        };
        Some(names)
    };
    let names = runtime()
        .ok()?
        .block_on(async { tokio::time::timeout(PATIENCE, ask).await })
        .ok()??;
    // A name that a terminal would act on is nobody's wish.
    Some(names.into_iter().filter(|name| escape::line(name) == *name).collect())
}
