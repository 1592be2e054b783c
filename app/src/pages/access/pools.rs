//! Pools: which engines each has now, how much may run on it and how much does.
use super::Access;
use super::pool_form::PoolDialog;
use crate::boot::may;
use crate::calls::pool_remove;
use crate::format;
use crate::lean::dynamic;
use crate::lean::prelude::*;
use crate::parts::ask::{Ask, Question};
use crate::parts::change::Answer;
use crate::parts::empty::Empty;
use crate::parts::icon::Icon;
use crate::parts::meter::Meter;
use crate::parts::table::heads;
use shipyard_model::access::{PoolRow, Profile};
use shipyard_model::{Permission, Pool};
use std::sync::Arc;

/// The table, or what pools are for while there are none.
#[component]
pub fn Pools(
    /// The page.
    on: Access,
) -> impl IntoView {
    let rows = on.part(|page| page.pools.clone());
    let opened = RwSignal::new(None::<Option<Pool>>);
    let asking = RwSignal::new(None::<Question>);
    let table = move || {
        let rows = rows.get();
        if rows.is_empty() {
            return view! {
                <Empty icon="layers" title=t!("pool.none").to_owned() text=t!("pool.none-text").to_owned()><span></span></Empty>
            }
            .into_any();
        }
        let lines = rows.into_iter().map(|row| line(row, opened, asking)).collect_view();
        view! {
            <div class="table-scroll">
                <table class="cards access">
                    <caption class="sr">{t!("access.pools")}</caption>
                    {heads(&[
                        t!("pool.name"),
                        t!("nav.engines"),
                        t!("form.cpus"),
                        t!("form.memory"),
                        t!("nav.containers"),
                        t!("pool.profile"),
                        "",
                    ])}
                    <tbody>{lines}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="card">{dynamic(table)}</section>
        <PoolDialog on opened />
        <Ask asking after=on.again() />
    }
}

/// The word for a policy profile.
pub fn profile_word(profile: Profile) -> &'static str {
    match profile {
        Profile::Restricted => t!("profile.restricted"),
        Profile::Baseline => t!("profile.baseline"),
        Profile::Privileged => t!("profile.privileged"),
    }
}

/// What is used, of what may be.
fn share(label: &'static str, used: (f64, String), most: Option<(f64, String)>) -> AnyView {
    let (amount, used) = used;
    let bar = most.as_ref().map(|(limit, _)| {
        // Where nothing may run, whatever runs is too much.
        let share = if *limit > 0.0 { amount * 100.0 / limit } else { 100.0 };
        view! { <Meter label=label.to_owned() used=Signal::stored(share) /> }
    });
    let says = match most {
        Some((_, most)) => t!("pool.of", used = used, most = most),
        None => t!("pool.unlimited", used = used),
    };
    view! { <td data-label=label><div class="quota"><span>{says}</span>{bar}</div></td> }.into_any()
}

fn line(row: PoolRow, opened: RwSignal<Option<Option<Pool>>>, asking: RwSignal<Option<Question>>) -> AnyView {
    let PoolRow {
        pool,
        engines,
        cpus,
        memory,
        containers,
    } = row;
    let quota = pool.quota;
    let labels = pool
        .engines
        .iter()
        .map(|one| view! { <span class="tag">{one.to_string()}</span> })
        .collect_view();
    let engines = if engines.is_empty() {
        view! { <span class="faint">{t!("pool.no-engines")}</span> }.into_any()
    } else {
        let link = |name: String| {
            let address = format!("/engines/{name}");
            view! { <a class="link" href=address>{name}</a> }.into_any()
        };
        let all = engines.into_iter().map(link).collect_view();
        view! { <span class="chips">{all}</span> }.into_any()
    };
    let profile = pool.profile.map_or(t!("pool.by-role"), profile_word);
    let name = pool.name.clone();
    view! {
        <tr>
            <td class="name"><b>{name}</b><div class="chips tight">{labels}</div></td>
            <td data-label=t!("nav.engines")>{engines}</td>
            {share(t!("form.cpus"), (cpus.as_f64(), format::cpus(cpus)), quota.cpus.map(|most| (most.as_f64(), format::cpus(most))))}
            {share(
                t!("form.memory"),
                (memory.get() as f64, format::bytes(memory)),
                quota.memory.map(|most| (most.get() as f64, format::bytes(most))),
            )}
            {share(
                t!("nav.containers"),
                (f64::from(containers), containers.to_string()),
                quota.containers.map(|most| (f64::from(most), most.to_string())),
            )}
            <td data-label=t!("pool.profile")>{profile}</td>
            <td class="num">{actions(pool, opened, asking)}</td>
        </tr>
    }
    .into_any()
}

fn actions(pool: Pool, opened: RwSignal<Option<Option<Pool>>>, asking: RwSignal<Option<Question>>) -> Option<AnyView> {
    if !may(Permission::GrantManage) {
        return None;
    }
    let name = pool.name.clone();
    let (edit, remove) = (t!("pool.edit-one", name = name), t!("pool.remove-one", name = name));
    let ask = move |_| {
        let name = name.clone();
        asking.set(Some(Question {
            title: t!("pool.remove-title", name = name),
            text: t!("pool.remove-text").to_owned(),
            button: t!("pool.remove"),
            done: t!("pool.removed", name = name),
            call: Arc::new(move || -> Answer<()> { Box::pin(pool_remove(name.clone())) }),
        }));
    };
    let view = view! {
        <span class="buttons end">
            <button type="button" class="btn small square" aria-label=edit on:click=move |_| opened.set(Some(Some(pool.clone())))>
                <Icon name="pencil" />
            </button>
            <button type="button" class="btn small square danger" aria-label=remove on:click=ask><Icon name="trash-2" /></button>
        </span>
    };
    Some(view.into_any())
}
