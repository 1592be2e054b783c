//! The head of a table.
use crate::lean::prelude::*;

/// Names of columns. One without a name is for what can be done with a row.
pub fn heads(names: &[&'static str]) -> AnyView {
    let head = |name: &&'static str| match *name {
        "" => view! { <th scope="col"><span class="sr">{t!("action.more")}</span></th> }.into_any(),
        name => view! { <th scope="col">{name}</th> }.into_any(),
    };
    view! { <thead><tr>{names.iter().map(head).collect_view()}</tr></thead> }.into_any()
}
