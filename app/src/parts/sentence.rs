//! A translated sentence in which what it speaks of stands out.
use crate::lean::prelude::*;

/// A text whose `{name}`s are replaced by values in bold. The order of the words is the language's own.
#[component]
pub fn Sentence(
    /// The text with its placeholders.
    text: &'static str,
    /// What replaces them.
    args: Vec<(&'static str, String)>,
) -> impl IntoView {
    let piece = move |piece: &'static str| match piece.split_once('}') {
        Some((name, rest)) => {
            let value = args
                .iter()
                .find(|(arg, _)| *arg == name)
                .map(|(_, value)| value.clone());
            view! { <b>{value}</b> {rest} }.into_any()
        }
        None => piece.into_any(),
    };
    text.split('{').map(piece).collect_view()
}
