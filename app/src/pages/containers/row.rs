//! One row: what it is, how it is, what it uses, and its menu.
use super::ports::Ports;
use super::rows::key;
use super::slots::Slot;
use super::table::Table;
use crate::boot;
use crate::format;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, memo};
use crate::parts::acts::{ActTarget, acts};
use crate::parts::age::Age;
use crate::parts::changes;
use crate::parts::icon::Icon;
use crate::parts::meter::Meter;
use crate::parts::popover::Popover;
use crate::parts::sparkline::Sparkline;
use crate::parts::state::ContainerStatePill;
use crate::parts::verbs;
use shipyard_model::{ContainerRow, Permission, Usage};

/// The row of a container.
#[component]
pub fn Row(
    /// The row, with the container that it shows.
    slot: Slot,
    /// The table.
    table: Table,
) -> impl IntoView {
    let Slot { entry, element, .. } = slot;
    let at = memo(move || entry.with(|entry| entry.at.clone()));
    let place = memo(move || entry.with(|entry| entry.place.get()));
    let cpu = Signal::derive(move || entry.with(|entry| entry.cpu.get()));
    let chosen = memo(move || at.with(|at| table.chosen.with(|all| all.has(at))));
    let cursor = memo(move || {
        at.with(|at| {
            table
                .cursor
                .with(|on| on.as_ref().and_then(|on| on.at.as_ref()) == Some(at))
        })
    });
    // Everything but the figures, which change all the time.
    let calm = memo(move || {
        let mut row = entry.with(|entry| entry.row.get());
        row.usage = None;
        row
    });
    let state = memo(move || calm.with(|row| (row.state, row.health, row.exit_code)));
    let stale = memo(move || calm.with(|row| row.stale_since.is_some()));
    let usage = memo(move || entry.with(|entry| entry.row.with(|row| row.usage)));
    let pick = move |event: web_sys::MouseEvent| {
        let on = !chosen.get_untracked();
        at.with_untracked(|at| table.choose(at, place.get_untracked(), on, event.shift_key()));
        // A range is chosen once the server has said what is in it: the box says so then, not when it is pressed.
        if chosen.get_untracked() != on {
            event.prevent_default();
        }
    };
    view! {
        // The first is the head.
        <tr role="row" node_ref=element id=bound(move || at.with(|at| format!("row-{}", key(at)))) aria-rowindex=bound(move || place.get() + 2) class:chosen=chosen class:cursor=cursor class:stale=stale>
            <td role="cell" class="pick">
                <input type="checkbox" prop:checked=chosen on:click=pick aria-label=bound(move || t!("containers.select", name = calm.with(|row| row.name.clone()))) />
            </td>
            <Name calm />
            <td role="cell" class="c-state" data-label=t!("containers.state")>
                {dynamic(move || {
                    let (state, health, exit_code) = state.get();
                    view! { <ContainerStatePill state health exit_code /> }
                })}
            </td>
            <Figures usage cpu />
            <td role="cell" class="c-ports mono" data-label=t!("containers.ports")>
                {dynamic(move || {
                    let (ports, host) = calm.with(|row| (row.ports.clone(), row.host.clone()));
                    view! { <Ports ports host /> }
                })}
            </td>
            <td role="cell" class="c-age num muted" data-label=t!("containers.age")>
                {dynamic(move || view! { <Age since=calm.with(|row| row.created) /> })}
            </td>
            <td role="cell" class="more"><RowMenu calm /></td>
        </tr>
    }
}

/// Name with image, engine and stack.
#[component]
fn Name(calm: Memo<ContainerRow>) -> impl IntoView {
    let engine = memo(move || calm.with(|row| row.engine.to_string()));
    let stack = memo(move || calm.with(|row| row.stack.clone()));
    view! {
        <td role="cell" class="name">
            {dynamic(move || {
                let row = calm.get();
                let (address, title) = (format::container_path(&row), row.image.clone());
                view! {
                    <a href=address>
                        <b>{row.name}</b>
                        <span title=title>
                            {row.stale_since.map(|since| view! { <em class="old">{t!("containers.as-of")}" "<Age since />" · "</em> })}
                            {row.image}
                        </span>
                    </a>
                }
            })}
        </td>
        <td role="cell" class="c-engine" data-label=t!("containers.engine")>
            <a class="engine-link" href=bound(move || format!("/engines/{}", engine.get()))>{dynamic(move || engine.get())}</a>
        </td>
        <td role="cell" class="c-stack muted" data-label=t!("containers.stack")>{dynamic(move || stack.get())}</td>
    }
}

/// CPU and memory.
#[component]
fn Figures(usage: Memo<Option<Usage>>, cpu: Signal<Vec<f32>>) -> impl IntoView {
    let measured = memo(move || usage.with(Option::is_some));
    let cpu_text = move || usage.get().map(|usage| format::percent(f64::from(usage.cpu_percent)));
    let used = move || usage.get().map_or(0.0, share);
    let title = move || usage.get().map(|usage| format::part(usage.memory, usage.memory_limit));
    view! {
        <td role="cell" class="c-cpu" data-label="CPU">
            <Show when=move || measured.get() fallback=|| view! { <span class="faint" aria-hidden="true">"–"</span> }>
                <div class="figure"><Sparkline values=cpu /><span class="num">{dynamic(cpu_text)}</span></div>
            </Show>
        </td>
        <td role="cell" class="c-memory" data-label=t!("containers.memory") title=title>
            <Show when=move || measured.get() fallback=|| view! { <span class="faint" aria-hidden="true">"–"</span> }>
                <div class="figure">
                    <Meter label=t!("containers.memory").to_owned() used=Signal::derive(used) />
                    <span class="num">{dynamic(move || format::percent(used()))}</span>
                </div>
            </Show>
        </td>
    }
}

/// Memory in percent of its limit.
fn share(usage: Usage) -> f64 {
    let limit = usage.memory_limit.get();
    if limit == 0 {
        0.0
    } else {
        usage.memory.get() as f64 * 100.0 / limit as f64
    }
}

#[component]
fn RowMenu(calm: Memo<ContainerRow>) -> impl IntoView {
    let acts = acts();
    let label = Signal::derive(move || t!("containers.menu", name = calm.with(|row| row.name.clone())));
    view! {
        <Popover label class="btn quiet small square" trigger=view! { <i class="dots"></i> }.into_any() menu=true end=true>
            {dynamic(move || {
                let path = calm.with(format::container_path);
                let target = calm.with(|row| ActTarget::from(row));
                let verbs = verbs::allowed()
                    .filter(|verb| verb.fits(target.state))
                    .map(|verb| {
                        let target = target.clone();
                        view! {
                            <button type="button" class:danger=verbs::is_harmful(verb) on:click=move |_| acts.request(verb, vec![target.clone()])>
                                <Icon name=verbs::icon(verb) />
                                {verbs::asking(verb)}
                            </button>
                        }
                    })
                    .collect_view();
                view! {
                    {verbs}
                    <hr />
                    {boot::may(Permission::Deploy).then(|| changes::links(&path))}
                    <a href=format!("{path}/logs")><Icon name="file-text" />{t!("container.logs")}</a>
                    <a href=format!("{path}/stats")><Icon name="activity" />{t!("container.stats")}</a>
                    <a href=format!("{path}/inspect")><Icon name="search" />{t!("container.inspect")}</a>
                }
            })}
        </Popover>
    }
}
