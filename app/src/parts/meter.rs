//! A bar for a share: what is used, and what is reserved beyond it.
use crate::lean::bound;
use crate::lean::prelude::*;
use shipyard_model::unit::tenths;

/// A bar. Both figures are percentages of the whole; what is reserved shows where it goes beyond what is used.
#[component]
pub fn Meter(
    /// What it measures, for screen readers.
    label: String,
    /// In use, in percent.
    #[prop(into)]
    used: Signal<f64>,
    /// Reserved, in percent.
    #[prop(optional, into)]
    reserved: Signal<f64>,
    /// Much is good: the bar does not warn when it is nearly full.
    #[prop(optional)]
    progress: bool,
) -> impl IntoView {
    let width = move |value: f64| format!("{}%", tenths(value.clamp(0.0, 100.0)));
    let rest = move || (reserved.get().clamp(0.0, 100.0) - used.get().clamp(0.0, 100.0)).max(0.0);
    view! {
        <div class="meter" role="img" aria-label=bound(move || format!("{label}: {}%", used.get().round() as i64))>
            <i class:high=bound(move || !progress && used.get() >= 85.0) style:width=bound(move || width(used.get()))></i>
            <i class="res" style:width=bound(move || width(rest()))></i>
        </div>
    }
}
