//! Docker's own answer about the container.
use super::Shown;
use super::reveal::{Reveal, detail};
use crate::lean::prelude::*;
use crate::lean::{Show, dynamic, memo};
use crate::parts::copy::CopyButton;
use crate::parts::problem::ProblemBox;

/// The tab with the raw answer.
#[component]
pub fn Inspect(
    /// The container.
    shown: Shown,
) -> impl IntoView {
    let detail = detail(shown);
    let data = detail.fetched.data;
    let raw = memo(move || data.with(|detail| detail.as_ref().map(|detail| detail.raw.clone())));
    let text = Signal::derive(move || raw.get().unwrap_or_default());
    view! {
        <ProblemBox problem=detail.fetched.problem />
        <section class="card inspect" class:stale=shown.gone>
            <header>
                <h2>"docker inspect"</h2>
                <span class="grow"></span>
                <Reveal detail />
                <CopyButton text />
            </header>
            <Show
                when=move || raw.with(Option::is_some)
                fallback=|| view! { <div class="in"><div class="skeleton tall"></div></div> }
            >
                <pre tabindex="0">{dynamic(move || text.get())}</pre>
            </Show>
        </section>
    }
}
