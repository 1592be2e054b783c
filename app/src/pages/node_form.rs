//! Preparing a new server: what it is to become, the command that makes it so, and how far it has come.
pub mod form;
pub mod progress;

use crate::boot::may;
use crate::frame;
use crate::lean::dynamic;
use crate::lean::prelude::*;
use crate::pages::not_found::not_allowed;
use form::{Form, NodeForm};
use progress::Progress;
use shipyard_model::Permission;

/// Preparing a new server.
#[component]
pub fn PrepareNodePage() -> impl IntoView {
    if !may(Permission::EngineManage) {
        return not_allowed();
    }
    frame::title(t!("node.title"));
    let prepared = RwSignal::new(None);
    let form = Form::default();
    view! {
        <nav class="crumbs" aria-label=t!("frame.crumbs")><a class="link" href="/engines">{t!("nav.engines")}</a></nav>
        <div class="page-head"><h1>{t!("node.title")}</h1></div>
        <div class="narrow stacked">
            {dynamic(move || match prepared.get() {
                None => view! { <NodeForm form prepared /> }.into_any(),
                Some(node) => view! { <Progress node prepared /> }.into_any(),
            })}
        </div>
    }
    .into_any()
}
