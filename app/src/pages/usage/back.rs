//! How far back charts go, and the past that they begin with.
use crate::calls;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{bound, effect};
use crate::parts::chart::Past;
use crate::parts::fetch::{Fetched, fetch};
use shipyard_model::usage::{UsageHistory, UsageSpan};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How far back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// Five minutes, a point with each measurement.
    Minutes,
    /// An hour.
    Hour,
    /// A day.
    Day,
}

impl Back {
    const fn span(self) -> UsageSpan {
        match self {
            Self::Minutes | Self::Hour => UsageSpan::Hour,
            Self::Day => UsageSpan::Day,
        }
    }

    const fn seconds(self) -> u32 {
        match self {
            Self::Minutes => 300,
            Self::Hour => 3600,
            Self::Day => 24 * 3600,
        }
    }

    /// Whether it is what was chosen before, by this word.
    const fn word(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Minutes => t!("stats.minutes"),
            Self::Hour => t!("stats.hour"),
            Self::Day => t!("stats.day"),
        }
    }
}

const CHOSEN: &str = "shipyard.stats.back";

/// What was chosen last on this browser, of these; else the first.
pub fn chosen(of: &'static [Back]) -> RwSignal<Back> {
    let word = browser::recall(CHOSEN).unwrap_or_default();
    let found = of.iter().find(|back| back.word() == word).or_else(|| of.first());
    RwSignal::new(found.copied().unwrap_or(Back::Hour))
}

/// The buttons to choose with.
#[component]
pub fn BackChoice(
    /// What is chosen.
    back: RwSignal<Back>,
    /// What there is to choose from.
    of: &'static [Back],
) -> impl IntoView {
    let button = move |one: &Back| {
        let one = *one;
        let choose = move |_| {
            browser::remember(CHOSEN, one.word());
            back.set(one);
        };
        view! {
            <button type="button" class="chip" aria-pressed=bound(move || (back.get() == one).to_string()) on:click=choose>{one.text()}</button>
        }
    };
    view! { <div class="chips" role="group" aria-label=t!("stats.back")>{of.iter().map(button).collect_view()}</div> }
}

/// Asks for the past of what is named, and again when something else is named or another length chosen.
pub fn ask(
    of: impl Fn() -> (Option<String>, Option<String>) + 'static,
    back: RwSignal<Back>,
) -> Fetched<(Back, Arc<UsageHistory>)> {
    fetch(
        move || Some((of(), back.get())),
        Duration::ZERO,
        |((engine, name), back)| async move {
            let history = calls::usage_history(engine, name, back.span()).await?;
            Ok((back, Arc::new(history)))
        },
    )
}

/// Does something with each past that comes.
pub fn each_past(fetched: Fetched<(Back, Arc<UsageHistory>)>, draw: impl Fn(&Draft) + 'static) {
    effect(move || {
        fetched.data.with(|data| {
            if let Some((back, history)) = data {
                draw(&Draft::new(*back, history));
            }
        });
    });
}

/// A past on its way into charts.
pub struct Draft<'h> {
    back: Back,
    times: Rc<Vec<f64>>,
    /// What was answered.
    pub history: &'h UsageHistory,
}

impl<'h> Draft<'h> {
    fn new(back: Back, history: &'h UsageHistory) -> Self {
        let (begins, every) = (history.begins.0 as f64 / 1000.0, f64::from(history.every));
        // A point stands at the end of the time that it is of, where the next one begins.
        let times = (1..=history.memory.len()).map(|n| begins + n as f64 * every).collect();
        Self {
            back,
            times: Rc::new(times),
            history,
        }
    }

    /// For one chart, with its lines; each value as it is to be drawn.
    pub fn past(&self, lines: &[&[Option<f32>]], factor: f64) -> Past {
        let column = |line: &&[Option<f32>]| {
            line.iter()
                .map(|value| value.map(|value| f64::from(value) * factor))
                .collect()
        };
        Past {
            seconds: self.back.seconds(),
            every: if self.back == Back::Minutes {
                0.0
            } else {
                f64::from(self.history.every)
            },
            times: Rc::clone(&self.times),
            columns: lines.iter().map(column).collect(),
        }
    }
}
