//! A bay of the yard: an engine, stack or label with a box for each container.
use crate::format;
use crate::interop::roving;
use crate::lean::prelude::*;
use crate::lean::{For, Show, dynamic, effect, memo};
use crate::pages::engines::row::DrainedTag;
use crate::parts::age::Ago;
use crate::parts::meter::Meter;
use crate::parts::state::{self, Dot};
use shipyard_model::EngineHealth;
use shipyard_model::live::Look;
use shipyard_model::page::{Bay, BayEngine, FleetPage, YardBox};
use wasm_bindgen::JsCast;

/// One bay.
#[component]
pub fn BayCard(
    /// The page's data.
    page: Memo<FleetPage>,
    /// The bay's title, by which it is found.
    title: String,
) -> impl IntoView {
    let title = StoredValue::new(title);
    let bay = move || page.with(|page| title.with_value(|title| find(page, title).cloned()));
    let bay = Memo::new(move |before: Option<&Option<Bay>>| bay().or_else(|| before.cloned().flatten()));
    let engine = memo(move || bay.with(|bay| bay.as_ref().and_then(|bay| bay.engine.clone())));
    let drained = memo(move || engine.with(|engine| engine.as_ref().is_some_and(|engine| engine.drained)));
    let count = memo(move || bay.with(|bay| bay.as_ref().map_or(0, |bay| bay.boxes.len() + bay.more as usize)));
    let more = memo(move || bay.with(|bay| bay.as_ref().map_or(0, |bay| bay.more)));
    let down = move || {
        engine.with(|engine| {
            engine
                .as_ref()
                .is_some_and(|e| matches!(e.health, EngineHealth::Down { .. }))
        })
    };
    let is_engine = engine.with_untracked(Option::is_some);
    let text = title.get_value();
    let heading = match (is_engine, text.is_empty()) {
        (true, _) => view! { <a href=format!("/engines/{text}")>{text.clone()}</a> }.into_any(),
        (false, true) => t!("fleet.no-group").into_any(),
        (false, false) => text.into_any(),
    };
    view! {
        <article class="bay" class:down=down>
            <div class="t">
                <EngineDot engine />
                <h3>{heading}</h3>
                <Show when=move || drained.get()><DrainedTag /></Show>
                <span class="ms">{dynamic(move || engine.get().map(|engine| view! { <Answers engine /> }))}</span>
            </div>
            <Boxes bay />
            <Show when=move || { more.get() > 0 }>
                <span class="faint">{dynamic(move || t!("fleet.more-boxes", n = more.get()))}</span>
            </Show>
            <div class="figures">
                <Show when=move || is_engine>
                    <EngineMeter engine />
                </Show>
                <div class="faint">
                    <Show when=move || is_engine>
                        <Shares engine />
                    </Show>
                    <span>{dynamic(move || t!("fleet.n-containers", n = count.get()))}</span>
                </div>
            </div>
            <Labels engine />
        </article>
    }
}

fn find<'p>(page: &'p FleetPage, title: &str) -> Option<&'p Bay> {
    page.bays.iter().find(|bay| bay.title == title)
}

/// Look and word of an engine's health.
fn health_look(health: &EngineHealth) -> (Look, &'static str) {
    match health {
        EngineHealth::Up => (Look::Ok, t!("health.up")),
        EngineHealth::Connecting => (Look::Warn, t!("health.connecting")),
        EngineHealth::Down { .. } => (Look::Bad, t!("health.down")),
    }
}

#[component]
fn EngineDot(engine: Memo<Option<BayEngine>>) -> impl IntoView {
    let health = memo(move || engine.with(|engine| engine.as_ref().map(|e| health_look(&e.health))));
    dynamic(move || {
        health
            .get()
            .map(|(look, word)| view! { <Dot look /><span class="sr">{word}</span> })
    })
}

/// How fast the engine answers, or since when it does not.
#[component]
fn Answers(engine: BayEngine) -> impl IntoView {
    match (&engine.health, engine.last_seen) {
        (EngineHealth::Up, _) => engine.response_us.map(format::response).into_any(),
        (EngineHealth::Connecting, _) => t!("health.connecting").into_any(),
        (EngineHealth::Down { .. }, Some(since)) => {
            view! { {t!("health.down")}" · "{t!("fleet.last-seen")}" "<Ago since /> }.into_any()
        }
        (EngineHealth::Down { .. }, None) => t!("health.down").into_any(),
    }
}

/// The boxes: links that are one stop of the Tab key, moved in by the arrow keys.
#[component]
fn Boxes(bay: Memo<Option<Bay>>) -> impl IntoView {
    let list = NodeRef::<web_sys::HtmlDivElement>::new();
    let boxes = memo(move || bay.with(|bay| bay.as_ref().map(|bay| bay.boxes.clone()).unwrap_or_default()));
    effect(move || {
        boxes.track();
        if let Some(list) = list.get() {
            roving::settle(&list);
        }
    });
    let key = move |event: leptos::ev::KeyboardEvent| {
        let focused = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
        if let (Some(list), Some(focused)) = (list.get_untracked(), focused)
            && roving::step(&list, &focused, &event.key())
        {
            event.prevent_default();
        }
    };
    view! {
        <div class="boxes" role="group" aria-label=t!("nav.containers") node_ref=list on:keydown=key>
            // A box of another state is another box: so nothing in it needs a signal, and ten thousand of them are light.
            <For each=move || boxes.get() key=|b| (b.engine.clone(), b.name.clone(), b.look, b.state) let:item>
                <BoxLink item />
            </For>
        </div>
    }
}

#[component]
fn BoxLink(item: YardBox) -> impl IntoView {
    let word = match (item.look, item.state) {
        (Look::Bad, shipyard_model::ContainerState::Running) => t!("state.unhealthy").to_owned(),
        _ => format::state_word(item.state, None, None),
    };
    let text = t!("fleet.box", name = item.name, engine = item.engine, state = word);
    let address = format!("/containers/{}/{}", item.engine, item.name);
    view! {
        <a href=address title=text.clone() aria-label=text tabindex="-1">
            <i class=state::class(item.look)></i>
        </a>
    }
}

#[component]
fn EngineMeter(engine: Memo<Option<BayEngine>>) -> impl IntoView {
    let share = move |part: fn(&BayEngine) -> f32| engine.with(|e| e.as_ref().map_or(0.0, |e| f64::from(part(e))));
    view! {
        <Meter
            label=t!("fleet.cpu").to_owned()
            used=Signal::derive(move || share(|e| e.cpu_percent.unwrap_or(0.0)))
            reserved=Signal::derive(move || share(|e| e.cpu_reserved_percent))
        />
    }
}

/// CPU and memory in use, in words; a dash until they are measured.
#[component]
fn Shares(engine: Memo<Option<BayEngine>>) -> impl IntoView {
    let say = |used: Option<f32>| used.map_or_else(|| "–".to_owned(), |used| format::percent(used.into()));
    let cpu = move || engine.with(|e| e.as_ref().map(|e| say(e.cpu_percent)));
    let memory = move || engine.with(|e| e.as_ref().map(|e| say(e.memory_percent)));
    view! {
        <span>{t!("fleet.cpu")}" "{dynamic(cpu)}</span>
        <span>{t!("fleet.memory-short")}" "{dynamic(memory)}</span>
    }
}

#[component]
fn Labels(engine: Memo<Option<BayEngine>>) -> impl IntoView {
    let labels = memo(move || engine.with(|e| e.as_ref().map(|e| e.labels.clone()).unwrap_or_default()));
    view! {
        <Show when=move || labels.with(|labels| !labels.is_empty())>
            <div class="chips tight">
                {dynamic(move || labels.get().into_iter().map(|label| view! { <span class="tag">{label}</span> }).collect_view())}
            </div>
        </Show>
    }
}
