//! What all of the server's pages share: the head, the mark, and the frame of the plain ones.
use crate::assets::Site;
use crate::preferences::Preferences;
use crate::texts;
use maud::{DOCTYPE, Markup, html};
use shipyard_model::Language;

/// The texts of one language, with a short name: pages are full of them.
pub(super) fn texts(language: Language) -> impl Fn(&'static str) -> &'static str + Copy {
    move |key| texts::get(language, key)
}

/// A whole page. `extra` goes into the head after the style sheet.
pub(crate) fn document(
    site: &Site,
    preferences: Preferences,
    title: &str,
    class: &str,
    extra: &Markup,
    body: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(preferences.language.code()) data-theme=(preferences.theme.name()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                @if let Some(url) = site.url("favicon.svg") { link rel="icon" href=(url) type="image/svg+xml"; }
                @if let Some(url) = site.url("inter.woff2") {
                    link rel="preload" href=(url) as="font" type="font/woff2" crossorigin;
                }
                @if let Some(url) = site.url("main.css") { link rel="stylesheet" href=(url); }
                (extra)
            }
            body class=[(!class.is_empty()).then_some(class)] { (body) }
        }
    }
}

/// A page with one card in its middle.
pub(super) fn plain(site: &Site, preferences: Preferences, title: &str, extra: &Markup, card: &Markup) -> Markup {
    let t = texts(preferences.language);
    let body = html! {
        main class="login" {
            div class="brand" { (mark(32)) "Shipyard" }
            section class="card" { (card) }
            @if !site.is_built() { (not_built(preferences.language)) }
            footer { (t("login.footer")) }
        }
    };
    document(site, preferences, &format!("{title} · Shipyard"), "plain", extra, &body)
}

/// The sentence for a server without its interface.
pub(super) fn not_built(language: Language) -> Markup {
    let t = texts(language);
    html! { p class="problem" role="alert" { (t("shell.not-built")) " " code { "./x build" } } }
}

/// An alert above a form.
pub(super) fn alert(message: Option<&str>) -> Markup {
    html! {
        @if let Some(message) = message {
            div class="problem" role="alert" id="problem" { span class="grow" { (message) } }
        }
    }
}

/// Shipyard's mark.
pub(super) fn mark(size: u8) -> Markup {
    html! {
        svg class="mark" aria-hidden="true" width=(size) height=(size) viewBox="0 0 24 24" {
            rect x="2" y="13" width="6" height="4" rx="1" {}
            rect class="second" x="9" y="13" width="6" height="4" rx="1" {}
            rect class="third" x="16" y="13" width="6" height="4" rx="1" {}
            rect x="9" y="8" width="6" height="4" rx="1" {}
            path d="M12 3v4M4 4h16" {}
            path d="M2 20h20" {}
        }
    }
}

/// An icon of the sprite, as the app draws it.
pub(super) fn icon(site: &Site, name: &str) -> Markup {
    html! {
        @if let Some(sprite) = site.url("icons.svg") {
            svg class="icon" aria-hidden="true" width="16" height="16" { use href=(format!("{sprite}#{name}")) {} }
        }
    }
}
