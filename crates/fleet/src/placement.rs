//! Where each copy of a deploy goes, and why. A pure function: the same fleet and request give the same plan, so what
//! the page shows before is what happens after.
//!
//! Copies are placed one after the other, each on the best engine that still takes it. All copies are alike, so an engine
//! takes a certain number of them whatever happens elsewhere: when there is room at all, this way finds it.
use crate::{names, validate};
use shipyard_model::container::Protocol;
use shipyard_model::deploy::{
    Copies, DeployRequest, EngineVerdict, Plan, PlannedCopy, PortSpec, SkipReason, Strategy, Target,
};
use shipyard_model::label::{Labels, first_unmet};
use shipyard_model::{Capacity, EngineHealth, EngineId, EngineName, Problem, Profile};
use std::collections::{BTreeSet, HashSet};

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
    /// Names of its containers.
    pub names: BTreeSet<String>,
    /// Ports of it that are in use.
    pub ports: Vec<TakenPort>,
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
    fn clashes(&self, wanted: &PortSpec) -> bool {
        let any = |ip: &str| matches!(ip, "" | "0.0.0.0" | "::");
        let (mine, theirs) = (self.ip.as_str(), wanted.host_ip.trim());
        wanted.host == Some(self.port)
            && wanted.protocol == self.protocol
            && (any(mine) || any(theirs) || mine == theirs)
    }
}

/// An engine while copies are placed on it.
struct Site<'c> {
    candidate: &'c Candidate,
    excluded: Option<SkipReason>,
    reserved: Capacity,
    copies: u32,
}

impl<'c> Site<'c> {
    fn new(candidate: &'c Candidate, target: &Target) -> Self {
        Self {
            candidate,
            excluded: excluded(candidate, target),
            reserved: candidate.reserved,
            copies: 0,
        }
    }

    /// Why it takes no (further) copy; `None` when it does.
    fn refusal(&self, request: &DeployRequest) -> Option<SkipReason> {
        if self.excluded.is_some() {
            return self.excluded.clone();
        }
        let (has, want) = (self.candidate.capacity, &request.spec);
        let free = has.cpus.saturating_sub(self.reserved.cpus);
        if want.cpus.nanos() > 0 && want.cpus > free {
            return Some(SkipReason::Cpus { free, of: has.cpus });
        }
        let free = has.memory.saturating_sub(self.reserved.memory);
        if want.memory.get() > 0 && want.memory > free {
            return Some(SkipReason::Memory { free, of: has.memory });
        }
        want.ports.iter().find_map(|wanted| {
            let port = wanted.host?;
            if self.copies > 0 {
                // The copy that was placed here has it.
                return Some(SkipReason::Port {
                    port,
                    by: names::base(&want.name, &want.image),
                });
            }
            let taken = self.candidate.ports.iter().find(|taken| taken.clashes(wanted))?;
            Some(SkipReason::Port {
                port,
                by: taken.by.clone(),
            })
        })
    }

    fn take(&mut self, request: &DeployRequest) {
        self.reserved.cpus += request.spec.cpus;
        self.reserved.memory += request.spec.memory;
        self.copies += 1;
    }

    /// How full it is, in millionths: CPUs or memory, whichever is fuller.
    fn fullness(&self) -> u128 {
        let share = |part: u64, of: u64| u128::from(part) * 1_000_000 / u128::from(of.max(1));
        let has = self.candidate.capacity;
        share(self.reserved.cpus.nanos(), has.cpus.nanos()).max(share(self.reserved.memory.get(), has.memory.get()))
    }
}

/// Why an engine does not come into question, whatever room it has.
fn excluded(candidate: &Candidate, target: &Target) -> Option<SkipReason> {
    match target {
        Target::Named(names) if !names.contains(&candidate.name) => return Some(SkipReason::NotNamed),
        Target::Labels(constraints) => {
            if let Some(key) = first_unmet(constraints, &candidate.labels) {
                return Some(SkipReason::Label { key: key.to_owned() });
            }
        }
        Target::All | Target::Named(_) => {}
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

/// Says where each copy of a deploy would go. A plan with problems must not be carried out.
pub fn plan(engines: &[Candidate], request: &DeployRequest) -> Plan {
    let mut order: Vec<&Candidate> = engines.iter().collect();
    order.sort_by(|a, b| crate::order::natural(a.name.as_str(), b.name.as_str()).then_with(|| a.id.cmp(&b.id)));
    let mut sites: Vec<Site> = order.into_iter().map(|c| Site::new(c, &request.target)).collect();
    let mut problems = validate::request(request);
    problems.extend(target_problems(engines, &request.target));

    let placed = match request.copies {
        Copies::Total(copies) => place(&mut sites, request, copies.min(validate::MOST_COPIES)),
        Copies::EachEngine | Copies::Daemon => place_on_each(&mut sites, request),
    };
    let wanted = match request.copies {
        Copies::Total(copies) => usize::from(copies),
        Copies::EachEngine | Copies::Daemon => 1,
    };
    if problems.is_empty() && placed.len() < wanted {
        problems.push(no_room(&sites, request, placed.len()));
    }
    let complete = placed.len() >= wanted;
    let taken: HashSet<&str> = engines
        .iter()
        .flat_map(|e| e.names.iter().map(String::as_str))
        .collect();
    let names = names::free(
        &names::base(&request.spec.name, &request.spec.image),
        placed.len(),
        &taken,
    );
    finish(&sites, request, &placed, names, complete, problems)
}

/// Places copies one by one; the index of the engine of each. Fewer when there is no room for more.
fn place(sites: &mut [Site], request: &DeployRequest, copies: u16) -> Vec<usize> {
    let mut placed = Vec::with_capacity(usize::from(copies));
    for _ in 0..copies {
        let open = sites
            .iter()
            .enumerate()
            .filter(|(_, site)| site.refusal(request).is_none());
        // Of equals the first wins, which is the first by name.
        let best = match &request.strategy {
            Strategy::Spread | Strategy::SpreadOver(_) => open.min_by_key(|(_, site)| (site.copies, site.fullness())),
            Strategy::Fill => open.min_by_key(|(_, site)| std::cmp::Reverse(site.fullness())),
        };
        let Some(at) = best.map(|(at, _)| at) else { break };
        if let Some(site) = sites.get_mut(at) {
            site.take(request);
            placed.push(at);
        }
    }
    placed
}

fn place_on_each(sites: &mut [Site], request: &DeployRequest) -> Vec<usize> {
    let mut placed = Vec::new();
    for (at, site) in sites.iter_mut().enumerate() {
        if site.refusal(request).is_none() && placed.len() < usize::from(validate::MOST_COPIES) {
            site.take(request);
            placed.push(at);
        }
    }
    placed
}

fn target_problems(engines: &[Candidate], target: &Target) -> Vec<Problem> {
    let Target::Named(names) = target else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    for name in names {
        match engines.iter().find(|e| e.name == *name) {
            None => problems.push(
                Problem::new(422, "deploy.named-unknown", format!("There is no engine “{name}”."))
                    .field("target")
                    .arg("engine", name),
            ),
            Some(Candidate {
                health: EngineHealth::Up,
                ..
            }) => {}
            Some(_) => problems.push(
                Problem::new(
                    409,
                    "deploy.named-unreachable",
                    format!("The engine “{name}” does not answer."),
                )
                .hint("Wait until it is back, or take it from the list.")
                .field("target")
                .arg("engine", name),
            ),
        }
    }
    problems
}

fn no_room(sites: &[Site], request: &DeployRequest, placed: usize) -> Problem {
    let unlike = |site: &Site| matches!(site.excluded, Some(SkipReason::Label { .. } | SkipReason::NotNamed));
    if sites.is_empty() {
        return Problem::new(409, "deploy.no-engines", "There is no engine to deploy on.").hint("Add an engine first.");
    }
    if sites.iter().all(unlike) {
        return Problem::new(
            409,
            "deploy.no-engine-matches",
            "No engine has the labels that are asked for.",
        )
        .hint("Change the labels of the deploy or of an engine.")
        .field("target");
    }
    if sites.iter().all(|site| site.excluded.is_some()) {
        return Problem::new(
            409,
            "deploy.none-reachable",
            "None of the engines that come into question answers.",
        )
        .hint("Wait until one is back, or allow other engines.");
    }
    match request.copies {
        Copies::EachEngine | Copies::Daemon => {
            Problem::new(409, "deploy.no-room-anywhere", "No engine has room for a copy.")
                .hint("The list of engines says what each lacks.")
        }
        Copies::Total(copies) => {
            let detail = format!("Only {placed} of {copies} copies can be placed, so nothing was started.");
            Problem::new(409, "deploy.no-room", detail)
                .hint("Ask for fewer or smaller copies, or allow more engines.")
                .arg("placed", placed)
                .arg("copies", copies)
        }
    }
}

fn finish(
    sites: &[Site],
    request: &DeployRequest,
    placed: &[usize],
    names: Vec<String>,
    complete: bool,
    problems: Vec<Problem>,
) -> Plan {
    let mut engines: Vec<EngineVerdict> = sites
        .iter()
        .map(|site| EngineVerdict {
            engine: site.candidate.id.clone(),
            name: site.candidate.name.clone(),
            labels: site.candidate.labels.written().collect(),
            capacity: site.candidate.capacity,
            reserved_before: site.candidate.reserved,
            reserved_after: site.reserved,
            copies: Vec::new(),
            skipped: match (site.copies, complete) {
                (0, _) => Some(site.refusal(request).unwrap_or(SkipReason::NotNeeded)),
                (_, false) => site.refusal(request),
                (_, true) => None,
            },
        })
        .collect();
    let mut copies = Vec::with_capacity(placed.len());
    for (at, name) in placed.iter().zip(names) {
        if let Some(verdict) = engines.get_mut(*at) {
            verdict.copies.push(name.clone());
            copies.push(PlannedCopy {
                name,
                engine: verdict.engine.clone(),
                engine_name: verdict.name.clone(),
            });
        }
    }
    engines.sort_by_key(|verdict| verdict.copies.is_empty());
    Plan {
        copies,
        engines,
        problems,
        // Placement knows no people: `yard` says what it judged.
        profile: Profile::default(),
        added: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
