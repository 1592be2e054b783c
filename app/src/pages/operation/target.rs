//! One target of an operation, and what became of it.
use super::summary;
use crate::lean::prelude::*;
use crate::lean::{dynamic, memo};
use crate::parts::state::StatePill;
use shipyard_model::ContainerVerb;
use shipyard_model::operation::{Operation, OperationTarget, TargetState, What};

/// A target.
#[component]
pub fn Target(
    /// The operation.
    operation: Memo<Option<Operation>>,
    /// The target's place in it.
    place: usize,
) -> impl IntoView {
    let target =
        memo(move || operation.with(|it| it.as_ref().and_then(|it| it.targets.get(place)).map(without_layers)));
    let removes = memo(move || {
        operation.with(|it| {
            it.as_ref().is_some_and(|it| {
                matches!(
                    it.what,
                    What::Containers {
                        verb: ContainerVerb::Remove
                    }
                )
            })
        })
    });
    dynamic(move || target.get().map(|target| shown(target, removes.get())))
}

/// Layers change many times a second, the rest does not.
fn without_layers(target: &OperationTarget) -> OperationTarget {
    OperationTarget {
        layers: Vec::new(),
        name: target.name.clone(),
        engine: target.engine.clone(),
        container: target.container.clone(),
        state: target.state.clone(),
        recovered: target.recovered,
    }
}

fn shown(target: OperationTarget, removes: bool) -> impl IntoView {
    let (look, word) = summary::target(&target.state);
    let removed = removes && target.state == TargetState::Done;
    let exists = target.container.is_some() && target.state != TargetState::Undone && !removed;
    let address = exists.then(|| format!("/containers/{}/{}", target.engine, target.name));
    let why = match &target.state {
        TargetState::Failed { why } => Some(crate::text::problem(why)),
        _ => None,
    };
    let recovered = target.recovered.map(summary::recovered);
    let name = target.name;
    view! {
        <li>
            {match address {
                Some(address) => view! { <a class="link" href=address>{name}</a> }.into_any(),
                None => view! { <span>{name}</span> }.into_any(),
            }}
            <StatePill look word=word.to_owned() />
            {recovered.map(|word| view! { <span class="muted">{word}</span> })}
            {why.map(|why| view! { <p class="why-failed">{why}</p> })}
        </li>
    }
}
