//! The yard: bays of boxes, grouped as the address says.
use super::bay::BayCard;
use crate::lean::prelude::*;
use crate::lean::{For, Show, bound, dynamic, memo};
use crate::parts::state::Dot;
use shipyard_model::live::Look;
use shipyard_model::page::{FleetGroup, FleetPage};

/// All bays.
#[component]
pub fn Yard(
    /// The page's data.
    page: Memo<FleetPage>,
    /// How the boxes are grouped.
    group: Memo<FleetGroup>,
) -> impl IntoView {
    let titles = memo(move || page.with(|page| page.bays.iter().map(|bay| bay.title.clone()).collect::<Vec<_>>()));
    // A bay shows other things when it is an engine's, so it is made anew when the grouping's data arrives.
    let by_engine = memo(move || page.with(|page| page.bays.iter().any(|bay| bay.engine.is_some())));
    let more = memo(move || page.with(|page| page.more_bays));
    view! {
        <section class="card" aria-labelledby="yard-title">
            <header>
                <h2 id="yard-title">{t!("fleet.yard")}</h2>
                <span class="faint">{t!("fleet.yard-hint")}</span>
                <span class="grow"></span>
                <nav class="chips" aria-label=t!("fleet.grouping")>
                    <Group group of=FleetGroup::Engine address="/" text=t!("fleet.by-engine") />
                    <Group group of=FleetGroup::Stack address="/?group=stack" text=t!("fleet.by-stack") />
                    <Group group of=FleetGroup::Label address="/?group=label" text=t!("fleet.by-label") />
                </nav>
            </header>
            <div class="in yard">
                <For each=move || { let by = by_engine.get(); titles.get().into_iter().map(move |t| (by, t)) } key=Clone::clone let((_, title))>
                    <BayCard page title />
                </For>
            </div>
            <Show when=move || { more.get() > 0 }>
                <p class="in faint">{dynamic(move || t!("fleet.more-bays", n = more.get()))}</p>
            </Show>
            <Legend />
        </section>
    }
}

#[component]
fn Group(group: Memo<FleetGroup>, of: FleetGroup, address: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <a class="chip" href=address aria-current=bound(move || (group.get() == of).then_some("true")) data-noscroll="">
            {text}
        </a>
    }
}

/// What the shapes mean.
#[component]
fn Legend() -> impl IntoView {
    let kinds = [
        (Look::Ok, t!("look.ok")),
        (Look::Warn, t!("look.warn")),
        (Look::Bad, t!("look.bad")),
        (Look::Idle, t!("look.idle")),
    ];
    let kinds = kinds.map(|(look, text)| view! { <li><Dot look />{text}</li> });
    view! { <ul class="legend">{kinds.into_iter().collect_view()}</ul> }
}
