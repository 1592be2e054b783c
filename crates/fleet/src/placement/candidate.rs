//! What placement knows of an engine.
use shipyard_model::container::Protocol;
use shipyard_model::deploy::PortSpec;
use shipyard_model::label::Labels;
use shipyard_model::{Capacity, Container, EngineHealth, EngineId, EngineName};
use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

/// What placement needs to know of an engine.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Which.
    pub id: EngineId,
    /// Its name.
    pub name: EngineName,
    /// Its labels.
    pub labels: Labels,
    /// What it has.
    pub capacity: Capacity,
    /// What is reserved on it.
    pub reserved: Capacity,
    /// Whether it answers.
    pub health: EngineHealth,
    /// Whether it takes nothing new.
    pub drained: bool,
    /// Names of all its containers.
    pub names: BTreeSet<String>,
    /// Those of its containers that run or were made to run and that whoever deploys may see: what affinity knows of.
    pub containers: Vec<Arc<Container>>,
    /// Ports of it that are in use.
    pub ports: Vec<TakenPort>,
}

impl Candidate {
    /// What it has of a key that a constraint names.
    pub(super) fn value_of(&self, key: &str) -> Option<&str> {
        self.labels.value_of(&self.name, key)
    }

    /// The names of its containers that begin so.
    pub(super) fn names_like<'c>(&'c self, base: &'c str) -> impl Iterator<Item = &'c str> {
        let from = (Bound::Included(base), Bound::<&str>::Unbounded);
        let names = self.names.range::<str, _>(from).map(String::as_str);
        names.take_while(move |name| name.starts_with(base))
    }
}

/// A port of an engine that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenPort {
    /// Address; empty, `0.0.0.0` and `::` are all of them.
    pub ip: String,
    /// Port.
    pub port: u16,
    /// Protocol.
    pub protocol: Protocol,
    /// Name of the container that has it.
    pub by: String,
}

impl TakenPort {
    /// Whether it cannot be published beside this one.
    pub(super) fn clashes(&self, wanted: &PortSpec) -> bool {
        let any = |ip: &str| matches!(ip, "" | "0.0.0.0" | "::");
        let (mine, theirs) = (self.ip.as_str(), wanted.host_ip.trim());
        wanted.host == Some(self.port)
            && wanted.protocol == self.protocol
            && (any(mine) || any(theirs) || mine == theirs)
    }
}
