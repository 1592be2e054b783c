//! The JSON blocks in our pages: what the app needs to start, and what the sign-in page fetches ahead.
use super::first;
use crate::assets::Site;
use crate::guards::Known;
use crate::preferences::Preferences;
use crate::state::Server;
use http::Uri;
use serde::Serialize;
use shipyard_model::Language;
use shipyard_model::live::{Frame, View, ViewData};
use shipyard_model::{Millis, Session};

/// What the shell hands to the app.
#[derive(Serialize)]
pub(super) struct Boot<'s> {
    build: &'s str,
    assets: Assets<'s>,
    language: &'static str,
    theme: &'static str,
    session: Session,
    now: Millis,
    first: Option<First>,
    /// Counts for the frame, also for the skeleton.
    pub(super) frame: Frame,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Assets<'s> {
    js: &'s str,
    wasm: &'s str,
    messages: &'s str,
    icons: &'s str,
    chart: &'s str,
    passkey: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    chart_css: Option<&'s str>,
}

#[derive(Serialize)]
struct First {
    view: View,
    data: ViewData,
}

impl<'s> Boot<'s> {
    /// Puts together what the page at this address needs first. All of it comes from memory.
    pub(super) fn new(server: &'s Server, known: &Known, preferences: Preferences, uri: &Uri) -> Self {
        let site = &server.site;
        let url = |name| site.url(name).unwrap_or_default();
        let frame = match server.yard.view(&known.actor, &View::Frame) {
            Ok(ViewData::Frame(frame)) => frame,
            _ => Frame::default(),
        };
        // What may not be seen, or cannot be told, the app asks for itself and shows why.
        let first = first::view(uri).and_then(|view| {
            let data = server.yard.view(&known.actor, &view).ok()?;
            Some(First { view, data })
        });
        Self {
            build: site.build(),
            assets: Assets {
                js: url("app.js"),
                wasm: url("app.wasm"),
                messages: messages(site, preferences.language),
                icons: url("icons.svg"),
                chart: url("chart.js"),
                passkey: url("passkey.js"),
                chart_css: site.url("chart.css"),
            },
            language: preferences.language.code(),
            theme: preferences.theme.name(),
            session: server.yard.session(&known.actor),
            now: Millis::now(),
            first,
            frame,
        }
    }

    /// As the content of a `<script type="application/json">`.
    pub(super) fn json(&self) -> String {
        script_json(self)
    }
}

/// Address of the texts in a language.
pub(super) fn messages(site: &Site, language: Language) -> &str {
    let name = match language {
        Language::English => "en.json",
        Language::French => "fr.json",
    };
    site.url(name).unwrap_or_default()
}

/// Addresses of what the app will need, for the sign-in page.
pub(super) fn prefetch(site: &Site, language: Language) -> String {
    let names = ["app.wasm", "app.js", "boot.js", "icons.svg"];
    let mut urls: Vec<&str> = names.iter().filter_map(|name| site.url(name)).collect();
    urls.push(messages(site, language));
    script_json(&urls)
}

/// JSON that cannot end the element it stands in, nor begin a comment or another element: names of containers and much
/// else in it come from strangers. The characters only occur within JSON's strings, where `\u003c` means the same.
fn script_json(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "a page's data could not be written");
        "null".to_owned()
    });
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_within_the_block_and_mean_the_same() {
        let hostile = [
            "</script><script>alert(1)</script>",
            "<!--",
            "&lt;",
            "\u{2028}\u{2029}",
            "]]>",
            "\\u003c\"'",
        ];
        let block = script_json(&hostile);
        assert!(!block.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{block}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&block).unwrap(), hostile);
    }
}
