//! One engine: its facts, whether it answers, what it has and who reserves it, and its containers.
pub mod drain;
pub mod node;
pub mod reservations;

use crate::boot::may;
use crate::chunks::Part;
use crate::chunks::show::show_part;
use crate::format;
use crate::frame;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, effect, memo};
use crate::pages::engines::cells::{CertificateEnd, CpuShare, Health, MemoryShare, part};
use crate::pages::engines::follow_engines;
use crate::pages::engines::remove::RemoveDialog;
use crate::pages::engines::row::{DrainedTag, PlainTag, retry};
use crate::pages::not_found::Missing;
use crate::parts::age::Ago;
use crate::parts::copy::CopyButton;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::toast::toasts;
use crate::routes;
use drain::{DrainDialog, take_back};
use node::{NodeCard, Removed, Undone};
use reservations::Reservations;
use shipyard_model::{Engine, EngineRow, Permission};

/// The engine that the address names: not known yet, none, or its row.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// The engines are not known yet.
    Waiting,
    /// There is none of that name.
    Missing(String),
    /// It is there.
    Here,
}

/// Row of the engine that the address names, and whether there is one.
pub fn named(rows: Memo<Option<Vec<EngineRow>>>) -> (Memo<Option<EngineRow>>, Memo<Named>) {
    let name = routes::named("name");
    let row = memo(move || {
        let name = name.get();
        rows.with(|rows| {
            rows.iter()
                .flatten()
                .find(|row| row.engine.name.as_str() == name)
                .cloned()
        })
    });
    let state = memo(move || match (rows.with(Option::is_some), row.with(Option::is_some)) {
        (false, _) => Named::Waiting,
        (true, true) => Named::Here,
        (true, false) => Named::Missing(name.get()),
    });
    (row, state)
}

/// One engine.
#[component]
pub fn EnginePage() -> impl IntoView {
    let (rows, problem) = follow_engines();
    let (row, state) = named(rows);
    effect(move || row.with(|row| row.as_ref().map(|row| frame::title(row.engine.name.as_str()))));
    let undone = RwSignal::new(None);
    // Of this engine: the page stays when one goes from it to another's.
    let name = routes::named("name");
    let of_this = memo(move || {
        let name = name.get();
        let removed = undone.get().filter(|(of, _): &Removed| *of == name);
        removed.map(|(_, removed)| removed)
    });
    view! {
        <ProblemBox problem />
        {dynamic(move || match (of_this.get(), state.get()) {
            (Some(removed), _) => view! { <Undone removed /> }.into_any(),
            (_, Named::Waiting) => view! { <div class="card skeleton tall" aria-hidden="true"></div> }.into_any(),
            (_, Named::Missing(name)) => view! {
                <Missing title=t!("engine.missing", name = name) back="/engines" back_text=t!("engine.all") />
            }
            .into_any(),
            (_, Named::Here) => view! { <Page row undone /> }.into_any(),
        })}
    }
}

#[component]
fn Page(row: Memo<Option<EngineRow>>, undone: RwSignal<Option<Removed>>) -> impl IntoView {
    let removing = RwSignal::new(None::<Engine>);
    let draining = RwSignal::new(None::<Engine>);
    view! {
        <Head row removing draining />
        <div class="cols">
            <div class="stacked">
                <Capacity row />
                {show_part(Part::EngineCharts)}
                <Reservations row />
            </div>
            <div class="stacked">
                <Facts row />
                <NodeCard row undone />
            </div>
        </div>
        <RemoveDialog removing />
        <DrainDialog draining />
    }
}

#[component]
fn Head(
    row: Memo<Option<EngineRow>>,
    removing: RwSignal<Option<Engine>>,
    draining: RwSignal<Option<Engine>>,
) -> impl IntoView {
    let engine = part(row, |row| row.engine.clone());
    let health = part(row, |row| row.health.clone());
    let down = memo(move || health.with(|health| health.as_ref().is_some_and(|health| !health.is_up())));
    let name = Signal::derive(move || engine.get().map(|engine| engine.name.to_string()).unwrap_or_default());
    let drained = memo(move || engine.with(|engine| engine.as_ref().is_some_and(|engine| engine.drained)));
    let may_drain = may(Permission::Deploy) && may(Permission::ContainerRemove);
    let toasts = toasts();
    let undrain = move |_| {
        if let Some(engine) = engine.get_untracked() {
            take_back(engine, toasts);
        }
    };
    let retry_now = move |_| {
        if let Some(engine) = engine.get_untracked() {
            retry(engine.id, toasts);
        }
    };
    view! {
        <nav class="crumbs" aria-label=t!("frame.crumbs")><a class="link" href="/engines">{t!("nav.engines")}</a></nav>
        <div class="page-head">
            <h1>{dynamic(move || name.get())}</h1>
            {dynamic(move || health.get().map(|health| view! { <Health health /> }))}
            <Show when=move || drained.get()><DrainedTag /></Show>
            <span class="grow"></span>
            <Show when=move || may_drain && drained.get()>
                <button type="button" class="btn" on:click=undrain>{t!("engine.undrain")}</button>
            </Show>
            <Show when=move || may_drain>
                <button type="button" class="btn" on:click=move |_| draining.set(engine.get_untracked())>{t!("engine.drain-ask")}</button>
            </Show>
            <Show when=move || down.get() && may(Permission::EngineRetry)>
                <button type="button" class="btn" on:click=retry_now><Icon name="refresh-cw" />{t!("action.retry")}</button>
            </Show>
            <Show when=|| may(Permission::EngineManage)>
                <a class="btn" href=bound(move || format!("/engines/{}/edit", name.get()))><Icon name="pencil" />{t!("action.edit")}</a>
                <button type="button" class="btn danger" on:click=move |_| removing.set(engine.get_untracked())>
                    <Icon name="trash-2" />{t!("action.remove-ask")}
                </button>
            </Show>
        </div>
    }
}

#[component]
fn Capacity(row: Memo<Option<EngineRow>>) -> impl IntoView {
    let counts = part(row, |row| (row.running, row.containers, row.engine.name.to_string()));
    view! {
        <section class="kpis three" aria-label=t!("engine.capacity")>
            <div class="card kpi"><span class="lab">{t!("engines.cpu-reserved")}</span><CpuShare row /></div>
            <div class="card kpi"><span class="lab">{t!("engines.memory-reserved")}</span><MemoryShare row /></div>
            <div class="card kpi">
                <span class="lab">{t!("nav.containers")}</span>
                {dynamic(move || counts.get().map(|(running, all, name)| view! {
                    <span>{t!("engines.running", running = running, all = all)}</span>
                    <a class="link" href=format!("/containers?engine={name}")>{t!("engine.see-containers")}</a>
                }))}
            </div>
        </section>
    }
}

#[component]
fn Facts(row: Memo<Option<EngineRow>>) -> impl IntoView {
    let facts = move || {
        row.get().map(|row| {
            let address = row.engine.address.to_string();
            let plain = row.engine.address.is_plain();
            let labels = row.engine.labels.written().map(|label| view! { <span class="tag">{label}</span> }).collect_view();
            let none = row.engine.labels.0.is_empty().then_some("–");
            let system = [row.os.as_str(), row.architecture.as_str()].join(" · ");
            view! {
                <Fact name=t!("engines.address")>
                    <code>{address.clone()}</code>" "{plain.then(|| view! { <PlainTag /> })}
                </Fact>
                <Fact name=t!("engines.labels")><span class="chips tight">{labels}{none}</span></Fact>
                <Fact name=t!("engines.docker")>{if row.version.is_empty() { "–".to_owned() } else { row.version.clone() }}</Fact>
                <Fact name=t!("engine.system")>{if row.os.is_empty() { "–".to_owned() } else { system }}</Fact>
                <Fact name=t!("engines.response")>{row.response_us.filter(|_| row.health.is_up()).map_or_else(|| "–".to_owned(), format::response)}</Fact>
                <Fact name=t!("engine.last-seen")>{row.last_seen.map(|since| view! { <Ago since /> })}</Fact>
                {row.engine.certificate_ends.map(|ends| view! { <Fact name=t!("engine.certificate-client")><CertificateEnd ends /></Fact> })}
                {row.server_certificate_ends.map(|ends| view! { <Fact name=t!("engine.certificate-server")><CertificateEnd ends /></Fact> })}
                <Fact name=t!("engine.added-on")>{crate::interop::clock::date(row.engine.added)}</Fact>
            }
        })
    };
    let address = Signal::derive(move || {
        row.with(|row| {
            row.as_ref()
                .map(|row| row.engine.address.to_string())
                .unwrap_or_default()
        })
    });
    view! {
        <section class="card" aria-labelledby="facts-title">
            <header><h2 id="facts-title">{t!("engine.facts")}</h2><span class="grow"></span><CopyButton text=address /></header>
            <dl class="facts">{dynamic(facts)}</dl>
        </section>
    }
}

#[component]
fn Fact(name: &'static str, children: Children) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd>{children.view()}</dd></div> }
}
