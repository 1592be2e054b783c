//! The four figures at the top.
use crate::format;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, memo};
use crate::parts::meter::Meter;
use shipyard_model::page::{Attention, Figures, FleetPage};
use shipyard_model::unit::tenths;

/// Containers, CPU, memory, and how much needs a person.
#[component]
pub fn FiguresRow(
    /// The page's data.
    page: Memo<FleetPage>,
) -> impl IntoView {
    let figures = memo(move || page.with(|page| page.figures));
    view! {
        <section class="kpis" aria-label=t!("fleet.figures")>
            <Containers figures />
            <Cpu figures />
            <Memory figures />
            <Needs page />
        </section>
    }
}

/// A part of a whole in percent; nothing of nothing is nothing.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64 * 100.0
    }
}

#[component]
fn Containers(figures: Memo<Figures>) -> impl IntoView {
    let share = move |part: u32| format!("{}%", tenths(percent(part.into(), figures.get().containers.into())));
    let stopped = move || t!("fleet.stopped", n = figures.get().stopped);
    let unhealthy = move || {
        Some(figures.get().unhealthy)
            .filter(|n| *n > 0)
            .map(|n| t!("fleet.unhealthy", n = n))
    };
    view! {
        <div class="card kpi">
            <span class="lab">{t!("nav.containers")}<span class="faint">{dynamic(stopped)}</span></span>
            <b>{dynamic(move || format::count(figures.get().running.into()))}" "<small>{t!("fleet.running")}</small></b>
            <span class="faint is-bad">{dynamic(unhealthy)}</span>
            <div class="meter" aria-hidden="true">
                <i class="ok" style:width=bound(move || share(figures.get().running.saturating_sub(figures.get().unhealthy)))></i>
                <i class="bad" style:width=bound(move || share(figures.get().unhealthy))></i>
            </div>
        </div>
    }
}

#[component]
fn Cpu(figures: Memo<Figures>) -> impl IntoView {
    let used = move || {
        figures
            .get()
            .cpus_used
            .map(|used| percent(used.nanos(), figures.get().cpus.nanos()))
    };
    let reserved = move || percent(figures.get().cpus_reserved.nanos(), figures.get().cpus.nanos());
    view! {
        <div class="card kpi">
            <span class="lab">
                {t!("fleet.cpu")}
                <span class="faint">{dynamic(move || t!("fleet.reserved", share = format::percent(reserved())))}</span>
            </span>
            <b>
                {dynamic(move || used().map_or_else(|| "–".to_owned(), format::percent))}" "
                <small>{dynamic(move || t!("fleet.of-cores", n = figures.get().cpus.nanos() / 1_000_000_000))}</small>
            </b>
            <span></span>
            <Meter
                label=t!("fleet.cpu").to_owned()
                used=Signal::derive(move || used().unwrap_or(0.0))
                reserved=Signal::derive(reserved)
            />
        </div>
    }
}

#[component]
fn Memory(figures: Memo<Figures>) -> impl IntoView {
    let used = move || {
        figures
            .get()
            .memory_used
            .map_or(0.0, |used| percent(used.get(), figures.get().memory.get()))
    };
    let reserved = move || percent(figures.get().memory_reserved.get(), figures.get().memory.get());
    view! {
        <div class="card kpi">
            <span class="lab">
                {t!("fleet.memory")}
                <span class="faint">{dynamic(move || t!("fleet.reserved", share = format::percent(reserved())))}</span>
            </span>
            <b>
                {dynamic(move || figures.get().memory_used.map_or_else(|| "–".to_owned(), format::bytes))}" "
                <small>{dynamic(move || t!("fleet.of", whole = format::bytes(figures.get().memory)))}</small>
            </b>
            <span></span>
            <Meter label=t!("fleet.memory").to_owned() used=Signal::derive(used) reserved=Signal::derive(reserved) />
        </div>
    }
}

/// Whether something is broken already, not only about to be.
fn is_bad(one: &Attention) -> bool {
    matches!(
        one,
        Attention::EngineDown { .. }
            | Attention::DeployStuck { .. }
            | Attention::Unhealthy { .. }
            | Attention::Dead { .. }
    )
}

#[component]
fn Needs(page: Memo<FleetPage>) -> impl IntoView {
    let any_bad = move || page.with(|page| page.attention.iter().any(is_bad));
    let total = memo(move || page.with(|page| page.attention.len()));
    let kinds = move || {
        let (mut engines, mut containers, mut certificates) = (0, 0, 0);
        page.with(|page| {
            for one in &page.attention {
                match one {
                    Attention::EngineDown { .. } | Attention::PlainEngine { .. } => engines += 1,
                    Attention::CertificateEnds { .. } => certificates += 1,
                    _ => containers += 1,
                }
            }
        });
        let parts = [
            (engines, t!("fleet.n-engines", n = engines)),
            (containers, t!("fleet.n-containers", n = containers)),
            (certificates, t!("fleet.n-certificates", n = certificates)),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(_, text)| text)
            .collect();
        if parts.is_empty() {
            t!("attention.none").to_owned()
        } else {
            parts.join(" · ")
        }
    };
    view! {
        <div class="card kpi">
            <span class="lab">{t!("attention.title")}</span>
            <b class:is-bad=any_bad class:is-warn=bound(move || !any_bad() && total.get() > 0)>{dynamic(move || total.get())}" "<small>{dynamic(move || t!("attention.problems", n = total.get()))}</small></b>
            <span class="faint">{dynamic(kinds)}</span>
        </div>
    }
}
