//! The frame of every page: navigation, top bar, state of the live connection. The server's shell paints the same
//! frame as plain HTML before this arrives.
use crate::boot;
use crate::format;
use crate::interop::{address, browser};
use crate::lean::prelude::*;
use crate::lean::{Show, dynamic, effect, memo};
use crate::live::{self, Link, Showing};
use crate::parts::acts::ActRegion;
use crate::parts::age::Age;
use crate::parts::icon::{Icon, Mark};
use crate::parts::palette::{self, Palette, PaletteButton};
use crate::parts::shortcuts::{self, ShortcutSheet};
use crate::parts::step_up::StepUp;
use crate::parts::toast::ToastRegion;
use shipyard_model::Permission;
use shipyard_model::live::{Frame, View, ViewData};

/// The counts that the frame shows, live.
fn counts() -> Memo<Frame> {
    let showing = live::follow(|| View::Frame);
    memo(move || {
        showing.with(|showing| match showing {
            Showing::Data(ViewData::Frame(frame)) => *frame,
            _ => boot::get().map(|boot| boot.frame).unwrap_or_default(),
        })
    })
}

/// Names the page in the browser's tab. Pages call it whenever what they show has another name.
pub fn title(text: &str) {
    browser::set_title(&format!("{text} · Shipyard"));
}

/// Navigation, top bar and the page between them.
#[component]
pub fn AppFrame(children: Children) -> impl IntoView {
    let counts = counts();
    palette::provide();
    shortcuts::provide();
    focus_new_pages();
    let skip = |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        browser::focus("page");
    };
    view! {
        <a class="skip" href="#page" on:click=skip>{t!("frame.skip")}</a>
        <div class="app">
            <Side counts />
            <div class="main">
                <Top counts />
                <main class="page" id="page" tabindex="-1">
                    {children.view()}
                </main>
            </div>
        </div>
        <Palette />
        <ShortcutSheet />
        <ActRegion />
        <StepUp />
        <ToastRegion />
    }
}

/// Moves the focus to a page that the person went to, so that a screen reader reads it and Tab starts there. Tabs of
/// one object are one page: its first three path segments.
fn focus_new_pages() {
    let here = address::path();
    let page = memo(move || {
        let path = here.get();
        let most = if path.starts_with("/access") { 2 } else { 4 };
        path.split('/').take(most).collect::<Vec<_>>().join("/")
    });
    Effect::new(move |before: Option<String>| {
        let now = page.get();
        if before.is_some_and(|before| before != now) {
            browser::focus("page");
        }
        now
    });
}

#[component]
fn Side(counts: Memo<Frame>) -> impl IntoView {
    let containers = Signal::derive(move || Some(counts.get().containers));
    let engines = Signal::derive(move || Some(counts.get().engines));
    let operations = Signal::derive(move || Some(counts.get().operations).filter(|n| *n > 0));
    view! {
        <nav class="side" aria-label=t!("frame.navigation")>
            <a class="brand" href="/"><Mark />"Shipyard"</a>
            <NavLink href="/" icon="boxes" text=t!("nav.fleet") count=Signal::stored(None) />
            <NavLink href="/containers" icon="box" text=t!("nav.containers") count=containers />
            <NavLink href="/engines" icon="server" text=t!("nav.engines") count=engines />
            <NavLink href="/operations" icon="activity" text=t!("nav.operations") count=operations />
            <NavLink href="/activity" icon="history" text=t!("nav.activity") count=Signal::stored(None) />
            <span class="grow"></span>
            <Show when=|| boot::may(Permission::AccessView)>
                <NavLink href="/access" icon="shield" text=t!("nav.access") count=Signal::stored(None) />
            </Show>
            <NavLink href="/settings" icon="settings" text=t!("nav.settings") count=Signal::stored(None) />
            <Me />
        </nav>
    }
}

/// Who is signed in, and the way out.
#[component]
fn Me() -> impl IntoView {
    let account = boot::get().map(|boot| boot.session.account.clone()).unwrap_or_default();
    let initials = browser::upper(&account.chars().take(2).collect::<String>());
    view! {
        <form class="me" method="post" action="/logout">
            <span class="avatar" aria-hidden="true">{initials}</span>
            <span class="me-name">{account}</span>
            <button class="btn quiet small square" title=t!("frame.sign-out") aria-label=t!("frame.sign-out")>
                <Icon name="log-out" />
            </button>
        </form>
    }
}

#[component]
fn NavLink(
    href: &'static str,
    icon: &'static str,
    text: &'static str,
    #[prop(into)] count: Signal<Option<u32>>,
) -> impl IntoView {
    let here = address::path();
    let here = move || {
        let path = here.get();
        let inside = href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'));
        (path == href || inside).then_some("page")
    };
    view! {
        <a class="nav" href=href aria-current=here>
            <Icon name=icon />
            <span>{text}</span>
            <span class="n">{dynamic(move || count.get().map(|count| format::count(count.into())))}</span>
        </a>
    }
}

#[component]
fn Top(counts: Memo<Frame>) -> impl IntoView {
    let running = memo(move || counts.get().operations);
    view! {
        <header class="top">
            <PaletteButton />
            <span class="grow"></span>
            <LinkState />
            <Show when=move || { running.get() > 0 }>
                <a class="btn quiet small operations-link" href="/operations">{dynamic(move || t!("frame.operations", n = running.get()))}</a>
            </Show>
            <Show when=|| boot::may(Permission::Deploy)>
                <a class="btn primary" href="/deploy"><Icon name="rocket" />{t!("action.deploy")}</a>
            </Show>
        </header>
    }
}

/// Whether the page is live; if not, since when, and a press loads it anew.
#[component]
fn LinkState() -> impl IntoView {
    let link = live::link();
    // What stands on the page is old then, and is not to look as if it were not.
    effect(move || {
        let state = if link.get() == Link::Live { "live" } else { "lost" };
        browser::set_root_attribute("data-link", state);
    });
    view! {
        <span class="live" role="status">
            {dynamic(move || match link.get() {
                Link::Live => view! { <i class="dot ok" aria-hidden="true"></i><span>{t!("live.live")}</span> }.into_any(),
                Link::Lost(since) => view! {
                    <i class="dot bad" aria-hidden="true"></i>
                    <span>{t!("live.lost")}" · "<Age since /></span>
                    <button class="btn quiet small" on:click=|_| browser::reload()>{t!("live.retry")}</button>
                }.into_any(),
            })}
        </span>
    }
}
