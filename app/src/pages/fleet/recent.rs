//! What happened lately: people's acts and what Docker reported.
use crate::interop::clock;
use crate::lean::prelude::*;
use crate::lean::{For, Show, memo};
use crate::parts::sentence::Sentence;
use crate::parts::state::Dot;
use crate::text;
use shipyard_model::page::{FleetPage, Happening};

/// The list, newest first.
#[component]
pub fn RecentList(
    /// The page's data.
    page: Memo<FleetPage>,
) -> impl IntoView {
    let all = memo(move || page.with(|page| page.recent.clone()));
    view! {
        <section class="card" aria-labelledby="recent-title">
            <header><h2 id="recent-title">{t!("recent.title")}</h2></header>
            <ul class="events">
                <Show when=move || all.with(Vec::is_empty)>
                    <li class="none">{t!("recent.none")}</li>
                </Show>
                <For each=move || all.get() key=|one| (one.at, one.what.clone(), one.subject.clone(), one.actor.clone()) let:one>
                    <Item one />
                </For>
            </ul>
        </section>
    }
}

/// The sentence for what happened, and its values. What has no sentence of its own is said with Docker's word.
fn sentence(one: &Happening) -> (&'static str, Vec<(&'static str, String)>) {
    let mut args = vec![("subject", one.subject.clone()), ("what", one.what.clone())];
    args.extend(one.exit_code.map(|code| ("code", code.to_string())));
    let text = match &one.actor {
        Some(actor) => {
            args.push(("actor", actor.clone()));
            text::find(&format!("recent.by.{}", one.what)).unwrap_or_else(|| text::get("recent.by"))
        }
        None if one.what == "die" && one.exit_code.is_none_or(|code| code == 0) => text::get("recent.end"),
        None => text::find(&format!("recent.{}", one.what)).unwrap_or_else(|| text::get("recent.other")),
    };
    (text, args)
}

#[component]
fn Item(one: Happening) -> impl IntoView {
    let (text, args) = sentence(&one);
    view! {
        <li>
            <Dot look=one.look />
            <span>
                <Sentence text args />
                {one.engine.map(|engine| view! { <span class="faint">{engine.to_string()}</span> })}
            </span>
            <time title=clock::date_time(one.at)>{clock::short(one.at)}</time>
        </li>
    }
}
