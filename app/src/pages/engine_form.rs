//! Adding an engine, and changing one: one form.
pub mod credentials;
pub mod fields;
pub mod form;
pub mod tried;

use crate::boot::may;
use crate::frame;
use crate::lean::dynamic;
use crate::lean::prelude::*;
use crate::pages::engine::{Named, named};
use crate::pages::engines::follow_engines;
use crate::pages::not_found::{Missing, not_allowed};
use crate::parts::problem::ProblemBox;
use form::{EngineForm, Form};
use shipyard_model::Permission;

/// Adding an engine.
#[component]
pub fn AddEnginePage() -> impl IntoView {
    if !may(Permission::EngineManage) {
        return not_allowed();
    }
    frame::title(t!("action.add-engine"));
    view! {
        <div class="page-head"><h1>{t!("action.add-engine")}</h1></div>
        <EngineForm form=Form::new(None) />
    }
    .into_any()
}

/// Changing an engine.
#[component]
pub fn EditEnginePage() -> impl IntoView {
    if !may(Permission::EngineManage) {
        return not_allowed();
    }
    let (rows, problem) = follow_engines();
    let (row, state) = named(rows);
    let page = move || {
        let engine = row.get_untracked()?.engine;
        let title = t!("form.edit-title", name = engine.name);
        frame::title(&title);
        Some(view! {
            <div class="page-head"><h1>{title}</h1></div>
            <EngineForm form=Form::new(Some(engine)) />
        })
    };
    view! {
        <ProblemBox problem />
        {dynamic(move || match state.get() {
            Named::Waiting => view! { <div class="card skeleton tall" aria-hidden="true"></div> }.into_any(),
            Named::Missing(name) => view! {
                <Missing title=t!("engine.missing", name = name) back="/engines" back_text=t!("engine.all") />
            }
            .into_any(),
            Named::Here => page().into_any(),
        })}
    }
    .into_any()
}
