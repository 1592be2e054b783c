//! A live chart: its name and present figures as text, its course as a line.
use crate::interop::chart::{LineChart, Unit};
use crate::lean::prelude::*;
use crate::lean::{dynamic, effect};
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;

/// So many seconds are shown.
const SECONDS: u32 = 300;

/// Where a chart's points are pushed; those that come before the chart is ready wait.
#[derive(Clone, Copy)]
pub struct ChartFeed(StoredValue<SendWrapper<Drawn>>);

#[derive(Default)]
struct Drawn {
    chart: Option<LineChart>,
    waiting: Vec<(f64, Vec<Option<f64>>)>,
}

impl ChartFeed {
    /// A feed without a chart yet.
    pub fn new() -> Self {
        Self(StoredValue::new(SendWrapper::new(Drawn::default())))
    }

    /// Adds a point: seconds since 1970 and a value for each series.
    pub fn push(self, seconds: f64, values: Vec<Option<f64>>) {
        self.0.update_value(|drawn| match &drawn.chart {
            Some(chart) => chart.push(seconds, &values),
            None => drawn.waiting.push((seconds, values)),
        });
    }
}

impl Default for ChartFeed {
    fn default() -> Self {
        Self::new()
    }
}

/// A chart in a card.
#[component]
pub fn Chart(
    /// Its name.
    title: &'static str,
    /// Names of the lines with their units.
    series: Vec<(String, Unit)>,
    /// The present figures, as text.
    #[prop(into)]
    figures: Signal<String>,
    /// Where the points come from.
    feed: ChartFeed,
) -> impl IntoView {
    let place = NodeRef::<web_sys::HtmlDivElement>::new();
    effect(move || {
        let Some(element) = place.get() else { return };
        let series = series.clone();
        spawn_local(async move {
            let Ok(chart) = LineChart::load(&element, &series, SECONDS).await else {
                return;
            };
            // Nothing to draw into when the page is gone meanwhile: dropping it ends it.
            feed.0.try_update_value(|drawn| {
                for (seconds, values) in drawn.waiting.drain(..) {
                    chart.push(seconds, &values);
                }
                drawn.chart = Some(chart);
            });
        });
    });
    view! {
        <section class="card chart">
            <header>
                <h2>{title}</h2>
                <span class="grow"></span>
                <span class="figures">{dynamic(move || figures.get())}</span>
            </header>
            <div class="plot" node_ref=place aria-hidden="true"></div>
        </section>
    }
}
