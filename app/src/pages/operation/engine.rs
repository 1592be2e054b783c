//! The targets of an operation by engine: an engine pulls an image once, for all its copies.
use super::layers::Layers;
use super::target::Target;
use crate::lean::prelude::*;
use crate::lean::{For, Show, dynamic, memo};
use shipyard_model::operation::{Layer, Operation, OperationTarget};

/// Engines that are shown at first, and by how many more.
const STEP: usize = 50;

/// A card for each engine.
#[component]
pub fn Engines(
    /// The operation.
    operation: Memo<Option<Operation>>,
) -> impl IntoView {
    let names = memo(move || {
        operation.with(|it| {
            let mut names: Vec<String> = Vec::new();
            for target in it.iter().flat_map(|it| &it.targets) {
                if !names.iter().any(|name| name == target.engine.as_str()) {
                    names.push(target.engine.to_string());
                }
            }
            names
        })
    });
    let most = RwSignal::new(STEP);
    let shown = move || names.with(|names| names.iter().take(most.get()).cloned().collect::<Vec<_>>());
    let more = memo(move || names.with(|names| names.len().saturating_sub(most.get())));
    view! {
        <For each=shown key=String::clone let:name>
            <Engine operation name />
        </For>
        <Show when=move || { more.get() > 0 }>
            <p>
                <button type="button" class="btn" on:click=move |_| most.update(|most| *most += STEP)>
                    {dynamic(move || t!("engines.more", n = more.get()))}
                </button>
            </p>
        </Show>
    }
}

#[component]
fn Engine(operation: Memo<Option<Operation>>, name: String) -> impl IntoView {
    let address = format!("/engines/{name}");
    let title = name.clone();
    let name = StoredValue::new(name);
    // Targets by their place in the operation: it never changes.
    let places = memo(move || {
        operation.with(|it| {
            let targets = it.iter().flat_map(|it| &it.targets).enumerate();
            let mine = targets.filter(|(_, target)| name.with_value(|name| target.engine.as_str() == name));
            mine.map(|(place, _)| place).collect::<Vec<_>>()
        })
    });
    let layers = memo(move || {
        operation.with(|it| {
            let mut targets = it.iter().flat_map(|it| &it.targets);
            let pulls = |target: &&OperationTarget| {
                !target.layers.is_empty() && name.with_value(|name| target.engine.as_str() == name)
            };
            targets
                .find(pulls)
                .map(|target| target.layers.clone())
                .unwrap_or_default()
        })
    });
    let pulling = memo(move || layers.with(|layers: &Vec<Layer>| !layers.is_empty()));
    view! {
        <section class="card operation">
            <header><h2><a href=address>{title}</a></h2></header>
            <ul class="targets">
                <For each=move || places.get() key=|place| *place let:place>
                    <Target operation place />
                </For>
            </ul>
            <Show when=move || pulling.get()>
                <Layers layers />
            </Show>
        </section>
    }
}
