//! Where somebody's deploy may go: the engines of their grants, the quotas of the pools there, and the labels that keep
//! what a narrowed grant makes within it.
use crate::Yard;
use crate::actor::Actor;
use crate::scoped::Scoped;
use shipyard_access::{Area, Ground};
use shipyard_fleet::deploy::Bounds;
use shipyard_fleet::quota::PoolQuota;
use shipyard_fleet::{EngineState, Snapshot};
use shipyard_model::access::is_in_pool;
use shipyard_model::container::LABEL_COMPOSE_PROJECT;
use shipyard_model::deploy::{DeployRequest, Plan, SkipReason, Target};
use shipyard_model::{Container, Engine, EngineId, EngineName, Labels, Narrow, Problem};
use std::collections::BTreeSet;

/// Whether a container on an engine is there for somebody.
type Sees = dyn Fn(&EngineState, &Container) -> bool + Send + Sync;

/// Where one deploy may go.
pub(crate) struct Site {
    engines: Box<dyn Fn(&EngineId) -> bool + Send + Sync>,
    sees: Box<Sees>,
    quotas: Vec<PoolQuota>,
    labels: Vec<(String, String)>,
    /// What its containers may be judged by, on each of the engines that it asks for.
    pub(crate) grounds: Vec<Vec<Ground>>,
}

impl Site {
    /// The labels of a narrowed grant, as options of `docker run`.
    pub(crate) fn added(&self) -> impl Iterator<Item = String> {
        self.labels.iter().map(|(key, value)| format!("--label {key}={value}"))
    }

    /// Whether it has an engine.
    pub(crate) fn has(&self, engine: &EngineId) -> bool {
        (self.engines)(engine)
    }

    /// The labels of a narrowed grant.
    pub(crate) fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    pub(crate) fn bounds(&self) -> Bounds<'_> {
        Bounds {
            engines: &*self.engines,
            sees: &*self.sees,
            quotas: &self.quotas,
            labels: self.labels.clone(),
            as_named: false,
            joins: None,
        }
    }
}

/// The labels by which a container is of an area.
fn labels_of(area: &Area) -> Vec<(String, String)> {
    let label = |narrow: &Narrow| match narrow {
        Narrow::Stack(stack) => (LABEL_COMPOSE_PROJECT.to_owned(), stack.clone()),
        Narrow::Label { key, value } => (key.clone(), value.clone()),
    };
    area.narrows.iter().map(label).collect()
}

impl Yard {
    /// The same for who bears labels of a narrowed grant already: further copies stay within it.
    ///
    /// # Errors
    /// 403 `lasting.rights` when that grant is gone, and what is left is narrowed to something else.
    pub(crate) fn site_bearing(
        &self,
        fleet: &Scoped,
        actor: &Actor,
        request: &DeployRequest,
        labels: &[(String, String)],
    ) -> Result<Site, Problem> {
        let site = self.site_of(fleet, actor, request, labels);
        if labels.is_empty() || site.labels.iter().all(|label| labels.contains(label)) {
            return Ok(site);
        }
        let detail = format!(
            "The account “{}”, which made it, may not deploy there any more.",
            actor.account()
        );
        Err(Problem::new(403, "lasting.rights", detail)
            .hint("Give it a role that does, or forget this deploy.")
            .arg("account", actor.account()))
    }

    /// Where a deploy may go.
    pub(crate) fn site(&self, fleet: &Scoped, actor: &Actor, request: &DeployRequest) -> Site {
        self.site_of(fleet, actor, request, &[])
    }

    /// The engines of grants that are not narrowed; if there are none, those of one narrowed grant (the one whose labels
    /// the request bears, else the first), and then the containers bear its labels.
    fn site_of(&self, fleet: &Scoped, actor: &Actor, request: &DeployRequest, borne: &[(String, String)]) -> Site {
        let all = fleet.whole().snapshot();
        let areas = fleet.scope().areas();
        let (free, narrowed): (Vec<_>, Vec<_>) = areas.iter().partition(|area| area.narrows.is_empty());
        let bears = |area: &&&Area| {
            let mut labels = labels_of(area).into_iter();
            labels.all(|label| request.spec.labels.contains(&label) || borne.contains(&label))
        };
        // What a narrowed grant allows holds for its own containers alone, so it opens nothing to others.
        let is_narrowed = free.is_empty();
        let (chosen, labels) = if is_narrowed {
            let area = narrowed.iter().find(bears).or_else(|| narrowed.first());
            let labels = area.map(|area| labels_of(area)).unwrap_or_default();
            (area.copied().into_iter().collect(), labels)
        } else {
            (free, Vec::new())
        };
        let chosen: Vec<&Area> = chosen;
        let engines = all.engines.values().map(|state| &*state.engine);
        let mine: Vec<_> = engines
            .filter(|engine| chosen.iter().any(|area| area.has_engine(&engine.labels)))
            .collect();
        let grounds_on = |engine: &Engine| {
            actor.rights().grounds(&engine.labels, |area| {
                if is_narrowed {
                    chosen.contains(&area)
                } else {
                    area.narrows.is_empty()
                }
            })
        };
        let all_of = |engines: &mut dyn Iterator<Item = &&Engine>| -> Vec<Vec<Ground>> {
            let grounds = engines.map(|engine| grounds_on(engine));
            grounds.filter(|grounds| !grounds.is_empty()).collect()
        };
        let mut asked = mine.iter().filter(|engine| asks_for(&request.target, engine));
        // Where no engine is asked for, nothing is made; the plan says so, and not what else would speak against it.
        let mut grounds = all_of(&mut asked);
        if grounds.is_empty() {
            grounds = all_of(&mut mine.iter());
        }
        if grounds.is_empty() {
            grounds.push(actor.rights().grounds(&Labels::default(), |_| true));
        }
        let mine: BTreeSet<EngineId> = mine.into_iter().map(|engine| engine.id.clone()).collect();
        let scope = fleet.clone();
        Site {
            sees: Box::new(move |engine, container| scope.scope().has_container(&engine.engine.labels, container)),
            quotas: self.quotas(&all),
            engines: Box::new(move |id| mine.contains(id)),
            grounds,
            labels,
        }
    }
}

impl Yard {
    /// The quotas of all pools that have one.
    pub(crate) fn quotas(&self, all: &Snapshot) -> Vec<PoolQuota> {
        let rules = self.inner.accounts.rules();
        let quotas = rules
            .pools()
            .filter(|pool| !pool.quota.is_none())
            .map(|pool| PoolQuota {
                pool: pool.name.clone(),
                engines: all
                    .engines
                    .iter()
                    .filter(|(_, engine)| is_in_pool(pool, &engine.engine.labels))
                    .map(|(id, _)| id.clone())
                    .collect(),
                quota: pool.quota,
            });
        quotas.collect()
    }
}

/// Whether a deploy comes into question for an engine by what it says itself.
pub(crate) fn asks_for(target: &Target, engine: &Engine) -> bool {
    match target {
        Target::All => true,
        Target::Labels(constraints) => engine.unmet(constraints).is_none(),
        Target::Named(names) => names.contains(&engine.name),
    }
}

/// Takes the names of containers out of a plan that its reader may not see: a port is taken, by whom is not told. Affinity
/// does not even know of them.
pub(crate) fn hide_others(plan: &mut Plan, fleet: &Scoped) {
    let hide = |engine: &EngineName, skipped: &mut Option<SkipReason>| {
        if let Some(SkipReason::Port { by, .. }) = skipped
            && !fleet.knows(engine, by)
        {
            "…".clone_into(by);
        }
    };
    // Where copies of the plan itself go, one of them has the port.
    for verdict in plan.engines.iter_mut().filter(|verdict| verdict.copies.is_empty()) {
        hide(&verdict.name, &mut verdict.skipped);
    }
}
