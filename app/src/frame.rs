//! The frame of every page: navigation, top bar, state of the live connection. The server's shell paints the same
//! frame as plain HTML before this arrives.
use crate::boot;
use crate::interop::browser;
use crate::live::{self, Link, Showing};
use crate::parts::age::Age;
use crate::parts::icon::Icon;
use crate::parts::toast::ToastRegion;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use shipyard_model::Permission;
use shipyard_model::live::{Frame, View, ViewData};

/// The counts that the frame shows, live.
pub fn counts() -> Memo<Frame> {
    let showing = live::follow(|| View::Frame);
    Memo::new(move |_| match showing.get() {
        Showing::Data(ViewData::Frame(frame)) => frame,
        _ => boot::get().map(|boot| boot.frame).unwrap_or_default(),
    })
}

/// Navigation, top bar and the page between them.
#[component]
pub fn AppFrame(children: Children) -> impl IntoView {
    let counts = counts();
    view! {
        <a class="skip" href="#page">{t!("frame.skip")}</a>
        <div class="app">
            <Side counts />
            <div class="main">
                <Top counts />
                <main class="page" id="page" tabindex="-1">
                    {children()}
                </main>
            </div>
        </div>
        <ToastRegion />
    }
}

#[component]
fn Side(counts: Memo<Frame>) -> impl IntoView {
    let account = boot::get().map(|boot| boot.session.account.clone()).unwrap_or_default();
    let initials: String = account.chars().take(2).collect::<String>().to_uppercase();
    view! {
        <nav class="side" aria-label=t!("frame.navigation")>
            <a class="brand" href="/">
                <svg class="mark" aria-hidden="true" width="22" height="22">
                    <use href=format!("{}#mark", boot::get().map_or("", |b| b.assets.icons.as_str()))></use>
                </svg>
                "Shipyard"
            </a>
            <NavLink href="/" icon="boxes" text=t!("nav.fleet") count=Signal::stored(None) />
            <NavLink href="/containers" icon="box" text=t!("nav.containers") count=Signal::derive(move || Some(counts.get().containers)) />
            <NavLink href="/engines" icon="server" text=t!("nav.engines") count=Signal::derive(move || Some(counts.get().engines)) />
            <NavLink href="/operations" icon="activity" text=t!("nav.operations") count=Signal::derive(move || Some(counts.get().operations).filter(|n| *n > 0)) />
            <span class="grow"></span>
            <NavLink href="/settings" icon="settings" text=t!("nav.settings") count=Signal::stored(None) />
            <form class="me" method="post" action="/logout">
                <span class="avatar" aria-hidden="true">{initials}</span>
                <span class="me-name">{account}</span>
                <button class="btn quiet small" title=t!("frame.sign-out") aria-label=t!("frame.sign-out")><Icon name="log-out" /></button>
            </form>
        </nav>
    }
}

#[component]
fn NavLink(
    href: &'static str,
    icon: &'static str,
    text: &'static str,
    #[prop(into)] count: Signal<Option<u32>>,
) -> impl IntoView {
    let location = use_location();
    let here = move || {
        let path = location.pathname.get();
        let inside = href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'));
        (path == href || inside).then_some("page")
    };
    view! {
        <a class="nav" href=href aria-current=here>
            <Icon name=icon />
            <span>{text}</span>
            <span class="n">{move || count.get()}</span>
        </a>
    }
}

#[component]
fn Top(counts: Memo<Frame>) -> impl IntoView {
    let running = move || counts.get().operations;
    view! {
        <header class="top">
            <crate::parts::palette::PaletteButton />
            <span class="grow"></span>
            <LinkState />
            <Show when=move || { running() > 0 }>
                <a class="btn quiet small" href="/operations">{move || t!("frame.operations", n = running())}</a>
            </Show>
            <Show when=|| boot::may(Permission::Deploy)>
                <a class="btn primary" href="/deploy"><Icon name="rocket" />{t!("action.deploy")}</a>
            </Show>
        </header>
    }
}

/// Whether the page is live; if not, since when, and a click tries again.
#[component]
fn LinkState() -> impl IntoView {
    let link = live::link();
    view! {
        <span class="live" role="status">
            {move || match link.get() {
                Link::Live => view! { <i class="dot ok" aria-hidden="true"></i><span>{t!("live.live")}</span> }.into_any(),
                Link::Lost(since) => view! {
                    <i class="dot bad" aria-hidden="true"></i>
                    <span>{t!("live.lost")}" "<Age since /></span>
                    <button class="btn quiet small" on:click=|_| browser::reload()>{t!("live.retry")}</button>
                }.into_any(),
            }}
        </span>
    }
}
