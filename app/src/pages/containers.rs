//! All containers of the fleet: one live table with filter, facets, order, selection and verbs on many at once.
//! What is filtered and how it is sorted stands in the address, so that any view can be sent.
pub mod bulk;
pub mod choose;
pub mod columns;
pub mod facets;
pub mod filter;
pub mod head;
pub mod keys;
pub mod none;
pub mod ports;
pub mod row;
pub mod rows;
pub mod scroll;
pub mod slots;
pub mod table;

use crate::boot;
use crate::format;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{Show, dynamic, memo};
use crate::live::Showing;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use shipyard_model::{Millis, Permission};
use table::Table;

/// All containers of the fleet.
#[component]
pub fn ContainersPage() -> impl IntoView {
    browser::set_title(t!("containers.tab"));
    let table = Table::new();
    keys::listen(table);
    let failed = Signal::derive(move || {
        table.showing.with(|showing| match showing {
            Showing::Failed(problem) => Some(problem.clone()),
            _ => None,
        })
    });
    view! {
        <Head table />
        <filter::Filter table />
        <Old table />
        <ProblemBox problem=failed />
        <section class="card containers">
            <bulk::Bulk table />
            <none::Body table />
        </section>
    }
}

#[component]
fn Head(table: Table) -> impl IntoView {
    let all = move || format::count(table.rows.counts.get().all.into());
    let count = move || {
        let matching = table.rows.matching.get();
        if table.filtered() {
            t!(
                "containers.count-filtered",
                matching = format::count(matching.into()),
                all = all()
            )
        } else {
            all()
        }
    };
    let engines = move || t!("containers.on-engines", n = table.rows.counts.get().engines);
    view! {
        <div class="page-head">
            <h1>{t!("containers.title")}</h1>
            <Show when=move || table.arrived()>
                <span class="muted" role="status">{dynamic(count)}" "{dynamic(engines)}</span>
            </Show>
            <span class="grow"></span>
            <columns::Columns table />
            <Show when=|| boot::may(Permission::Deploy)>
                <a class="btn primary" href="/deploy"><Icon name="rocket" />{t!("action.deploy")}</a>
            </Show>
        </div>
    }
}

/// Says that some rows are old: a list that is old in part is never shown as a new one.
#[component]
fn Old(table: Table) -> impl IntoView {
    let down = memo(move || table.rows.counts.get().engines_down);
    let oldest = memo(move || {
        let since = |entry: &rows::Entry| entry.row.with(|row| row.stale_since);
        table.rows.held.with(|held| held.entries.iter().filter_map(since).min())
    });
    let tick = crate::interop::clock::tick();
    let age = move |since: Millis| crate::format::age(since, tick.get());
    view! {
        <Show when=move || { down.get() > 0 }>
            <p class="note warn" role="status">
                <Icon name="wifi-off" />
                <span class="grow">
                    {dynamic(move || match oldest.get() {
                        Some(since) => t!("containers.old", n = down.get(), age = age(since)),
                        None => t!("containers.down", n = down.get()),
                    })}
                </span>
                <a class="link" href="/engines">{t!("containers.old-engines")}</a>
            </p>
        </Show>
    }
}
