//! The texts of the interface, by key, in the language of the page.
//!
//! They are not in the WASM: the boot script fetches `locales/en.json` or `fr.json` beside it and hands it to
//! [`set`]. `cargo xtask tidy` checks that each key used exists in every language with the same placeholders.
use crate::pure::json;
use shipyard_model::Problem;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::OnceLock;

static TEXTS: OnceLock<BTreeMap<String, String>> = OnceLock::new();

/// Takes the texts of the page's language: a flat JSON object. A table that cannot be read leaves the keys themselves.
pub fn set(texts: &str) {
    // Once: the language of a page never changes, and every part of it borrows from here.
    let _ = TEXTS.set(json::read(texts).unwrap_or_default());
}

/// The text of a key; the key itself where there is none, which shows on the page and in tests.
pub fn get(key: &'static str) -> &'static str {
    find(key).unwrap_or(key)
}

/// The text of a key that is put together at run time, if there is one.
pub fn find(key: &str) -> Option<&'static str> {
    TEXTS.get()?.get(key).map(String::as_str)
}

/// The text of a key for a count: `key.one` where there is one and the language speaks of `n` in the singular, which
/// English does of 1 and French of 0 too.
pub fn plural(key: &'static str, n: u64) -> &'static str {
    let french = crate::boot::get().is_some_and(|boot| boot.language == "fr");
    let one = n == 1 || (n == 0 && french);
    one.then(|| find(&format!("{key}.one")))
        .flatten()
        .unwrap_or_else(|| get(key))
}

/// A text with `{name}` replaced by values.
pub fn fill(text: &str, args: &[(&str, &dyn Display)]) -> String {
    let mut out = text.to_owned();
    for (name, value) in args {
        out = out.replace(&format!("{{{name}}}"), &value.to_string());
    }
    out
}

/// What failed and why, without what to do: for places that bring their own remedy.
pub fn problem_alone(problem: &Problem) -> String {
    let english = crate::boot::get().is_none_or(|boot| boot.language == "en");
    // A translation holds the remedy too; the English sentences come apart.
    let translation = if english { None } else { translated(problem) };
    translation.unwrap_or_else(|| problem.detail.clone())
}

/// A problem in the page's language: its kind's text where the table has one, else the server's English.
pub fn problem(problem: &Problem) -> String {
    translated(problem).unwrap_or_else(|| problem.to_string())
}

fn translated(problem: &Problem) -> Option<String> {
    let args: Vec<(&str, &dyn Display)> = problem
        .args
        .iter()
        .map(|(k, v)| (k.as_str(), v as &dyn Display))
        .collect();
    find(&format!("problem.{}", problem.code)).map(|text| fill(text, &args))
}

/// A text by key: `t!("fleet.title")` is a `&'static str`; `t!("fleet.connected", up = 5, of = 6)` is a `String`. A value
/// named `n` that comes first is a count: see [`text::plural`](crate::text::plural).
#[macro_export]
macro_rules! t {
    ($key:literal) => { $crate::text::get($key) };
    ($key:literal, n = $n:expr $(, $name:ident = $value:expr)* $(,)?) => {{
        let n = u64::try_from($n).unwrap_or(u64::MAX);
        $crate::text::fill($crate::text::plural($key, n), &[("n", &n) $(, (stringify!($name), &$value))*])
    }};
    ($key:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::text::fill($crate::text::get($key), &[$((stringify!($name), &$value)),+])
    };
}
