//! A request made ready to be asked of many engines.
use super::Candidate;
use super::selector::{Matcher, is_copy_of};
use crate::names;
use shipyard_model::deploy::{Affinity, DeployRequest, SkipReason, Target};
use shipyard_model::label::Rules;
use shipyard_model::{Container, EngineHealth, EngineName};
use std::collections::BTreeSet;

/// A request, taken apart once.
pub(super) struct Wish<'r> {
    /// As it was made.
    pub(super) request: &'r DeployRequest,
    /// The name that copies are numbered from.
    pub(super) base: String,
    /// Whether the copies keep away from each other.
    pub(super) alone: bool,
    target: Asked<'r>,
    with: Vec<Matcher<'r>>,
    without: Vec<Matcher<'r>>,
}

enum Asked<'r> {
    All,
    Labels(Rules<'r>),
    Named(BTreeSet<&'r EngineName>),
}

impl<'r> Wish<'r> {
    pub(super) fn new(request: &'r DeployRequest) -> Self {
        let base = names::base(&request.spec.name, &request.spec.image);
        let matchers = |with: bool| {
            let wanted = request.affinity.iter().filter(move |affinity| affinity.with == with);
            let matcher = |Affinity { containers, .. }: &'r Affinity| Matcher::new(containers);
            wanted.map(matcher).collect::<Vec<_>>()
        };
        let without = matchers(false);
        Self {
            alone: without.iter().any(|one| one.means_copies(&request.spec, &base)),
            target: match &request.target {
                Target::All => Asked::All,
                Target::Labels(constraints) => Asked::Labels(Rules::new(constraints)),
                Target::Named(names) => Asked::Named(names.iter().collect()),
            },
            with: matchers(true),
            without,
            request,
            base,
        }
    }

    /// How many containers of this name an engine has already.
    pub(super) fn here(&self, candidate: &Candidate) -> u32 {
        let copies = candidate.containers.iter().filter(|one| is_copy_of(one, &self.base));
        u32::try_from(copies.count()).unwrap_or(u32::MAX)
    }

    /// Why an engine does not come into question, whatever room it has and whatever is on it.
    pub(super) fn excludes(&self, candidate: &Candidate) -> Option<SkipReason> {
        match &self.target {
            Asked::Named(names) if !names.contains(&candidate.name) => return Some(SkipReason::NotNamed),
            Asked::Labels(rules) => {
                if let Some((key, wanted)) = rules.unmet(|key| candidate.value_of(key)) {
                    return Some(SkipReason::Label {
                        key: key.to_owned(),
                        has: candidate.value_of(key).map(str::to_owned),
                        wanted: wanted.iter().map(ToString::to_string).collect(),
                    });
                }
            }
            Asked::All | Asked::Named(_) => {}
        }
        match &candidate.health {
            EngineHealth::Up if candidate.drained => Some(SkipReason::Drained),
            EngineHealth::Up => None,
            EngineHealth::Connecting => Some(SkipReason::Connecting),
            EngineHealth::Down { why, .. } => Some(SkipReason::Unreachable {
                detail: why.detail.clone(),
            }),
        }
    }

    /// What of its containers speaks against an engine.
    pub(super) fn keeps_away(&self, candidate: &Candidate) -> Option<SkipReason> {
        let containers = || candidate.containers.iter().map(|container| &**container);
        let avoided = |one: &&Container| self.without.iter().any(|matcher| matcher.means(one));
        if !self.without.is_empty()
            && let Some(container) = containers().find(avoided)
        {
            return Some(SkipReason::With {
                name: container.name.clone(),
            });
        }
        let missing = self
            .with
            .iter()
            .find(|matcher| !containers().any(|one| matcher.means(one)))?;
        Some(SkipReason::NotWith {
            containers: missing.selector.clone(),
        })
    }
}
