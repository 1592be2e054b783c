//! What a table and a page say of one engine: health, shares, certificates.
use crate::format;
use crate::interop::clock;
use crate::lean::prelude::*;
use crate::lean::{dynamic, memo};
use crate::parts::age::{Age, Until};
use crate::parts::meter::Meter;
use crate::parts::state::StatePill;
use crate::text;
use shipyard_model::live::Look;
use shipyard_model::{EngineHealth, EngineRow, Millis};

/// A certificate that ends within this time is pointed out, in milliseconds: 30 days.
const SOON_MS: i64 = 30 * 86_400_000;

/// A part of an engine's row that changes only when it does, so that a new response time repaints nothing else.
pub fn part<T>(row: Memo<Option<EngineRow>>, of: fn(&EngineRow) -> T) -> Memo<Option<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    memo(move || row.with(|row| row.as_ref().map(of)))
}

/// Whether the engine answers; if not, why, since when, and when it is tried again.
#[component]
pub fn Health(
    /// The engine's health.
    health: EngineHealth,
) -> impl IntoView {
    match health {
        EngineHealth::Up => view! { <StatePill look=Look::Ok word=t!("health.up").to_owned() /> }.into_any(),
        EngineHealth::Connecting => {
            view! { <StatePill look=Look::Warn word=t!("health.connecting").to_owned() /> }.into_any()
        }
        EngineHealth::Down { since, why, retry_at } => view! {
            <StatePill look=Look::Bad word=t!("health.down").to_owned() />
            <span class="faint">
                {text::problem_alone(&why)}" "<span class="nowrap">{t!("health.since")}" "<Age since /></span>" · "
                <span class="nowrap">{t!("health.retries")}" "<Until at=retry_at /></span>
            </span>
        }
        .into_any(),
    }
}

/// What is reserved of a whole, as bar and words.
#[component]
pub fn Reserved(
    /// What it measures, for screen readers.
    label: &'static str,
    /// Reserved.
    part: u64,
    /// The whole; 0 while unknown.
    whole: u64,
    /// Both in words.
    text: String,
) -> impl IntoView {
    let percent = if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64 * 100.0
    };
    view! {
        <div class="meters">
            <span>{if whole == 0 { "–".to_owned() } else { text }}</span>
            <Meter label=label.to_owned() used=Signal::stored(percent) />
        </div>
    }
}

/// CPUs reserved and in all.
#[component]
pub fn CpuShare(
    /// The engine.
    row: Memo<Option<EngineRow>>,
) -> impl IntoView {
    let figures = part(row, |row| (row.reserved.cpus, row.capacity.cpus));
    dynamic(move || {
        let (part, whole) = figures.get().unwrap_or_default();
        let text = t!("engines.of", part = format::cpus(part), whole = format::cpus(whole));
        view! { <Reserved label=t!("engines.cpu-reserved") part=part.nanos() whole=whole.nanos() text /> }
    })
}

/// Memory reserved and in all.
#[component]
pub fn MemoryShare(
    /// The engine.
    row: Memo<Option<EngineRow>>,
) -> impl IntoView {
    let figures = part(row, |row| (row.reserved.memory, row.capacity.memory));
    dynamic(move || {
        let (part, whole) = figures.get().unwrap_or_default();
        let text = t!("engines.of", part = format::bytes(part), whole = format::bytes(whole));
        view! { <Reserved label=t!("engines.memory-reserved") part=part.get() whole=whole.get() text /> }
    })
}

/// End of a certificate, pointed out when it is near or past.
#[component]
pub fn CertificateEnd(
    /// When it ends.
    ends: Millis,
) -> impl IntoView {
    let now = clock::now();
    let date = clock::date(ends);
    if ends <= now {
        view! { <StatePill look=Look::Bad word=t!("certificate.ended", date = date) /> }.into_any()
    } else if ends.since(now) <= SOON_MS {
        let word = t!("certificate.days", n = ends.since(now) / 86_400_000);
        view! { <span title=date><StatePill look=Look::Warn word /></span> }.into_any()
    } else {
        view! { <span class="nowrap">{date}</span> }.into_any()
    }
}
