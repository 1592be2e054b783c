//! A text to copy, with its button.
use super::icon::Icon;
use super::toast::toasts;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{Show, dynamic};
use leptos::task::spawn_local;

/// A button that copies a text and says so.
#[component]
pub fn CopyButton(
    /// The text, read when the button is pressed.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let toasts = toasts();
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            if browser::copy(text).await {
                copied.set(true);
                set_timeout(move || copied.set(false), std::time::Duration::from_secs(2));
            } else {
                toasts.warn(t!("copy.failed"));
            }
        });
    };
    view! {
        <button type="button" class="btn small" on:click=copy>
            <Show when=move || copied.get() fallback=|| view! { <Icon name="copy" />{t!("action.copy")} }>
                <Icon name="check" />{t!("action.copied")}
            </Show>
        </button>
    }
}

/// A block of commands or text with its copy button.
#[component]
pub fn Snippet(
    /// What is shown and copied.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <pre tabindex="0"><code>{dynamic(move || text.get())}</code></pre>
        <CopyButton text />
    }
}
