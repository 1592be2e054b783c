//! A secret that is shown once: a link or a token, with its copy button and when it ends.
use super::copy::CopyButton;
use crate::interop::{browser, clock};
use crate::lean::prelude::*;
use shipyard_model::Millis;
use std::time::Duration;

/// The secret, which nobody can show again.
#[component]
pub fn ShownOnce(
    /// What it is and what to do with it.
    says: &'static str,
    /// Its name, for screen readers.
    label: &'static str,
    /// The secret.
    text: String,
    /// When it ends.
    expires: Millis,
    /// Closes the dialog that shows it.
    close: Callback<()>,
) -> impl IntoView {
    // It takes the place of the form, with which the focus went.
    set_timeout(|| browser::focus("once"), Duration::ZERO);
    let copied = Signal::stored(text.clone());
    view! {
        <p>{says}</p>
        <pre class="once" id="once" tabindex="0" aria-label=label><code>{text}</code></pre>
        <p class="faint">{t!("once.ends", date = clock::date_time(expires))}</p>
        <div class="buttons">
            <CopyButton text=copied />
            <button type="button" class="btn primary" on:click=move |_| close.run(())>{t!("once.close")}</button>
        </div>
    }
}
