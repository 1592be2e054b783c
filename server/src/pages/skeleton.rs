//! The frame of the app as plain HTML: what a person sees before the app has arrived. The app's own frame
//! (`app/src/frame.rs`) has the same shape, so that nothing moves when it takes this one's place.
use super::layout::{icon, mark, texts};
use crate::assets::Site;
use maud::{Markup, html};
use shipyard_model::Language;
use shipyard_model::live::Frame;
use shipyard_model::{Permission, Session};

/// Sidebar, top bar and the shape of a page.
pub(super) fn frame(site: &Site, language: Language, session: &Session, counts: Frame, path: &str) -> Markup {
    let t = texts(language);
    let initials: String = session.account.chars().take(2).collect::<String>().to_uppercase();
    let links = [
        ("/", "boxes", t("nav.fleet"), None),
        ("/containers", "box", t("nav.containers"), Some(counts.containers)),
        ("/engines", "server", t("nav.engines"), Some(counts.engines)),
        (
            "/operations",
            "activity",
            t("nav.operations"),
            Some(counts.operations).filter(|n| *n > 0),
        ),
    ];
    html! {
        div class="app" {
            nav class="side" aria-label=(t("frame.navigation")) {
                a class="brand" href="/" { (mark(22)) "Shipyard" }
                @for (href, name, text, count) in links { (link(site, path, href, name, text, count)) }
                (link(site, path, "/activity", "history", t("nav.activity"), None))
                span class="grow" {}
                @if session.may.contains(&Permission::AccessView) {
                    (link(site, path, "/access", "shield", t("nav.access"), None))
                }
                (link(site, path, "/settings", "settings", t("nav.settings"), None))
                form class="me" method="post" action="/logout" {
                    span class="avatar" aria-hidden="true" { (initials) }
                    span class="me-name" { (session.account) }
                    button class="btn quiet small" title=(t("frame.sign-out")) aria-label=(t("frame.sign-out")) { (icon(site, "log-out")) }
                }
            }
            div class="main" {
                header class="top" {
                    span class="field" aria-hidden="true" {}
                    span class="grow" {}
                    @if session.may.contains(&Permission::Deploy) {
                        a class="btn primary" href="/deploy" { (icon(site, "rocket")) (t("action.deploy")) }
                    }
                }
                main class="page" aria-busy="true" {
                    noscript { p class="problem" { (t("shell.noscript")) } }
                    // Shown by the boot script when the app cannot be loaded; the sentence is here, in the reader's language.
                    p class="problem" id="boot-error" role="alert" hidden { (t("shell.boot-error")) }
                    (shape(path))
                }
            }
        }
    }
}

fn link(site: &Site, path: &str, href: &str, name: &str, text: &str, count: Option<u32>) -> Markup {
    let inside = href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'));
    html! {
        a class="nav" href=(href) aria-current=[(path == href || inside).then_some("page")] {
            (icon(site, name))
            span { (text) }
            span class="n" { @if let Some(count) = count { (count) } }
        }
    }
}

/// Blocks where the page's content will be.
fn shape(path: &str) -> Markup {
    html! {
        div class="page-head" aria-hidden="true" { span class="skeleton title" {} }
        @if path == "/" {
            div class="kpis" aria-hidden="true" { @for _ in 0..4 { div class="skeleton card" {} } }
            div class="cols" aria-hidden="true" { div class="skeleton card tall" {} div class="skeleton card" {} }
        } @else {
            div class="skeleton card tall" aria-hidden="true" {}
        }
    }
}
