//! The fleet in figures, for monitoring: as much of it as whoever asks may see.
use crate::{Actor, Yard};
use shipyard_engine::CallTimes;
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
    /// What is of the process as a whole; `None` for who does not see the whole fleet.
    pub process: Option<ProcessFigures>,
}

/// What there is to measure of the process.
pub struct ProcessFigures {
    /// Sign-ins that are computed or wait for it.
    pub sign_ins: u32,
    /// Reports of engines that wait for the model's writer.
    pub reports: u32,
    /// Records and reports that hooks have still to look at or to send.
    pub hook_backlog: u64,
    /// Streams of measurements that are open to engines.
    pub stats_streams: u32,
    /// Memory that the past of measurements takes, in bytes.
    pub stats_history: u32,
    /// Logs that are followed, each over one stream from its engine.
    pub logs: u32,
    /// Who follows them.
    pub log_readers: u32,
    /// How long calls to engines took that were answered.
    pub calls_answered: CallTimes,
    /// How long those took that failed.
    pub calls_failed: CallTimes,
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
            process: fleet.scope().is_whole().then(|| {
                let (calls_answered, calls_failed) = shipyard_engine::call_times();
                let (logs, log_readers) = fleet.whole().logs_followed();
                let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                ProcessFigures {
                    sign_ins: self.inner.accounts.sign_ins_waiting(),
                    reports: count(fleet.whole().reports_waiting()),
                    hook_backlog: self.hook_backlog(),
                    stats_streams: count(fleet.whole().stats().open_streams()),
                    stats_history: count(fleet.whole().stats().bytes()),
                    logs: count(logs),
                    log_readers: count(log_readers),
                    calls_answered,
                    calls_failed,
                }
            }),
        })
    }
}
