//! Operations as they go on: bars on a terminal, a line for each step elsewhere.
use crate::api::Api;
use crate::error::{Exit, Failure, Outcome, exit_of};
use crate::http;
use crate::out::{self, escape};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use shipyard_model::operation::{Operation, OperationTarget, Step, TargetState};
use std::io::IsTerminal;
use std::time::Duration;

/// Follows an operation to its end, showing on standard error how it goes on. `done` is called once for each target that
/// is done.
///
/// # Errors
/// When the connection breaks, or what `done` gives.
pub async fn follow(api: &Api, id: &str, mut done: impl FnMut(&OperationTarget) -> Outcome) -> Outcome<Operation> {
    let path = format!("/api/v1/operations/{}", http::piece(id));
    let mut shown = Shown::new();
    let mut told: Vec<bool> = Vec::new();
    let mut last: Option<Operation> = None;
    let mut events = api.follow(&path).await?;
    while let Some(event) = events.next().await? {
        if event.kind != "whole" {
            continue;
        }
        let operation: Operation = http::read(event.data.as_bytes())?;
        shown.update(&operation);
        told.resize(operation.targets.len(), false);
        for (target, told) in operation.targets.iter().zip(&mut told) {
            if target.state == TargetState::Done && !*told {
                *told = true;
                shown.aside(|| done(target))?;
            }
        }
        let ended = operation.finished.is_some();
        last = Some(operation);
        if ended {
            break;
        }
    }
    shown.clear();
    match last {
        Some(operation) if operation.finished.is_some() => Ok(operation),
        // The stream ended early: the operation itself knows.
        _ => api.get(path).await,
    }
}

/// What an operation that has ended means for the exit code; failed targets are told.
///
/// # Errors
/// When not everything was done.
pub fn verdict(operation: &Operation) -> Outcome {
    let mut exits = Vec::new();
    for target in &operation.targets {
        let why = match &target.state {
            TargetState::Failed { why } => {
                exits.push(exit_of(why));
                why.to_string()
            }
            TargetState::Cancelled => "cancelled".to_owned(),
            TargetState::Undone => "undone, because another one failed".to_owned(),
            _ => continue,
        };
        out::note(&format!("{} on {}: {why}", escape::line(&target.name), target.engine));
    }
    let (done, _, all) = operation.counts();
    if done == all {
        return Ok(());
    }
    // All for one reason: scripts see the reason.
    let exit = match exits.as_slice() {
        [first, rest @ ..] if rest.iter().all(|exit| exit == first) && exits.len() == all => *first,
        _ => Exit::Failed,
    };
    let what = if operation.cancelled {
        "The operation was cancelled"
    } else {
        "Not everything was done"
    };
    Err(Failure::new(exit, format!("{what}: {done} of {all}."))
        .hint(format!("See: shipyard ops show {}", operation.id)))
}

/// A step in a word.
pub fn word(step: Step) -> &'static str {
    match step {
        Step::Act => "working",
        Step::Pull => "pulling",
        Step::Create => "creating",
        Step::Start => "starting",
        Step::Watch => "watching",
        Step::Undo => "undoing",
        Step::RollBack => "rolling back",
        Step::Recover => "recovering",
    }
}

/// Where a target stands, in a word.
pub fn state(state: &TargetState) -> &'static str {
    match state {
        TargetState::Waiting => "waiting",
        TargetState::Working { step } => word(*step),
        TargetState::Done => "done",
        TargetState::Failed { .. } => "failed",
        TargetState::Cancelled => "cancelled",
        TargetState::Undone => "undone",
    }
}

/// Bytes of the layers of a pull, so far and in all.
pub fn pulled(target: &OperationTarget) -> (u64, u64) {
    let sum =
        |of: fn(&shipyard_model::operation::Layer) -> u64| target.layers.iter().map(of).fold(0, u64::saturating_add);
    let total = sum(|layer| layer.total.get());
    // A layer that is being unpacked counts from the beginning again: it was pulled.
    let current = sum(|layer| match layer.status.as_str() {
        "Downloading" | "Waiting" | "Pulling fs layer" => layer.current.get().min(layer.total.get()),
        _ => layer.total.get(),
    });
    (current, total)
}

/// What is on the screen.
struct Shown {
    bars: Option<(MultiProgress, Vec<ProgressBar>)>,
    steps: Vec<&'static str>,
}

impl Shown {
    fn new() -> Self {
        let screen = std::io::stderr().is_terminal();
        Self {
            bars: screen.then(|| {
                (
                    MultiProgress::with_draw_target(ProgressDrawTarget::stderr()),
                    Vec::new(),
                )
            }),
            steps: Vec::new(),
        }
    }

    fn update(&mut self, operation: &Operation) {
        match &mut self.bars {
            Some((all, bars)) => {
                while bars.len() < operation.targets.len() {
                    let bar = all.add(ProgressBar::new(0));
                    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {wide_msg}") {
                        bar.set_style(style);
                    }
                    bar.enable_steady_tick(Duration::from_millis(120));
                    bars.push(bar);
                }
                for (bar, target) in bars.iter().zip(&operation.targets) {
                    bar.set_prefix(format!("{} on {}", escape::line(&target.name), target.engine));
                    bar.set_message(message(target));
                    if target.state.is_final() && !bar.is_finished() {
                        bar.finish_and_clear();
                    }
                }
            }
            None => {
                self.steps.resize(operation.targets.len(), "waiting");
                for (target, old) in operation.targets.iter().zip(&mut self.steps) {
                    let new = state(&target.state);
                    // What is done is the output's to say, and what failed the end's.
                    if *old != new && !target.state.is_final() {
                        out::note(&format!("{} on {}: {new}", escape::line(&target.name), target.engine));
                    }
                    *old = new;
                }
            }
        }
    }

    /// Does something that writes, with the bars out of the way.
    fn aside(&self, work: impl FnOnce() -> Outcome) -> Outcome {
        match &self.bars {
            Some((all, _)) => all.suspend(work),
            None => work(),
        }
    }

    fn clear(&self) {
        if let Some((all, _)) = &self.bars {
            // A screen that cannot be cleared has gone away.
            let _ = all.clear();
        }
    }
}

/// What a bar says of its target.
fn message(target: &OperationTarget) -> String {
    let (current, total) = pulled(target);
    let bytes = shipyard_model::Bytes::new;
    if total == 0 {
        return state(&target.state).to_owned();
    }
    const WIDTH: u64 = 24;
    let filled = usize::try_from(current.saturating_mul(WIDTH) / total).unwrap_or_default();
    let bar: String = (0..24).map(|at| if at < filled { '━' } else { '╌' }).collect();
    format!("{} {bar} {} of {}", state(&target.state), bytes(current), bytes(total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::operation::{Layer, What};
    use shipyard_model::{Bytes, ContainerVerb, EngineName, Millis, OperationId, Problem};

    fn target(state: TargetState) -> OperationTarget {
        OperationTarget {
            name: "web".to_owned(),
            engine: EngineName::parse("node1").unwrap(),
            container: None,
            state,
            layers: Vec::new(),
            recovered: None,
        }
    }

    fn operation(states: Vec<TargetState>) -> Operation {
        Operation {
            id: OperationId::new("o1"),
            what: What::Containers {
                verb: ContainerVerb::Stop,
            },
            actor: "admin".to_owned(),
            started: Millis(0),
            finished: Some(Millis(1)),
            cancelled: false,
            targets: states.into_iter().map(target).collect(),
        }
    }

    fn failed(status: u16) -> TargetState {
        TargetState::Failed {
            why: Problem::new(status, "x", "No."),
        }
    }

    #[test]
    fn scripts_see_the_reason_where_there_is_one() {
        let exit = |states| verdict(&operation(states)).map_err(|failure| failure.exit);
        assert_eq!(exit(vec![TargetState::Done]), Ok(()));
        assert_eq!(exit(vec![failed(404), failed(404)]), Err(Exit::NotFound));
        assert_eq!(exit(vec![failed(404), TargetState::Done]), Err(Exit::Failed));
        assert_eq!(exit(vec![failed(404), failed(403)]), Err(Exit::Failed));
        assert_eq!(exit(vec![TargetState::Cancelled]), Err(Exit::Failed));
    }

    #[test]
    fn a_pull_is_counted_over_its_layers() {
        let layer = |status: &str, current, total| Layer {
            id: String::new(),
            status: status.to_owned(),
            current: Bytes::new(current),
            total: Bytes::new(total),
        };
        let mut pulling = target(TargetState::Working { step: Step::Pull });
        assert_eq!(message(&pulling), "pulling");
        pulling.layers = vec![layer("Downloading", 50, 100), layer("Extracting", 3, 100)];
        assert_eq!(pulled(&pulling), (150, 200));
        assert!(message(&pulling).ends_with("150 B of 200 B"), "{}", message(&pulling));
    }
}
