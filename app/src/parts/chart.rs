//! A chart: its name and present figures as text, its course as a line with what came before, and what that comes to as text.
use crate::interop::chart::{LineChart, Unit};
use crate::lean::prelude::*;
use crate::lean::{dynamic, effect};
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use std::rc::Rc;

/// Seconds that are shown before a past says otherwise.
const SECONDS: u32 = 300;

/// A past to show: seconds since 1970, and for each line its values.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// Seconds that are shown.
    pub seconds: u32,
    /// The least time between two points that are added to it.
    pub every: f64,
    /// When each point was.
    pub times: Rc<Vec<f64>>,
    /// The lines.
    pub columns: Vec<Vec<Option<f64>>>,
}

/// Where a chart's points are pushed; those that come before the chart is ready wait.
#[derive(Clone, Copy)]
pub struct ChartFeed {
    drawn: StoredValue<SendWrapper<Drawn>>,
    /// Mean and highest of what is shown of the first line.
    comes_to: RwSignal<Option<(f64, f64)>>,
}

#[derive(Default)]
struct Drawn {
    chart: Option<LineChart>,
    past: Past,
    top: f64,
    waiting: Vec<(f64, Vec<Option<f64>>)>,
    last: f64,
    sum: f64,
    count: f64,
    most: f64,
}

impl Drawn {
    fn count(&mut self, value: Option<&Option<f64>>) {
        if let Some(Some(value)) = value {
            self.sum += value;
            self.count += 1.0;
            self.most = self.most.max(*value);
        }
    }

    fn comes_to(&self) -> Option<(f64, f64)> {
        (self.count > 0.0).then(|| (self.sum / self.count, self.most))
    }
}

impl ChartFeed {
    /// A feed without a chart yet.
    pub fn new() -> Self {
        Self {
            drawn: StoredValue::new(SendWrapper::new(Drawn::default())),
            comes_to: RwSignal::new(None),
        }
    }

    /// Adds a point: seconds since 1970 and a value for each line. One that comes too soon after the one before is left out.
    pub fn push(self, seconds: f64, values: Vec<Option<f64>>) {
        let mut now = None;
        self.drawn.try_update_value(|drawn| {
            // A little early is on time.
            if seconds - drawn.last < drawn.past.every * 0.9 {
                return;
            }
            drawn.last = seconds;
            drawn.count(values.first());
            now = drawn.comes_to();
            match &drawn.chart {
                Some(chart) => chart.push(seconds, &values),
                None => drawn.waiting.push((seconds, values)),
            }
        });
        if now.is_some() {
            self.comes_to.set(now);
        }
    }

    /// Shows a past instead of what is shown.
    pub fn show(self, past: Past) {
        let mut now = None;
        self.drawn.try_update_value(|drawn| {
            (drawn.sum, drawn.count, drawn.most) = (0.0, 0.0, 0.0);
            drawn.last = past.times.last().copied().unwrap_or_default();
            let from = drawn.last - f64::from(past.seconds);
            let first = past.columns.first().into_iter().flatten();
            for (_, value) in past.times.iter().zip(first).filter(|(at, _)| **at >= from) {
                drawn.count(Some(value));
            }
            now = drawn.comes_to();
            drawn.waiting.clear();
            drawn.past = past;
            drawn.draw();
        });
        self.comes_to.set(now);
    }

    /// Says where the scale ends: at what there is to use.
    pub fn limit(self, top: f64) {
        self.drawn.try_update_value(|drawn| {
            drawn.top = top;
            if let Some(chart) = &drawn.chart {
                chart.limit(top);
            }
        });
    }
}

impl Drawn {
    fn draw(&mut self) {
        let Some(chart) = &self.chart else { return };
        if self.past.seconds > 0 {
            chart.show(self.past.seconds, &self.past.times, &self.past.columns);
        }
        chart.limit(self.top);
        for (seconds, values) in self.waiting.drain(..) {
            chart.push(seconds, &values);
        }
    }
}

impl Default for ChartFeed {
    fn default() -> Self {
        Self::new()
    }
}

/// A chart with its heading.
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
    /// How a value of the first line is written.
    write: fn(f64) -> String,
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
            feed.drawn.try_update_value(|drawn| {
                drawn.chart = Some(chart);
                drawn.draw();
            });
        });
    });
    let comes_to = move || {
        let (mean, most) = feed.comes_to.get()?;
        Some(t!("stats.comes-to", mean = write(mean), most = write(most)))
    };
    view! {
        <section class="card chart">
            <header>
                <h2>{title}</h2>
                <span class="grow"></span>
                <span class="figures">{dynamic(move || figures.get())}</span>
            </header>
            <div class="plot" node_ref=place aria-hidden="true"></div>
            <p class="faint comes-to">{dynamic(comes_to)}</p>
        </section>
    }
}
