//! Changing a container: its specification in the form, and beside it what differs, what is made anew for it and for how long
//! that is away, before anything happens.
pub mod apply;
pub mod editor;
pub mod fill;

use crate::boot::may;
use crate::calls::container_spec;
use crate::frame;
use crate::lean::prelude::*;
use crate::lean::{dynamic, effect, memo};
use crate::live::{self, Showing};
use crate::pages::not_found::{Missing, not_allowed};
use crate::parts::fetch::fetch;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::routes::named;
use shipyard_model::Permission;
use shipyard_model::live::{View, ViewData};
use std::time::Duration;

/// Changing a container.
#[component]
pub fn EditContainerPage() -> impl IntoView {
    if !may(Permission::Deploy) {
        return not_allowed();
    }
    let (engine, name) = (named("engine"), named("name"));
    effect(move || frame::title(&t!("edit.title", name = name.get())));
    let showing = live::follow(move || View::Container {
        engine: engine.get(),
        name: name.get(),
    });
    // Where it is when the page opens: what is written is about that container, also when another has its name later.
    let at = RwSignal::new(None);
    let (for_at, for_state) = (showing.clone(), showing);
    effect(move || {
        let row = for_at.with(|showing| match showing {
            Showing::Data(ViewData::Container(Some(row))) => Some(row.at.clone()),
            _ => None,
        });
        if at.with_untracked(Option::is_none) {
            at.set(row);
        }
    });
    let missing = memo(move || {
        let none = for_state.with(|showing| matches!(showing, Showing::Data(ViewData::Container(None))));
        none && at.with(Option::is_none)
    });
    let made = fetch(move || at.get(), Duration::ZERO, |at| container_spec(at, false));
    view! {
        <div class="container-head">
            <nav class="crumbs" aria-label=t!("container.crumbs")>
                <a href="/containers">{t!("nav.containers")}</a>
                <Icon name="chevron-right" />
                <a href=crate::lean::bound(move || format!("/containers/{}/{}", engine.get(), name.get()))>{dynamic(move || name.get())}</a>
            </nav>
            <div class="page-head"><h1>{dynamic(move || t!("edit.title", name = name.get()))}</h1></div>
        </div>
        <ProblemBox problem=made.problem />
        {dynamic(move || match (missing.get(), made.problem.with(Option::is_some)) {
            (true, _) => view! {
                <Missing title=t!("container.missing", name = name.get_untracked(), engine = engine.get_untracked()) back="/containers" back_text=t!("container.all") />
            }
            .into_any(),
            (false, true) => ().into_any(),
            (false, false) => made
                .data
                .get()
                .map_or_else(
                    || view! { <div class="card skeleton tall"></div> }.into_any(),
                    |made| view! { <editor::Editor made /> }.into_any(),
                ),
        })}
    }
    .into_any()
}
