//! Checks of where a deploy goes: engines, constraints, strategy and affinity.
use super::{fault, in_row, is_image};
use crate::names;
use shipyard_model::Problem;
use shipyard_model::deploy::{DeployRequest, Selector, Strategy, Target};
use shipyard_model::label::Constraint;

/// Most constraints, named engines and affinities of one deploy.
const MOST_CONSTRAINTS: usize = 100;
const MOST_ENGINES: usize = 10_000;
const MOST_AFFINITIES: usize = 20;
/// Seconds that an engine is away at least before its containers are made elsewhere.
const LEAST_AWAY: u32 = 1;

pub(super) fn request(request: &DeployRequest, problems: &mut Vec<Problem>) {
    target(&request.target, problems);
    if let Strategy::SpreadOver(label) = &request.strategy
        && !is_key(label)
    {
        let detail = format!("“{label}” is no engine label to spread over; write its key alone, such as zone.");
        problems.push(fault("strategy", "deploy.spread-label-invalid", detail).arg("value", label));
    }
    if request.most_per_engine == Some(0) {
        let detail = "At most none on an engine leaves no place; ask for at least one, or set no limit.";
        problems.push(fault("most_per_engine", "deploy.most-per-engine-zero", detail));
    }
    if request.reschedule.is_some_and(|wish| wish.after_seconds < LEAST_AWAY) {
        let detail =
            format!("An engine is away for at least {LEAST_AWAY} second before containers are made elsewhere.");
        problems.push(fault("reschedule", "deploy.reschedule-soon", detail).arg("least", LEAST_AWAY));
    }
    if request.affinity.len() > MOST_AFFINITIES {
        let detail = format!("A deploy goes with or keeps away from at most {MOST_AFFINITIES} kinds of containers.");
        problems.push(fault("affinity", "deploy.too-many-affinities", detail).arg("most", MOST_AFFINITIES));
    }
    for (row, affinity) in request.affinity.iter().enumerate() {
        if let Some((code, detail)) = selector(&affinity.containers) {
            problems.push(in_row("affinity", code, row, affinity.containers.written(), detail));
        }
    }
}

fn target(target: &Target, problems: &mut Vec<Problem>) {
    match target {
        Target::Named(names) if names.is_empty() => {
            problems.push(fault("target", "deploy.no-engine-named", "Name at least one engine."));
        }
        Target::Named(names) if names.len() > MOST_ENGINES => {
            let detail = format!("A deploy names at most {MOST_ENGINES} engines.");
            problems.push(fault("target", "deploy.too-many-engines", detail).arg("most", MOST_ENGINES));
        }
        Target::Labels(constraints) if constraints.is_empty() => {
            problems.push(fault(
                "target",
                "deploy.no-label-named",
                "Name at least one label, or deploy on all engines.",
            ));
        }
        Target::Labels(constraints) if constraints.len() > MOST_CONSTRAINTS => {
            let detail = format!("A deploy has at most {MOST_CONSTRAINTS} constraints.");
            problems.push(fault("target", "deploy.too-many-constraints", detail).arg("most", MOST_CONSTRAINTS));
        }
        Target::Labels(constraints) => {
            for (row, constraint) in constraints.iter().enumerate() {
                // What came as data and not as text is read as the text that it is shown as.
                if let Err(bad) = Constraint::parse(&constraint.to_string()) {
                    problems.push(in_row(
                        "target",
                        "deploy.constraint-invalid",
                        row,
                        &bad.text,
                        format!("{bad}."),
                    ));
                }
            }
        }
        Target::All | Target::Named(_) => {}
    }
}

fn is_key(label: &str) -> bool {
    Constraint::parse(label).is_ok_and(|constraint| constraint == Constraint::key(label))
}

fn selector(selector: &Selector) -> Option<(&'static str, String)> {
    match selector {
        Selector::Name(name) if !names::is_valid(name) => Some((
            "deploy.affinity-name-invalid",
            format!("“{name}” is no container name to go with or keep away from."),
        )),
        Selector::Image(image) if !is_image(image) => Some((
            "deploy.affinity-image-invalid",
            format!("“{image}” is no image to go with or keep away from."),
        )),
        Selector::Label { key, .. } if key.trim().is_empty() => Some((
            "deploy.affinity-label-invalid",
            "The label of containers to go with or keep away from has no name.".to_owned(),
        )),
        Selector::Name(_) | Selector::Image(_) | Selector::Label { .. } => None,
    }
}
