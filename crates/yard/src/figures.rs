//! The fleet in figures, for monitoring: as much of it as whoever asks may see.
use crate::{Actor, Yard};
use shipyard_fleet::view;
use shipyard_model::{ContainerState, EngineName, EngineRow, Permission, Problem};
use std::collections::BTreeMap;

/// What there is to measure.
pub struct Figures {
    /// The engines.
    pub engines: Vec<EngineRow>,
    /// How many containers each has in each state.
    pub containers: BTreeMap<(EngineName, ContainerState), u32>,
    /// Operations that go on.
    pub operations: u32,
    /// Sign-ins that are computed or wait for it; `None` for who does not see the whole fleet, and so nothing of the
    /// process either.
    pub sign_ins: Option<u32>,
}

impl Yard {
    /// The figures of the engines and containers that an actor may see.
    ///
    /// # Errors
    /// 403.
    pub fn figures(&self, actor: &Actor) -> Result<Figures, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        let snapshot = fleet.snapshot();
        let mut containers = BTreeMap::new();
        for engine in snapshot.engines.values() {
            for container in engine.containers.iter() {
                *containers
                    .entry((engine.engine.name.clone(), container.state))
                    .or_default() += 1;
            }
        }
        Ok(Figures {
            engines: view::engines(&snapshot),
            containers,
            operations: fleet.operations_going_on(),
            sign_ins: fleet.scope().is_whole().then(|| self.inner.accounts.sign_ins_waiting()),
        })
    }
}
