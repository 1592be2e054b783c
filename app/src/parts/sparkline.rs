//! The last samples of a figure as a small line.
use crate::lean::prelude::*;
use shipyard_model::unit::tenths;

const WIDTH: f32 = 72.0;
const HEIGHT: f32 = 20.0;

/// How many samples a line shows.
pub const SAMPLES: usize = 24;

/// A line without numbers: those stand beside it.
#[component]
pub fn Sparkline(
    /// Samples, oldest first, in percent; the line's top is 100 or the most of them.
    #[prop(into)]
    values: Signal<Vec<f32>>,
) -> impl IntoView {
    let points = move || values.with(|values| points(values));
    view! {
        <svg class="spark" width="72" height="20" viewBox="0 0 72 20" aria-hidden="true">
            <polyline points=points></polyline>
        </svg>
    }
}

fn number(value: f32) -> String {
    tenths(value.into())
}

fn points(values: &[f32]) -> String {
    // Small figures fill the line too, but noise below one percent stays flat.
    let most = values.iter().copied().fold(4.0_f32, f32::max);
    let step = WIDTH / (SAMPLES.saturating_sub(1)) as f32;
    let start = WIDTH - step * (values.len().saturating_sub(1)) as f32;
    let mut out = String::new();
    // One sample alone is a dash.
    if let [only] = values {
        let y = HEIGHT - 2.0 - only / most * (HEIGHT - 4.0);
        let (from, to, y) = (number(WIDTH - step), number(WIDTH), number(y));
        return format!("{from},{y} {to},{y}");
    }
    for (i, value) in values.iter().enumerate() {
        let x = start + step * i as f32;
        let y = HEIGHT - 2.0 - value / most * (HEIGHT - 4.0);
        out.push_str(&format!("{},{} ", number(x), number(y)));
    }
    out
}
