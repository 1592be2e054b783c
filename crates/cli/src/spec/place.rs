//! Flags that say where a deploy goes, for `run` and over what a file says.
use crate::error::{Failure, Outcome};
use shipyard_model::deploy::{Affinity, Copies, DeployRequest, Reschedule, Selector, Strategy, Target};
use shipyard_model::label::ENGINE;
use shipyard_model::{Constraint, EngineName};

/// Where a deploy goes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Place {
    /// What the engine must have: zone=a, zone!=a, ssd, !ssd, "zone in (a,b)", engine=node1
    #[arg(long, value_name = "CONSTRAINT")]
    constraint: Vec<String>,
    /// Which engine with room is preferred: spread (the one with fewest copies, then the emptiest), fill (the fullest), or
    /// spread:zone (evenly over the values of an engine label) [default: spread]
    #[arg(long, value_parser = Strategy::parse)]
    strategy: Option<Strategy>,
    /// Most copies on one engine
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    most_per_engine: Option<u16>,
    /// Only where such a container is: its name, image=redis or label=app=web
    #[arg(long, value_name = "CONTAINER", value_parser = Selector::parse)]
    with: Vec<Selector>,
    /// Only where no such container is; the copies' own name, image or label keeps them apart
    #[arg(long, value_name = "CONTAINER", value_parser = Selector::parse)]
    without: Vec<Selector>,
    /// One on each engine that comes into question, and on each that is added later
    #[arg(long)]
    daemon: bool,
    /// Make them elsewhere when their engine was away for so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    reschedule: Option<u32>,
    /// With --reschedule: also when they have volumes of their engine, which stay behind
    #[arg(long, requires = "reschedule")]
    leave_volumes: bool,
}

impl Place {
    /// Adds what the flags say to a request.
    ///
    /// # Errors
    /// When a constraint cannot be read.
    pub fn apply(&self, request: &mut DeployRequest) -> Outcome {
        let all: Result<Vec<_>, _> = self.constraint.iter().map(|text| Constraint::parse(text)).collect();
        let all = all.map_err(|bad| Failure::usage(format!("{bad}.")))?;
        if !all.is_empty() {
            request.target = Target::Labels(match std::mem::take(&mut request.target) {
                Target::All => all,
                Target::Labels(others) => others.into_iter().chain(all).collect(),
                Target::Named(names) => names.iter().map(named).chain(all).collect(),
            });
        }
        if let Some(strategy) = &self.strategy {
            request.strategy = strategy.clone();
        }
        request.most_per_engine = self.most_per_engine.or(request.most_per_engine);
        let affinity = |with: bool| {
            move |containers: &Selector| Affinity {
                with,
                containers: containers.clone(),
            }
        };
        request.affinity.extend(self.with.iter().map(affinity(true)));
        request.affinity.extend(self.without.iter().map(affinity(false)));
        if self.daemon {
            request.copies = Copies::Daemon;
        }
        if let Some(after_seconds) = self.reschedule {
            request.reschedule = Some(Reschedule {
                after_seconds,
                leave_volumes: self.leave_volumes,
            });
        }
        Ok(())
    }
}

/// An engine by its name, as one of the values that a constraint allows.
fn named(name: &EngineName) -> Constraint {
    Constraint {
        value: Some(name.to_string()),
        ..Constraint::key(ENGINE)
    }
}
