//! The places of the interface's texts. A key is a name in the source and a number in the app: the place of its text in the
//! table. But for problems, whose keys the server sends, each language has the same keys in the same order, which
//! `cargo xtask tidy` checks.
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::{Error, LitStr, Result};

/// The table in one of its languages. As a part of this crate, it has the app compiled anew when it changes.
const ENGLISH: &str = include_str!("../../../app/locales/en.json");

/// The keys that have a place.
fn keys() -> impl Iterator<Item = &'static str> {
    lines().filter(|key| !key.starts_with("problem."))
}

/// The keys of all lines.
fn lines() -> impl Iterator<Item = &'static str> {
    let key = |line: &'static str| Some(line.trim_start().strip_prefix('"')?.split_once("\": ")?.0);
    ENGLISH.lines().filter_map(key)
}

/// The place of a key.
pub(crate) fn place(key: &str) -> Option<usize> {
    keys().position(|one| one == key)
}

/// The place of a key that stands in the source.
pub(crate) fn place_of(key: &LitStr) -> Result<usize> {
    place(&key.value()).ok_or_else(|| Error::new(key.span(), "app/locales has no such text"))
}

/// The code of `place!`: a number.
pub(crate) fn number(key: TokenStream) -> Result<TokenStream> {
    let place = Literal::usize_unsuffixed(place_of(&syn::parse2(key)?)?);
    Ok(quote!(#place))
}

/// The code of `places!`: where a text is for one, and where it is for many; the same place when it has no `.one`.
pub(crate) fn numbers(key: TokenStream) -> Result<TokenStream> {
    let key: LitStr = syn::parse2(key)?;
    let many = place_of(&key)?;
    let one = Literal::usize_unsuffixed(place(&format!("{}.one", key.value())).unwrap_or(many));
    let many = Literal::usize_unsuffixed(many);
    Ok(quote!((#one, #many)))
}

/// The code of `count!`: how many texts there are.
pub(crate) fn count() -> TokenStream {
    let count = Literal::usize_unsuffixed(keys().count());
    quote!(#count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_text_and_they_are_in_order() {
        assert_eq!(
            lines().count(),
            ENGLISH.lines().count() - 2,
            "a line for each, and two braces"
        );
        assert!(lines().is_sorted());
        assert_eq!(keys().next().and_then(place), Some(0));
        assert_eq!(place("no such key"), None);
    }
}
