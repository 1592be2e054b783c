//! Language and theme of a page: what the person chose, else what the browser asks for.
use axum::extract::FromRequestParts;
use axum::response::AppendHeaders;
use http::request::Parts;
use http::{HeaderMap, HeaderName, header};
use shipyard_model::{Language, Theme};
use std::convert::Infallible;
use tower_sessions::cookie::Cookie;

/// How long a browser keeps what was chosen, in seconds: a year.
const KEPT: u32 = 365 * 24 * 3600;

fn language(text: &str) -> Option<Language> {
    let main = text.split('-').next().unwrap_or_default().trim();
    Language::ALL
        .into_iter()
        .find(|language| main.eq_ignore_ascii_case(language.code()))
}

/// Cookies of what an account chose, for the browser in which it signs in: from then on the browser has it, and a
/// page's colours are right at its first paint.
pub(crate) fn remembered(chosen: shipyard_model::Preferences) -> AppendHeaders<Vec<(HeaderName, String)>> {
    let language = chosen.language.map(|language| ("language", language.code()));
    let theme = chosen.theme.map(|theme| ("theme", theme.name()));
    let cookie = |(name, value)| {
        let cookie = format!("shipyard_{name}={value}; Path=/; Max-Age={KEPT}; SameSite=Lax");
        (header::SET_COOKIE, cookie)
    };
    AppendHeaders(language.into_iter().chain(theme).map(cookie).collect())
}

/// What a page is to look like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preferences {
    /// The language.
    pub(crate) language: Language,
    /// The colours.
    pub(crate) theme: Theme,
}

impl<S: Sync> FromRequestParts<S> for Preferences {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(read(&parts.headers))
    }
}

fn read(headers: &HeaderMap) -> Preferences {
    let chosen = |name: &str| {
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let cookies = cookies
            .flat_map(|line| Cookie::split_parse(line.to_owned()))
            .filter_map(Result::ok);
        cookies
            .filter(|cookie| cookie.name() == name)
            .map(|cookie| cookie.value().to_owned())
            .last()
    };
    let asked = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let own = chosen("shipyard_language").and_then(|code| language(&code));
    let theme = chosen("shipyard_theme");
    let named = |one: &Theme| theme.as_deref() == Some(one.name());
    Preferences {
        language: own.or_else(|| asked.and_then(preferred)).unwrap_or(Language::English),
        theme: Theme::ALL.into_iter().find(named).unwrap_or_default(),
    }
}

/// The language that a browser likes most, of those we speak: `fr-CH, fr;q=0.9, en;q=0.8`.
fn preferred(header: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for part in header.split(',') {
        let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
        let weight = parameters
            .trim()
            .strip_prefix("q=")
            .and_then(|q| q.parse().ok())
            .unwrap_or(1.0);
        if let Some(language) = language(name.trim()).filter(|_| weight > 0.0)
            && best.is_none_or(|(most, _)| weight > most)
        {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(cookie: &str, accept: &str) -> (&'static str, &'static str) {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        let preferences = read(&headers);
        (preferences.language.code(), preferences.theme.name())
    }

    #[test]
    fn a_choice_wins_over_the_browser_and_nonsense_over_nothing() {
        assert_eq!(
            ask("a=b; shipyard_language=en; shipyard_theme=dark", "fr"),
            ("en", "dark")
        );
        assert_eq!(
            ask("shipyard_language=xx; shipyard_theme=\"><", "fr-CH, en;q=0.8"),
            ("fr", "auto")
        );
        assert_eq!(ask("", "de, en;q=0.5, fr;q=0.7"), ("fr", "auto"));
        assert_eq!(ask("", "de"), ("en", "auto"));
    }
}
