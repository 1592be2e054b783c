//! The deploy as the `docker run` line that would make the same container, and as a link.
use super::Deploy;
use crate::calls::text_write;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{dynamic, memo};
use crate::parts::copy::CopyButton;
use crate::parts::fetch::fetch;
use shipyard_model::text::{TextForm, TextToWrite};
use std::time::Duration;

/// The card with the line.
#[component]
pub fn SameAs(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let written = move |form: TextForm| {
        let written = fetch(
            move || {
                deploy.request.with(|(request, bad)| {
                    bad.is_empty().then(|| TextToWrite {
                        form,
                        request: request.clone(),
                    })
                })
            },
            Duration::from_millis(400),
            text_write,
        );
        memo(move || {
            written
                .data
                .with(|written| written.as_ref().map(|it| it.text.clone()).unwrap_or_default())
        })
    };
    let (line, link) = (written(TextForm::DockerRun), written(TextForm::Link));
    let address = memo(move || format!("{}/deploy#spec={}", browser::origin(), link.get()));
    view! {
        <section class="card">
            <header>
                <h2>{t!("deploy.same-as")}</h2>
                <span class="grow"></span>
                <CopyButton text=line />
            </header>
            <div class="in"><pre tabindex="0">{dynamic(move || line.get())}</pre></div>
            <div class="in buttons">
                <span class="faint">{t!("deploy.link")}</span>
                <CopyButton text=address />
            </div>
        </section>
    }
}
