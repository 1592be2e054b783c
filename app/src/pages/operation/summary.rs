//! An operation in a few words.
use crate::parts::verbs;
use shipyard_model::live::Look;
use shipyard_model::operation::{Operation, Recovered, TargetState, What};

/// What is done, such as `Stop web-1` or `Deploy web (nginx:1.29)`.
pub fn title(operation: &Operation) -> String {
    match &operation.what {
        What::Deploy { image, name } => t!("operation.deploy", name = name, image = image),
        What::Roll { image } => t!("operation.roll", image = image),
        What::Drain { engine } => t!("operation.drain", engine = engine),
        What::Reschedule { name, engine } => t!("operation.reschedule", name = name, engine = engine),
        What::Scale { name, copies } => t!("operation.scale", name = name, copies = copies),
        What::Change { name } => t!("operation.change", name = name),
        What::RollBack { name } => t!("operation.roll-back", name = name),
        What::Containers { verb } => match operation.targets.as_slice() {
            [one] => t!("operation.verb", verb = verbs::label(*verb), what = one.name),
            many => {
                let what = t!("acts.containers", n = many.len());
                t!("operation.verb", verb = verbs::label(*verb), what = what)
            }
        },
    }
}

/// How it stands.
pub fn state(operation: &Operation) -> (Look, &'static str) {
    let (done, failed, all) = operation.counts();
    if operation.finished.is_none() {
        return if operation.cancelled {
            (Look::Warn, t!("operation.cancelling"))
        } else {
            (Look::Warn, t!("operation.going"))
        };
    }
    if failed > 0 {
        (
            Look::Bad,
            if done > 0 {
                t!("operation.partly")
            } else {
                t!("operation.failed")
            },
        )
    } else if done < all {
        (Look::Idle, t!("operation.cancelled"))
    } else {
        (Look::Ok, t!("operation.done"))
    }
}

/// How far it is: the targets that nothing more happens to while it goes on, and in the end those that were done.
pub fn over(operation: &Operation) -> usize {
    if operation.finished.is_some() {
        return operation.counts().0;
    }
    operation
        .targets
        .iter()
        .filter(|target| target.state.is_final())
        .count()
}

/// How a target stands: how it looks, and its word.
pub fn target(state: &TargetState) -> (Look, &'static str) {
    use shipyard_model::operation::Step;
    match state {
        TargetState::Waiting => (Look::Idle, t!("operation.waiting")),
        TargetState::Working { step } => {
            let word = match step {
                Step::Act => t!("operation.step.act"),
                Step::Pull => t!("operation.step.pull"),
                Step::Create => t!("operation.step.create"),
                Step::Start => t!("operation.step.start"),
                Step::Watch => t!("operation.step.watch"),
                Step::Undo => t!("operation.step.undo"),
                Step::RollBack => t!("operation.step.roll-back"),
                Step::Recover => t!("operation.step.recover"),
            };
            (Look::Warn, word)
        }
        TargetState::Done => (Look::Ok, t!("operation.done")),
        TargetState::Failed { .. } => (Look::Bad, t!("operation.failed")),
        TargetState::Cancelled => (Look::Idle, t!("operation.cancelled")),
        TargetState::Undone => (Look::Idle, t!("operation.undone")),
    }
}

/// What a restart of the server did about a target.
pub fn recovered(how: Recovered) -> &'static str {
    match how {
        Recovered::Finished => t!("operation.recovered.finished"),
        Recovered::PutBack => t!("operation.recovered.put-back"),
        Recovered::NotBegun => t!("operation.recovered.not-begun"),
    }
}
