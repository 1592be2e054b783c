//! The palette's field and list: a combobox whose list the arrow keys move in while the field keeps the focus.
use super::entries::{self, Act, Entry};
use crate::interop::address;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{For, Show, bound, memo};
use crate::live::{self, Showing};
use crate::parts::acts::acts;
use crate::parts::icon::Icon;
use crate::parts::shortcuts;
use shipyard_model::live::{View, ViewData};
use shipyard_model::page::ContainerQuery;
use shipyard_model::{ContainerRow, EngineRow};
use std::sync::Arc;

/// Most containers that are offered.
const MOST: u32 = 20;

/// What is offered for what is typed, kept up to date.
fn offers(typed: RwSignal<String>) -> Memo<Vec<Entry>> {
    let engines = live::follow(|| View::Engines);
    let text = memo(move || typed.with(|typed| entries::container_text(typed)));
    let containers = live::follow(move || View::Containers {
        query: ContainerQuery {
            text: text.get(),
            limit: MOST,
            ..ContainerQuery::default()
        },
    });
    memo(move || {
        engines.with(|engines| {
            containers.with(|containers| {
                let engines: &[EngineRow] = match engines {
                    Showing::Data(ViewData::Engines(rows)) => rows,
                    _ => &[],
                };
                let containers: &[Arc<ContainerRow>] = match containers {
                    Showing::Data(ViewData::Containers(window)) => &window.rows,
                    _ => &[],
                };
                typed.with(|typed| entries::entries(typed, engines, containers))
            })
        })
    })
}

/// Field and list.
#[component]
pub fn Search(
    /// Set to false when something was chosen.
    open: RwSignal<bool>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let offers = offers(typed);
    // Kept by key, so that the choice stays where it is when the list changes under it.
    let chosen = RwSignal::new(String::new());
    let at = memo(move || {
        chosen
            .with(|key| offers.with(|all| all.iter().position(|entry| entry.key == *key)))
            .unwrap_or(0)
    });
    let at_key = memo(move || offers.with(|all| all.get(at.get()).map(|entry| entry.key.clone())));
    let act = actor(open, typed);
    let choose = move || {
        if let Some(entry) = offers.with_untracked(|all| all.get(at.get_untracked()).cloned()) {
            act.run(entry.act);
        }
    };
    let step = move |by: isize| {
        let count = offers.with_untracked(Vec::len);
        let next = at
            .get_untracked()
            .saturating_add_signed(by)
            .min(count.saturating_sub(1));
        if let Some(key) = offers.with_untracked(|all| all.get(next).map(|entry| entry.key.clone())) {
            browser::reveal(&format!("palette-{key}"));
            chosen.set(key);
        }
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => step(1),
            "ArrowUp" => step(-1),
            "Enter" => choose(),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div class="palette-field">
            <Icon name="search" />
            <input
                id="palette-input"
                type="text"
                role="combobox"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-autocomplete="list"
                aria-activedescendant=bound(move || at_key.get().map(|key| format!("palette-{key}")))
                aria-label=t!("palette.title")
                placeholder=t!("palette.placeholder")
                autocomplete="off"
                spellcheck="false"
                autofocus
                prop:value=bound(move || typed.get())
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    chosen.set(String::new());
                }
                on:keydown=key
            />
            <kbd>"Esc"</kbd>
        </div>
        <div id="palette-list" role="listbox" aria-label=t!("palette.results")>
            <For each=move || offers.get() key=|entry| (entry.key.clone(), entry.text.clone()) let:entry>
                <Line entry at_key chosen act />
            </For>
        </div>
        <Show when=move || offers.with(Vec::is_empty)>
            <p class="palette-none" role="status">{t!("palette.none")}</p>
        </Show>
        <footer aria-hidden="true">
            <span><kbd>"↑"</kbd>" "<kbd>"↓"</kbd>" "{t!("palette.move")}</span>
            <span><kbd>"↵"</kbd>" "{t!("palette.run")}</span>
        </footer>
    }
}

#[component]
fn Line(entry: Entry, at_key: Memo<Option<String>>, chosen: RwSignal<String>, act: Callback<Act>) -> impl IntoView {
    let Entry {
        key,
        icon,
        text,
        kind,
        act: what,
    } = entry;
    let id = format!("palette-{key}");
    let hovered = key.clone();
    let here = memo(move || at_key.with(|at| at.as_deref() == Some(key.as_str())));
    view! {
        <div
            role="option"
            id=id
            aria-selected=bound(move || if here.get() { "true" } else { "false" })
            on:mousemove=move |_| {
                if !here.get_untracked() {
                    chosen.set(hovered.clone());
                }
            }
            on:click=move |_| act.run(what.clone())
        >
            <Icon name=icon />
            <span>{text}</span>
            <span class="faint">{kind}</span>
        </div>
    }
}

/// Carries out what was chosen.
fn actor(open: RwSignal<bool>, typed: RwSignal<String>) -> Callback<Act> {
    let acts = acts();
    let sheet = shortcuts::sheet();
    Callback::new(move |act: Act| match act {
        Act::Type(text) => {
            typed.set(text);
            browser::focus("palette-input");
        }
        Act::Go(path) => {
            open.set(false);
            address::visit(&path);
        }
        Act::Run(verb, target) => {
            open.set(false);
            acts.request(verb, vec![target]);
        }
        Act::Keys => {
            open.set(false);
            sheet.set(true);
        }
    })
}
