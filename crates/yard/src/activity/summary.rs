//! What became of an operation, in one record: how many targets, which ones failed, and the first reason. Pure.
use super::problem_of;
use shipyard_model::activity::ActivityResult;
use shipyard_model::operation::{Operation, OperationTarget, TargetState};

/// Names that are written out.
const NAMES: usize = 100;

/// Result and detail of an operation that has ended.
pub(super) fn of(operation: &Operation) -> (ActivityResult, String) {
    let (done, _, all) = operation.counts();
    let failure = operation.targets.iter().find_map(|target| match &target.state {
        TargetState::Failed { why } => Some(why),
        _ => None,
    });
    let result = match failure {
        Some(why) => problem_of(&why.code, &why.detail),
        None if done == all => ActivityResult::Ok,
        None => problem_of("operation.cancelled", "It was cancelled before it was done."),
    };
    let mut detail = format!("{done} of {all} done");
    let mut say = |word: &str, is: &dyn Fn(&TargetState) -> bool| {
        let targets: Vec<_> = operation.targets.iter().filter(|target| is(&target.state)).collect();
        if !targets.is_empty() {
            detail.push_str(&format!("; {word}: {}", names(targets.into_iter())));
        }
    };
    say("done", &|state| matches!(state, TargetState::Done));
    say("failed", &|state| matches!(state, TargetState::Failed { .. }));
    say("undone", &|state| matches!(state, TargetState::Undone));
    say("not begun", &|state| {
        matches!(state, TargetState::Cancelled) || !state.is_final()
    });
    (result, detail)
}

fn names<'t>(targets: impl ExactSizeIterator<Item = &'t OperationTarget>) -> String {
    list(targets.map(|target| format!("{} on {}", target.name, target.engine)))
}

/// Names apart by commas, the first of them where there are many.
pub(crate) fn list(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let mut text = names.take(NAMES).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
