//! A container: how it is now, its settings, log, figures and Docker's own answer; each tab is an address.
pub mod ask;
pub mod back;
pub mod head;
pub mod history;
pub mod inspect;
pub mod line;
pub mod log_feed;
pub mod log_store;
pub mod logs;
pub mod overview;
pub mod reveal;
pub mod scale;
pub mod update;

use crate::chunks::Part;
use crate::chunks::show::show_part;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{dynamic, effect, memo};
use crate::live::{self, Showing};
use crate::parts::empty::Empty;
use crate::parts::problem::ProblemBox;
use crate::routes::named;
use shipyard_model::ContainerRow;
use shipyard_model::live::{View, ViewData};

/// What the tabs share.
#[derive(Clone, Copy)]
pub struct Shown {
    /// Name of the engine, from the address.
    pub engine: Memo<String>,
    /// Name of the container, from the address.
    pub name: Memo<String>,
    /// What is known of it; the last there was when it is gone.
    pub row: RwSignal<Option<ContainerRow>>,
    /// Whether it was there and is no more.
    pub gone: Memo<bool>,
}

/// A container with its tabs.
#[component]
pub fn ContainerPage() -> impl IntoView {
    let (engine, name, tab) = (named("engine"), named("name"), named("tab"));
    effect(move || browser::set_title(&format!("{} · Shipyard", name.get())));
    let showing = live::follow(move || View::Container {
        engine: engine.get(),
        name: name.get(),
    });
    let row = RwSignal::new(None::<ContainerRow>);
    let newest = memo(move || match showing.get() {
        Showing::Data(ViewData::Container(row)) => Ok(row.map(|row| *row)),
        Showing::Failed(problem) => Err(Some(problem)),
        _ => Err(None),
    });
    // Another container of the same page starts anew.
    effect(move || {
        let _ = (engine.get(), name.get());
        row.set(None);
    });
    effect(move || {
        if let Ok(Some(new)) = newest.get() {
            row.set(Some(new));
        }
    });
    let shown = Shown {
        engine,
        name,
        row,
        gone: memo(move || newest.with(|newest| matches!(newest, Ok(None)))),
    };
    // For the charts, which come in a chunk.
    provide_context(shown);
    let known = memo(move || row.with(Option::is_some));
    let problem = Signal::derive(move || newest.with(|newest| newest.as_ref().err().cloned().flatten()));
    view! {
        <ProblemBox problem />
        {dynamic(move || match (known.get(), shown.gone.get()) {
            (true, _) => view! { <Known shown tab /> }.into_any(),
            (false, true) => view! { <Missing shown /> }.into_any(),
            (false, false) => view! { <div class="skeleton title"></div><div class="skeleton tall"></div> }.into_any(),
        })}
    }
}

#[component]
fn Known(shown: Shown, tab: Memo<String>) -> impl IntoView {
    view! {
        <head::Head shown tab />
        <ask::Asks shown />
        {dynamic(move || match tab.get().as_str() {
            "logs" => view! { <logs::Logs shown /> }.into_any(),
            "stats" => show_part(Part::ContainerCharts),
            "inspect" => view! { <inspect::Inspect shown /> }.into_any(),
            "history" => view! { <history::History shown /> }.into_any(),
            _ => view! { <overview::Overview shown /> }.into_any(),
        })}
    }
}

#[component]
fn Missing(shown: Shown) -> impl IntoView {
    let title = untrack(|| {
        t!(
            "container.missing",
            name = shown.name.get(),
            engine = shown.engine.get()
        )
    });
    view! {
        <Empty icon="box" title text=t!("container.missing-text").to_owned()>
            <a class="btn" href="/containers">{t!("container.all")}</a>
        </Empty>
    }
}
