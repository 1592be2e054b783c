//! Where each copy of a deploy goes, and why. A pure function: the same fleet and request give the same plan, so what
//! the page shows before is what happens after.
//!
//! Copies are placed one after the other, each on the best engine that still takes it. All copies are alike, and whatever
//! keeps one away from an engine is a matter of that engine alone, so an engine takes a certain number of them whatever
//! happens elsewhere: when there is room at all, this way finds it, and one engine more never takes any away.
use crate::{names, validate};
use choose::{place, place_on_each};
use rayon::prelude::*;
use shipyard_model::deploy::{Copies, DeployRequest, EngineVerdict, Plan, PlannedCopy, SkipReason};
use shipyard_model::{Problem, Profile};
use site::Site;
use std::collections::HashSet;
use wish::Wish;

mod candidate;
mod choose;
mod faults;
mod selector;
mod site;
mod wish;

pub use candidate::{Candidate, TakenPort};

/// Engines that one core looks at in one go: what is waited for is memory, and each core waits by itself.
const AT_ONCE: usize = 1_000;

/// Up to so many engines, affinity is asked of each, and each that it keeps copies away from says so. Of more, those that the
/// copies do not get to say what else keeps them away, or that they are not needed, whatever is on them.
const ASK_ALL: usize = 2_000;

/// Says where each copy of a deploy would go. A plan with problems must not be carried out.
pub fn plan<'c>(engines: impl IntoIterator<Item = &'c Candidate>, request: &DeployRequest) -> Plan {
    let engines: Vec<&Candidate> = engines.into_iter().collect();
    let ask_all = engines.len() <= ASK_ALL;
    planned(engines, request, ask_all)
}

fn planned(engines: Vec<&Candidate>, request: &DeployRequest, ask_all: bool) -> Plan {
    let wish = Wish::new(request);
    let sites = engines.into_par_iter().with_min_len(AT_ONCE).map(|candidate| {
        let mut site = Site::new(candidate, &wish);
        if ask_all {
            site.ask(&wish);
        }
        (site.by_name(), site)
    });
    let mut sites: Vec<_> = sites.collect();
    sites.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let mut sites: Vec<Site> = sites.into_iter().map(|(_, site)| site).collect();
    let mut problems = validate::request(request);
    problems.extend(faults::target(&sites, &request.target));

    let placed = match request.copies {
        Copies::Total(copies) => place(&mut sites, &wish, copies.min(validate::MOST_COPIES)),
        Copies::EachEngine | Copies::Daemon => place_on_each(&mut sites, &wish),
    };
    let wanted = match request.copies {
        Copies::Total(copies) => usize::from(copies),
        Copies::EachEngine | Copies::Daemon => 1,
    };
    if placed.len() < wanted {
        // Each engine then says what is the matter with it.
        sites.par_iter_mut().for_each(|site| site.ask(&wish));
    }
    if placed.len() > usize::from(validate::MOST_COPIES) {
        problems.push(validate::too_many_copies());
    }
    if problems.is_empty() && placed.len() < wanted {
        problems.push(faults::no_room(&sites, request, placed.len()));
    }
    let complete = placed.len() >= wanted;
    let taken: HashSet<&str> = sites
        .iter()
        .filter(|site| site.alike)
        .flat_map(|site| site.candidate.names_like(&wish.base))
        .collect();
    let names = names::free(&wish.base, placed.len(), &taken);
    let mut plan = finish(sites, &wish, &placed, names, complete, problems);
    faults::name_the_port(&mut plan);
    plan
}

fn finish(
    sites: Vec<Site<'_>>,
    wish: &Wish<'_>,
    placed: &[usize],
    names: Vec<String>,
    complete: bool,
    problems: Vec<Problem>,
) -> Plan {
    let verdict = |site: Site<'_>| EngineVerdict {
        engine: site.candidate.id.clone(),
        name: site.candidate.name.clone(),
        labels: site.candidate.labels.written().collect(),
        capacity: site.candidate.capacity,
        reserved_before: site.candidate.reserved,
        reserved_after: site.reserved,
        copies: Vec::new(),
        skipped: match (site.copies, complete) {
            (0, _) => Some(site.into_refusal(wish).unwrap_or(SkipReason::NotNeeded)),
            (_, false) => site.into_refusal(wish),
            (_, true) => None,
        },
    };
    let engines = sites.into_par_iter().with_min_len(AT_ONCE).map(verdict);
    let mut engines: Vec<EngineVerdict> = engines.collect();
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
    // Those that got copies come first; of thousands, few have.
    let (mut first, others): (Vec<_>, Vec<_>) = engines.into_iter().partition(|verdict| !verdict.copies.is_empty());
    first.extend(others);
    Plan {
        copies,
        engines: first,
        problems,
        // Placement knows no people: `yard` says what it judged.
        profile: Profile::default(),
        added: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
