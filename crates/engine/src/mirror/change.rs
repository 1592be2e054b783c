//! What an event changes in the list of containers.
use shipyard_model::{Container, ContainerState, Health};

/// A change. Each sets its fields absolutely, so that doing it twice does no harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// There is a new one, to be read.
    Created,
    /// Runs.
    Started,
    /// Was sent a signal, which is meant to end it or not.
    Killed {
        /// Whether it is a signal that ends programs.
        ends: bool,
    },
    /// Ended.
    Died {
        /// How.
        exit_code: i64,
    },
    /// Was stopped, and stays so. The only event of one that was waiting to be started again.
    Stopped,
    /// Frozen.
    Paused,
    /// Unfrozen.
    Unpaused,
    /// Has another name.
    Renamed {
        /// The new one.
        name: String,
    },
    /// The health check says something new.
    Health(Option<Health>),
    /// Is in a network. Told at each start as well.
    Connected {
        /// The network's name.
        network: String,
    },
    /// Is in a network no more, or has ended.
    Disconnected {
        /// The network's name.
        network: String,
    },
    /// Is gone.
    Destroyed,
}

impl Change {
    /// Whether a list with this state was made before the change was written down.
    pub(super) fn contradicts(&self, listed: ContainerState) -> bool {
        use ContainerState::{Paused, Restarting, Running};
        match self {
            Self::Died { .. } => matches!(listed, Running | Paused),
            Self::Stopped => matches!(listed, Running | Paused | Restarting),
            Self::Paused => listed == Running,
            Self::Unpaused => listed == Paused,
            _ => false,
        }
    }

    /// Whether lists may not know it yet when it is told.
    pub(super) fn runs_ahead(&self) -> bool {
        matches!(self, Self::Died { .. } | Self::Stopped | Self::Paused | Self::Unpaused)
    }
}

fn end(container: &mut Container) {
    container.state = ContainerState::Exited;
    container.health = None;
    // Docker lists no ports for a container that does not run.
    container.ports.clear();
}

/// Makes a change.
pub(super) fn patch(container: &mut Container, change: &Change) {
    match change {
        Change::Started => {
            container.state = ContainerState::Running;
            container.exit_code = None;
            container.health = None;
        }
        Change::Died { exit_code } => {
            end(container);
            container.exit_code = Some(*exit_code);
        }
        Change::Stopped => {
            if container.state.is_alive() {
                end(container);
            }
        }
        Change::Paused => {
            container.state = ContainerState::Paused;
            container.health = None;
        }
        Change::Unpaused => container.state = ContainerState::Running,
        Change::Renamed { name } => container.name.clone_from(name),
        Change::Health(health) => container.health = *health,
        Change::Connected { network } => {
            if let Err(at) = container.networks.binary_search(network) {
                container.networks.insert(at, network.clone());
            }
        }
        Change::Killed { .. } | Change::Created | Change::Destroyed | Change::Disconnected { .. } => {}
    }
}
