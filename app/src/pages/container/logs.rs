//! The container's log, live: follows its end until the reader scrolls up, filters, and can be saved.
use super::Shown;
use super::line::Lines;
use super::log_feed::{Feed, feed};
use super::log_store::LogStore;
use crate::interop::{browser, clock, file};
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, effect, memo};
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;

/// What the parts of the log share.
#[derive(Clone, Copy)]
struct View {
    store: LogStore,
    feed: Feed,
    filter: RwSignal<String>,
    following: RwSignal<bool>,
    wrap: RwSignal<bool>,
    times: RwSignal<bool>,
    place: NodeRef<web_sys::HtmlDivElement>,
}

/// The tab with the log.
#[component]
pub fn Logs(
    /// The container.
    shown: Shown,
) -> impl IntoView {
    let store = LogStore::new();
    let view = View {
        store,
        feed: feed(shown, store),
        filter: RwSignal::new(String::new()),
        following: RwSignal::new(true),
        wrap: RwSignal::new(browser::recall("shipyard.logs.wrap").is_none_or(|it| it == "1")),
        times: RwSignal::new(browser::recall("shipyard.logs.times").is_some_and(|it| it == "1")),
        place: NodeRef::new(),
    };
    view! {
        <ProblemBox problem=view.feed.problem />
        <section class="card logs">
            <Tools shown view />
            <Screen view />
        </section>
    }
}

#[component]
fn Tools(shown: Shown, view: View) -> impl IntoView {
    let (paused, held) = (view.feed.paused, view.feed.held);
    let save = move |_| {
        let name = format!("{}.log", shown.name.get_untracked());
        file::download(&name, &view.store.text(clock::iso));
    };
    view! {
        <header>
            <div class="field filter">
                <Icon name="search" />
                <input
                    id="filter"
                    type="search"
                    autocomplete="off"
                    spellcheck="false"
                    aria-label=t!("logs.filter")
                    placeholder=t!("logs.filter")
                    on:input:target=move |event| view.filter.set(event.target().value())
                />
                <kbd aria-hidden="true">"/"</kbd>
            </div>
            <span class="grow"></span>
            <span class="faint num">{dynamic(move || if held.get() > 0 { t!("logs.new", n = held.get()) } else { String::new() })}</span>
            <Toggle on=view.wrap name="shipyard.logs.wrap" text=t!("logs.wrap") />
            <Toggle on=view.times name="shipyard.logs.times" text=t!("logs.times") />
            <button type="button" class="btn small" aria-pressed=bound(move || paused.get().to_string()) on:click=move |_| view.feed.pause()>
                {dynamic(move || match paused.get() {
                    true => view! { <Icon name="play" />{t!("logs.continue")} }.into_any(),
                    false => view! { <Icon name="pause" />{t!("logs.pause")} }.into_any(),
                })}
            </button>
            <button type="button" class="btn small" on:click=move |_| view.store.clear()>{t!("logs.clear")}</button>
            <button type="button" class="btn small" on:click=save><Icon name="download" />{t!("logs.download")}</button>
        </header>
    }
}

#[component]
fn Toggle(on: RwSignal<bool>, name: &'static str, text: &'static str) -> impl IntoView {
    let toggle = move |_| {
        on.update(|on| *on = !*on);
        browser::remember(name, if on.get_untracked() { "1" } else { "0" });
    };
    view! {
        <button type="button" class="chip" aria-pressed=bound(move || on.get().to_string()) on:click=toggle>{text}</button>
    }
}

/// The lines, and the way back to their end.
#[component]
fn Screen(view: View) -> impl IntoView {
    let filter = memo(move || view.filter.get());
    let (place, following) = (view.place, view.following);
    let seen = RwSignal::new(0_u64);
    let fresh = memo(move || view.store.arrived.get().saturating_sub(seen.get()));
    let to_end = move || {
        if let Some(place) = place.get_untracked() {
            place.set_scroll_top(place.scroll_height());
        }
    };
    effect(move || {
        let arrived = view.store.arrived.get();
        filter.track();
        if following.get() {
            seen.set(arrived);
            // After the lines are drawn.
            request_animation_frame(to_end);
        }
    });
    let top = StoredValue::new(0);
    let scrolled = move |_| {
        let Some(place) = place.get_untracked() else { return };
        let now = place.scroll_top();
        let up = now < top.get_value();
        top.set_value(now);
        let at_end = place.scroll_height() - now - place.client_height() < 24;
        if at_end {
            following.set(true);
        } else if up {
            following.set(false);
        }
    };
    let empty = move || view.store.arrived.get() == 0 && view.feed.answered.get();
    view! {
        <div class="screen">
            <div
                node_ref=place
                class="log mono"
                class:wrap=view.wrap
                class:times=view.times
                role="log"
                aria-live="off"
                aria-label=t!("container.logs")
                tabindex="0"
                on:scroll=scrolled
            >
                <Lines store=view.store filter />
                <Show when=empty>
                    <p class="muted">{t!("logs.none")}</p>
                </Show>
            </div>
            <Show when=move || !following.get()>
                <button type="button" class="btn small primary to-end" on:click=move |_| following.set(true)>
                    <Icon name="arrow-down" />
                    {dynamic(move || match fresh.get() {
                        0 => t!("logs.to-end").to_owned(),
                        n => t!("logs.new", n = n),
                    })}
                </button>
            </Show>
        </div>
    }
}
