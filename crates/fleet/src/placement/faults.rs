//! What keeps a whole deploy from happening, in a sentence: engines that it names and cannot have, and no room.
use super::site::Site;
use shipyard_model::deploy::{Copies, DeployRequest, Plan, SkipReason, Target};
use shipyard_model::{EngineHealth, Problem};
use std::collections::BTreeMap;

/// What is wrong with the engines that are named.
pub(super) fn target(sites: &[Site<'_>], target: &Target) -> Vec<Problem> {
    let Target::Named(names) = target else {
        return Vec::new();
    };
    let known: BTreeMap<_, _> = sites
        .iter()
        .map(|site| (&site.candidate.name, site.candidate))
        .collect();
    let mut problems = Vec::new();
    for name in names {
        let (status, code, detail, hint) = match known.get(name) {
            None => (
                422,
                "deploy.named-unknown",
                format!("There is no engine “{name}”."),
                "Name engines as the list of engines does.",
            ),
            Some(engine) if !matches!(engine.health, EngineHealth::Up) => (
                409,
                "deploy.named-unreachable",
                format!("The engine “{name}” does not answer."),
                "Wait until it is back, or take it from the list.",
            ),
            Some(engine) if engine.drained => (
                409,
                "deploy.named-drained",
                format!("The engine “{name}” is drained: it takes no new containers."),
                "Let it take new ones again, or take it from the list.",
            ),
            Some(_) => continue,
        };
        problems.push(
            Problem::new(status, code, detail)
                .hint(hint)
                .field("target")
                .arg("engine", name),
        );
    }
    problems
}

/// Why there is no place for all copies.
pub(super) fn no_room(sites: &[Site<'_>], request: &DeployRequest, placed: usize) -> Problem {
    if sites.is_empty() {
        return Problem::new(409, "deploy.no-engines", "There is no engine to deploy on.").hint("Add an engine first.");
    }
    let unlike = |why: &SkipReason| matches!(why, SkipReason::Label { .. } | SkipReason::NotNamed);
    let away = |why: &SkipReason| matches!(why, SkipReason::Unreachable { .. } | SkipReason::Connecting);
    // Of those that are as asked for: what rules each out, if all are.
    let (mut ruled_out, mut all_are) = (Vec::new(), true);
    for site in sites {
        match &site.excluded {
            None => all_are = false,
            Some(why) if unlike(why) => {}
            Some(why) => ruled_out.push(why),
        }
    }
    if all_are && ruled_out.is_empty() {
        return Problem::new(
            409,
            "deploy.no-engine-matches",
            "No engine has the labels that are asked for.",
        )
        .hint("Change the labels of the deploy or of an engine.")
        .field("target");
    }
    if all_are && ruled_out.iter().all(|why| away(why)) {
        return Problem::new(
            409,
            "deploy.none-reachable",
            "None of the engines that come into question answers.",
        )
        .hint("Wait until one is back, or allow other engines.");
    }
    let reachable = || ruled_out.iter().filter(|why| !away(why));
    if all_are && reachable().all(|why| **why == SkipReason::Drained) {
        return Problem::new(
            409,
            "deploy.all-drained",
            "The engines that come into question are drained: they take no new containers.",
        )
        .hint("Let one take new containers again, or allow other engines.");
    }
    if all_are {
        return Problem::new(
            409,
            "deploy.kept-away",
            "The containers that are there keep the copies from every engine that comes into question.",
        )
        .hint("Change which containers the copies go with or keep away from; the list of engines says what was found on each.")
        .field("affinity");
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

/// No room, when a port alone stands in the way of every engine that comes into question, is said of the port.
pub(super) fn name_the_port(plan: &mut Plan) {
    let is_room =
        |problem: &&mut Problem| matches!(problem.code.as_str(), "deploy.no-room" | "deploy.no-room-anywhere");
    let Some(problem) = plan.problems.iter_mut().find(is_room) else {
        return;
    };
    let mut taken = None;
    for verdict in &plan.engines {
        match &verdict.skipped {
            // A copy of the same deploy has it: fewer of them would find room.
            Some(SkipReason::Port { port, by }) if verdict.copies.is_empty() => taken = Some((*port, by.clone())),
            Some(
                SkipReason::Label { .. }
                | SkipReason::NotNamed
                | SkipReason::Unreachable { .. }
                | SkipReason::Connecting
                | SkipReason::Drained,
            ) => {}
            _ => return,
        }
    }
    let Some((port, by)) = taken else { return };
    *problem = Problem::new(
        409,
        "deploy.port-taken",
        format!("Port {port} is taken on every engine that comes into question, on one by “{by}”."),
    )
    .hint("Publish another port of the engine, or leave it empty for any free one.")
    .field("ports")
    .arg("port", port)
    .arg("by", by);
}
