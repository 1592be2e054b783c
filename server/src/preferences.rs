//! Language and theme of a page: what the person chose, else what the browser asks for.
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use std::convert::Infallible;
use tower_sessions::cookie::Cookie;

/// Languages of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// French.
    French,
}

impl Language {
    /// As pages and cookies write it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    fn read(text: &str) -> Option<Self> {
        let main = text.split('-').next().unwrap_or_default().trim();
        [Self::English, Self::French]
            .into_iter()
            .find(|language| main.eq_ignore_ascii_case(language.code()))
    }
}

/// What a page is to look like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preferences {
    /// The language.
    pub(crate) language: Language,
    /// `auto`, `light` or `dark`.
    pub(crate) theme: &'static str,
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
    let language = chosen("shipyard_language").and_then(|code| Language::read(&code));
    let theme = chosen("shipyard_theme");
    Preferences {
        language: language
            .or_else(|| asked.and_then(preferred))
            .unwrap_or(Language::English),
        theme: ["light", "dark"]
            .into_iter()
            .find(|name| theme.as_deref() == Some(name))
            .unwrap_or("auto"),
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
        if let Some(language) = Language::read(name.trim()).filter(|_| weight > 0.0)
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
        (preferences.language.code(), preferences.theme)
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
