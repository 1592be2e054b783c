//! Preferences of this browser, one's own account with its password, second factor, tokens and sessions, the keys, and which
//! Shipyard this is.
pub mod line;
pub mod own;
pub mod passkeys;
pub mod sessions;
pub mod token_form;
pub mod two_factor;

use crate::boot;
use crate::calls::preferences_put;
use crate::frame;
use crate::interop::browser;
use crate::lean::bound;
use crate::lean::prelude::*;
use crate::parts::icon::Icon;
use crate::parts::shortcuts::Keys;
use leptos::task::spawn_local;
use shipyard_model::{Language, Preferences, Theme};

/// The settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    frame::title(t!("nav.settings"));
    view! {
        <div class="page-head"><h1>{t!("nav.settings")}</h1></div>
        <div class="narrow stacked">
            <section class="card" aria-labelledby="appearance-title">
                <header><h2 id="appearance-title">{t!("settings.appearance")}</h2></header>
                <ThemeChoice />
                <LanguageChoice />
            </section>
            <own::OwnAccount />
            <section class="card" aria-labelledby="keys-title">
                <header><h2 id="keys-title">{t!("keys.title")}</h2></header>
                <div class="in"><Keys /></div>
            </section>
            <About />
        </div>
    }
}

/// A choice of a few, of which one holds.
#[component]
fn Choice(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    options: Vec<(&'static str, &'static str, &'static str)>,
    chosen: RwSignal<String>,
    choose: Callback<&'static str>,
) -> impl IntoView {
    let option = move |(value, text, icon): (&'static str, &'static str, &'static str)| {
        view! {
            <label>
                <input
                    type="radio"
                    name=name
                    value=value
                    prop:checked=bound(move || chosen.with(|chosen| chosen == value))
                    on:change=move |_| choose.run(value)
                />
                <Icon name=icon />
                {text}
            </label>
        }
    };
    view! {
        <fieldset class="setting">
            <legend class="sr">{label}</legend>
            <div><b>{label}</b><span class="faint">{hint}</span></div>
            <div class="choice">{options.into_iter().map(option).collect_view()}</div>
        </fieldset>
    }
}

/// Keeps a choice with the account, for other browsers. This one has it already, so a failure is no news.
fn keep(chosen: Preferences, then: fn()) {
    spawn_local(async move {
        let _ = preferences_put(chosen).await;
        then();
    });
}

#[component]
fn ThemeChoice() -> impl IntoView {
    let chosen = RwSignal::new(boot::get().map_or_else(|| "auto".to_owned(), |boot| boot.theme.clone()));
    // What was chosen on this page counts when one comes back to it, though the shell still says what was before.
    if let Some(now) = browser::root_attribute("data-theme") {
        chosen.set(now);
    }
    let choose = Callback::new(move |theme: &'static str| {
        chosen.set(theme.to_owned());
        browser::set_root_attribute("data-theme", theme);
        browser::set_preference("theme", theme);
        let theme = Theme::ALL.into_iter().find(|one| one.name() == theme);
        keep(Preferences { theme, language: None }, || ());
    });
    let options = vec![
        ("auto", t!("settings.theme-auto"), "monitor"),
        ("light", t!("settings.theme-light"), "sun"),
        ("dark", t!("settings.theme-dark"), "moon"),
    ];
    view! { <Choice name="theme" label=t!("settings.theme") hint=t!("settings.theme-hint") options chosen choose /> }
}

#[component]
fn LanguageChoice() -> impl IntoView {
    let chosen = RwSignal::new(boot::get().map_or_else(|| "en".to_owned(), |boot| boot.language.clone()));
    let choose = Callback::new(move |language: &'static str| {
        chosen.set(language.to_owned());
        browser::set_preference("language", language);
        let language = Language::ALL.into_iter().find(|one| one.code() == language);
        // Loading anew would cut off a call under way.
        keep(Preferences { language, theme: None }, browser::reload);
    });
    let options = vec![("en", "English", "languages"), ("fr", "Français", "languages")];
    view! { <Choice name="language" label=t!("settings.language") hint=t!("settings.language-hint") options chosen choose /> }
}

#[component]
fn About() -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="about-title">
            <header><h2 id="about-title">{t!("settings.about")}</h2></header>
            <dl class="facts">
                <div><dt>{t!("settings.version")}</dt><dd>{env!("CARGO_PKG_VERSION")}</dd></div>
                <div><dt>{t!("settings.build")}</dt><dd><code>{boot::get().map(|boot| boot.build.clone())}</code></dd></div>
            </dl>
        </section>
    }
}
