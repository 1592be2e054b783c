//! The head of the container's page: where it is, how it is, what can be done, and the tabs.
use super::Shown;
use crate::boot;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, memo};
use crate::parts::acts::{ActTarget, acts};
use crate::parts::age::Age;
use crate::parts::changes;
use crate::parts::icon::Icon;
use crate::parts::popover::Popover;
use crate::parts::state::ContainerStatePill;
use crate::parts::verbs;
use shipyard_model::{ContainerRow, Permission};

/// The head.
#[component]
pub fn Head(
    /// The container.
    shown: Shown,
    /// The tab of the address.
    tab: Memo<String>,
) -> impl IntoView {
    let part = move |take: fn(&ContainerRow) -> String| {
        memo(move || shown.row.with(|row| row.as_ref().map(take).unwrap_or_default()))
    };
    let image = part(|row| row.image.clone());
    view! {
        <div class="container-head" class:stale=shown.gone>
            <nav class="crumbs" aria-label=t!("container.crumbs")>
                <a href="/containers">{t!("nav.containers")}</a>
                <Icon name="chevron-right" />
                <a href=bound(move || format!("/engines/{}", shown.engine.get()))>{dynamic(move || shown.engine.get())}</a>
            </nav>
            <div class="page-head">
                <h1>{dynamic(move || shown.name.get())}</h1>
                <State shown />
                <span class="grow"></span>
                <Show when=move || !shown.gone.get() && boot::may(Permission::Deploy)>
                    <a class="btn small" href=bound(move || like(&shown.engine.get(), &shown.name.get()))>
                        <Icon name="rocket" />
                        {t!("deploy.like")}
                    </a>
                </Show>
                <Show when=move || !shown.gone.get()>
                    <Verbs shown />
                </Show>
            </div>
            <p class="muted"><code>{dynamic(move || image.get())}</code></p>
        </div>
        <Old shown />
        <Tabs shown tab />
    }
}

/// Another one like it, with the values of its environment for those who may see them.
fn like(engine: &str, name: &str) -> String {
    let values = if boot::may(Permission::ContainerSecrets) {
        "&values=1"
    } else {
        ""
    };
    format!("/deploy?like={engine}/{name}{values}")
}

#[component]
fn State(shown: Shown) -> impl IntoView {
    let state = memo(move || {
        shown
            .row
            .with(|row| row.as_ref().map(|row| (row.state, row.health, row.exit_code)))
    });
    dynamic(move || {
        state
            .get()
            .filter(|_| !shown.gone.get())
            .map(|(state, health, exit_code)| view! { <ContainerStatePill state health exit_code /> })
    })
}

/// Says when what is shown is old, or the last that is known.
#[component]
fn Old(shown: Shown) -> impl IntoView {
    let stale = memo(move || shown.row.with(|row| row.as_ref().and_then(|row| row.stale_since)));
    dynamic(move || match (shown.gone.get(), stale.get()) {
        (true, _) => view! {
            <p class="note warn" role="status">
                <Icon name="triangle-alert" />
                <span class="grow">{t!("container.gone")}</span>
                <a class="link" href="/containers">{t!("container.all")}</a>
            </p>
        }
        .into_any(),
        (false, Some(since)) => view! {
            <p class="note warn" role="status">
                <Icon name="wifi-off" />
                <span class="grow">{t!("container.old", engine = shown.engine.get())}" "<Age since /></span>
            </p>
        }
        .into_any(),
        _ => ().into_any(),
    })
}

/// The verbs that fit now.
#[component]
fn Verbs(shown: Shown) -> impl IntoView {
    let acts = acts();
    let state = memo(move || shown.row.with(|row| row.as_ref().map(|row| row.state)));
    let act = move |verb| {
        let target = shown.row.with_untracked(|row| row.as_ref().map(ActTarget::from));
        acts.request(verb, target.into_iter().collect());
    };
    view! {
        <div class="buttons">
            <Show when=|| boot::may(Permission::Deploy)>
                <ChangeMenu shown />
            </Show>
            {dynamic(move || {
                verbs::allowed()
                    .filter(|verb| state.get().is_some_and(|state| verb.fits(state)))
                    .map(|verb| {
                        view! {
                            <button type="button" class="btn small" class:danger=verbs::is_harmful(verb) on:click=move |_| act(verb)>
                                <Icon name=verbs::icon(verb) />
                                {verbs::asking(verb)}
                            </button>
                        }
                    })
                    .collect_view()
            })}
        </div>
    }
}

/// What makes another container of it, or more of them: links, for each opens a dialog or a page with an address.
#[component]
fn ChangeMenu(shown: Shown) -> impl IntoView {
    let label = Signal::derive(move || t!("change.menu-of", name = shown.name.get()));
    let trigger = view! { {t!("change.menu")} <Icon name="chevron-down" /> }.into_any();
    view! {
        <Popover label class="btn small" trigger menu=true>
            {dynamic(move || changes::links(&format!("/containers/{}/{}", shown.engine.get(), shown.name.get())))}
        </Popover>
    }
}

#[component]
fn Tabs(shown: Shown, tab: Memo<String>) -> impl IntoView {
    let link = move |name: &'static str, icon: &'static str, text: &'static str| {
        let here = move || {
            let tab = tab.get();
            let tab = if matches!(tab.as_str(), "logs" | "stats" | "inspect" | "history") {
                tab.as_str()
            } else {
                ""
            };
            (tab == name).then_some("page")
        };
        let address = move || {
            let base = format!("/containers/{}/{}", shown.engine.get(), shown.name.get());
            if name.is_empty() {
                base
            } else {
                format!("{base}/{name}")
            }
        };
        view! { <a href=address aria-current=here><Icon name=icon />{text}</a> }
    };
    view! {
        <nav class="tabs" aria-label=t!("container.tabs")>
            {link("", "info", t!("container.overview"))}
            {boot::may(Permission::ContainerLogs).then(|| link("logs", "file-text", t!("container.logs")))}
            {link("stats", "activity", t!("container.stats"))}
            {link("inspect", "search", t!("container.inspect"))}
            {boot::may(Permission::ContainerInspect).then(|| link("history", "history", t!("container.history")))}
        </nav>
    }
}
