//! No page has this address.
use crate::parts::empty::Empty;
use leptos::prelude::*;

/// Shown for an address that no page has.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Empty icon="circle-alert" title=t!("not-found.title").to_owned() text=t!("not-found.text").to_owned()>
            <a class="btn" href="/">{t!("not-found.back")}</a>
        </Empty>
    }
}
