//! The first page: figures, the yard with a box for each container, what needs attention, what happened.
pub mod attention;
pub mod bay;
pub mod figures;
pub mod first_engine;
pub mod recent;
pub mod yard;

use crate::boot::may;
use crate::chunks::Part;
use crate::chunks::show::show_part;
use crate::frame;
use crate::interop::address;
use crate::lean::prelude::*;
use crate::lean::{Show, dynamic, memo, set_timeout};
use crate::live::{self, Showing};
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use shipyard_model::Permission;
use shipyard_model::live::{View, ViewData};
use shipyard_model::page::{FleetGroup, FleetPage as Data};
use std::time::Duration;

/// How long after the page its charts begin to load.
const MOMENT: Duration = Duration::from_millis(300);

/// The grouping that the address asks for.
fn group() -> Memo<FleetGroup> {
    let query = address::query();
    memo(move || match query.get("group").as_deref() {
        Some("stack") => FleetGroup::Stack,
        Some("label") => FleetGroup::Label,
        _ => FleetGroup::Engine,
    })
}

/// The first page.
#[component]
pub fn FleetPage() -> impl IntoView {
    frame::title(t!("nav.fleet"));
    let group = group();
    let showing = live::follow(move || View::Fleet { group: group.get() });
    let failed = showing.clone();
    let problem = Signal::derive(move || match failed.get() {
        Showing::Failed(problem) => Some(problem),
        _ => None,
    });
    let data = memo(move || {
        showing.with(|showing| match showing {
            Showing::Data(ViewData::Fleet(page)) => Some((**page).clone()),
            _ => None,
        })
    });
    let state = memo(move || data.with(|data| data.as_ref().map(|data| data.figures.engines == 0)));
    let page = memo(move || data.get().unwrap_or_default());
    view! {
        <Head page />
        <ProblemBox problem />
        {dynamic(move || match state.get() {
            None => problem.with(Option::is_none).then(|| view! { <Coming /> }).into_any(),
            Some(true) => view! { <first_engine::FirstEngine /> }.into_any(),
            Some(false) => view! { <Content page group /> }.into_any(),
        })}
    }
}

#[component]
fn Head(page: Memo<Data>) -> impl IntoView {
    let connected = move || {
        page.with(|page| page.figures)
            .engines
            .gt(&0)
            .then(|| page.with(|p| t!("fleet.connected", n = p.figures.engines, up = p.figures.engines_up)))
    };
    view! {
        <div class="page-head">
            <h1>{t!("nav.fleet")}</h1>
            <span class="muted">{dynamic(connected)}</span>
            <span class="grow"></span>
            <Show when=|| may(Permission::EngineManage)>
                <a class="btn" href="/engines/add"><Icon name="plus" />{t!("action.add-engine")}</a>
            </Show>
        </div>
    }
}

#[component]
fn Content(page: Memo<Data>, group: Memo<FleetGroup>) -> impl IntoView {
    // The charts are no part of the first load: they come when what is in it has been shown.
    let calm = RwSignal::new(false);
    set_timeout(
        move || {
            calm.try_set(true);
        },
        MOMENT,
    );
    view! {
        <figures::FiguresRow page />
        <div class="cols">
            <yard::Yard page group />
            <div class="stacked">
                <attention::AttentionList page />
                <div class="usage-place"><Show when=move || calm.get()>{show_part(Part::FleetCharts)}</Show></div>
                <recent::RecentList page />
            </div>
        </div>
    }
}

/// The page's shape while its data is on the way.
#[component]
fn Coming() -> impl IntoView {
    view! {
        <div class="kpis" aria-hidden="true">
            <div class="card skeleton"></div>
            <div class="card skeleton"></div>
            <div class="card skeleton"></div>
            <div class="card skeleton"></div>
        </div>
        <div class="cols" aria-hidden="true">
            <div class="card skeleton tall"></div>
            <div class="card skeleton tall"></div>
        </div>
    }
}
