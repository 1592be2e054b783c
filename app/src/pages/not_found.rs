//! What an address shows that leads nowhere, to something that is gone, or to what the account may not do.
use crate::frame;
use crate::lean::prelude::*;
use crate::parts::empty::Empty;

/// An address that is no page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    frame::title(t!("missing.title"));
    view! { <Missing title=t!("missing.title").to_owned() back="/" back_text=t!("missing.back") /> }
}

/// An object that does not exist, with the way back to those that do.
#[component]
pub fn Missing(
    /// What does not exist.
    title: String,
    /// Where to go instead.
    back: &'static str,
    /// What is there.
    back_text: &'static str,
) -> impl IntoView {
    view! {
        <h1 class="sr">{title.clone()}</h1>
        <section class="card">
            <Empty icon="search" title text=t!("missing.text").to_owned()>
                <a class="btn" href=back>{back_text}</a>
            </Empty>
        </section>
    }
}

/// A page that is not for this account.
pub fn not_allowed() -> AnyView {
    frame::title(t!("missing.forbidden"));
    view! {
        <h1 class="sr">{t!("missing.forbidden")}</h1>
        <section class="card">
            <Empty icon="lock" title=t!("missing.forbidden").to_owned() text=t!("missing.forbidden-text").to_owned()>
                <a class="btn" href="/">{t!("missing.back")}</a>
            </Empty>
        </section>
    }
    .into_any()
}
