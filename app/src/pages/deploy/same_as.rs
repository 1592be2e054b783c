//! One copy as the `docker run` line that would make the same container.
use super::Deploy;
use crate::lean::prelude::*;
use crate::lean::{dynamic, memo};
use crate::parts::copy::CopyButton;
use crate::pure::docker_run;

/// The card with the line.
#[component]
pub fn SameAs(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let line = memo(move || {
        let first = deploy.plan.data.with(|plan| {
            let first = plan.as_ref().and_then(|plan| plan.copies.first());
            first.map(|copy| copy.name.clone())
        });
        deploy.request.with(|(request, _)| {
            let name = first.unwrap_or_else(|| request.spec.name.clone());
            docker_run::line(&request.spec, &name, request.pull)
        })
    });
    view! {
        <section class="card">
            <header>
                <h2>{t!("deploy.same-as")}</h2>
                <span class="grow"></span>
                <CopyButton text=line />
            </header>
            <div class="in"><pre tabindex="0">{dynamic(move || line.get())}</pre></div>
        </section>
    }
}
