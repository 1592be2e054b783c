//! The texts of the interface, in the language of the page.
//!
//! They are not in the WASM: the boot script fetches `locales/en.json` or `fr.json` beside it and hands it to
//! [`set`]. Their keys are not in it either: `t!` makes of a key the place of its text in the table, which is the same in
//! every language. `cargo xtask tidy` checks that, and that each text has the same placeholders in all of them.
use crate::pure::json::{self, Malformed};
use shipyard_model::Problem;
use shipyard_view_macro::count;
use std::fmt::Display;
use std::sync::OnceLock;

pub use shipyard_view_macro::{place, places};

/// A text and its key.
type Text = (String, String);

/// The table: what has a place, and the problems, which only some languages have.
static TEXTS: OnceLock<(Vec<Text>, Vec<Text>)> = OnceLock::new();

/// Takes the texts of the page's language: a flat JSON object, in the order of its keys.
///
/// # Errors
/// When it cannot be read, or is not the table that this build's places are of.
pub fn set(texts: &str) -> Result<(), Malformed> {
    let (problems, texts): (Vec<_>, Vec<_>) = json::texts(texts)?
        .into_iter()
        .partition(|(key, _)| key.starts_with("problem."));
    if texts.len() != count!() {
        return Err(Malformed);
    }
    // Once: the language of a page never changes, and every part of it borrows from here.
    let _ = TEXTS.set((texts, problems));
    Ok(())
}

/// The text at a place; nothing before [`set`].
pub fn at(place: usize) -> &'static str {
    let text = TEXTS.get().and_then(|(texts, _)| texts.get(place));
    text.map_or("", |(_, text)| text)
}

/// The text of a key; the key itself where there is none, which shows on the page and in tests.
pub fn get(key: &'static str) -> &'static str {
    find(key).unwrap_or(key)
}

/// The text of a key that is put together at run time, if there is one.
pub fn find(key: &str) -> Option<&'static str> {
    let (texts, problems) = TEXTS.get()?;
    let mut all = texts.iter().chain(problems);
    all.find(|(one, _)| one == key).map(|(_, text)| text.as_str())
}

/// The text for a count, of those for one and for many: the language speaks of `n` in the singular, which English does
/// of 1 and French of 0 too.
fn plural((one, many): (usize, usize), n: u64) -> &'static str {
    at(if n == 1 || (n == 0 && crate::format::french()) {
        one
    } else {
        many
    })
}

/// The text for a count, `{n}` with its thousands apart, and the other values.
pub fn counted(places: (usize, usize), n: u64, args: &[(&str, &dyn Display)]) -> String {
    fill(&plural(places, n).replace("{n}", &crate::format::count(n)), args)
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
/// named `n` that comes first is a count: see [`text::counted`](crate::text::counted).
#[macro_export]
macro_rules! t {
    ($key:literal) => { $crate::text::at($crate::text::place!($key)) };
    ($key:literal, n = $n:expr $(, $name:ident = $value:expr)* $(,)?) => {{
        let n = u64::try_from($n).unwrap_or(u64::MAX);
        $crate::text::counted($crate::text::places!($key), n, &[$((stringify!($name), &$value)),*])
    }};
    ($key:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::text::fill($crate::t!($key), &[$((stringify!($name), &$value)),+])
    };
}
