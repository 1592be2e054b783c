//! The layers of an image while they are pulled, in Docker's own words.
use crate::lean::prelude::*;
use crate::lean::{For, dynamic, memo};
use crate::parts::meter::Meter;
use shipyard_model::Bytes;
use shipyard_model::operation::Layer;

/// The layers of a pull.
#[component]
pub fn Layers(
    /// The layers.
    layers: Memo<Vec<Layer>>,
) -> impl IntoView {
    let ids = memo(move || layers.with(|layers| layers.iter().map(|layer| layer.id.clone()).collect::<Vec<_>>()));
    let sums = memo(move || {
        layers.with(|layers| {
            let sum = |take: fn(&Layer) -> Bytes| layers.iter().map(take).sum::<Bytes>();
            (sum(|layer| layer.current), sum(|layer| layer.total), layers.len())
        })
    });
    view! {
        <details class="details layers" open>
            <summary>
                {dynamic(move || t!("operation.layers", n = sums.get().2))}
                <span class="faint">{dynamic(move || said(sums.get().0, sums.get().1))}</span>
            </summary>
            <ul class="in">
                <For each=move || ids.get() key=String::clone let:id>
                    <OneLayer layers id />
                </For>
            </ul>
        </details>
    }
}

#[component]
fn OneLayer(layers: Memo<Vec<Layer>>, id: String) -> impl IntoView {
    let short = id.clone();
    let layer = memo(move || layers.with(|layers| layers.iter().find(|layer| layer.id == id).cloned()));
    let share = move || {
        layer.with(|layer| {
            layer.as_ref().map_or(0.0, |layer| {
                let total = layer.total.get();
                match total {
                    0 => {
                        if is_over(&layer.status) {
                            100.0
                        } else {
                            0.0
                        }
                    }
                    total => layer.current.get() as f64 * 100.0 / total as f64,
                }
            })
        })
    };
    let status = move || layer.with(|layer| layer.as_ref().map(|layer| layer.status.clone()));
    let size = move || layer.with(|layer| layer.as_ref().map(|layer| said(layer.current, layer.total)));
    view! {
        <li>
            <code>{short.clone()}</code>
            <span class="clip">{dynamic(status)}</span>
            <Meter label=short used=Signal::derive(share) progress=true />
            <span class="faint num">{dynamic(size)}</span>
        </li>
    }
}

/// Docker's words for a layer that needs nothing more.
fn is_over(status: &str) -> bool {
    matches!(status, "Pull complete" | "Already exists" | "Download complete")
}

fn said(current: Bytes, total: Bytes) -> String {
    if total == Bytes::ZERO {
        String::new()
    } else {
        crate::format::part(current, total)
    }
}
