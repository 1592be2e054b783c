//! One engine in the table.
use super::cells::{CertificateEnd, CpuShare, Health, MemoryShare, part};
use crate::boot::may;
use crate::calls::engine_retry;
use crate::format;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, memo};
use crate::parts::icon::Icon;
use crate::parts::popover::Popover;
use crate::parts::toast::{Toasts, toasts};
use leptos::task::spawn_local;
use shipyard_model::{Engine, EngineId, EngineRow, Permission};

/// The row of the engine with this id.
#[component]
pub fn Row(
    /// All engines.
    rows: Memo<Option<Vec<EngineRow>>>,
    /// Which.
    id: EngineId,
    /// Set to ask whether to remove it.
    removing: RwSignal<Option<Engine>>,
) -> impl IntoView {
    let id = StoredValue::new(id);
    let row = memo(move || {
        rows.with(|rows| {
            rows.iter()
                .flatten()
                .find(|row| id.with_value(|id| row.engine.id == *id))
                .cloned()
        })
    });
    let health = part(row, |row| row.health.clone());
    let version = part(row, |row| row.version.split('+').next().unwrap_or_default().to_owned());
    let response = part(row, |row| {
        row.response_us.filter(|_| row.health.is_up()).map(format::response)
    });
    let counts = part(row, |row| (row.containers, row.running, row.engine.name.to_string()));
    let ends = part(row, |row| {
        [row.engine.certificate_ends, row.server_certificate_ends]
            .into_iter()
            .flatten()
            .min()
    });
    view! {
        <tr>
            <Name row />
            <td class="health" data-label=t!("engines.health")>
                {dynamic(move || health.get().map(|health| view! { <Health health /> }))}
                {dynamic(move || response.get().flatten().map(|response| view! { <span class="response" title=t!("engines.response")>{response}</span> }))}
            </td>
            <Labels row />
            <td data-label=t!("engines.docker")>{dynamic(move || version.get())}</td>
            <td data-label=t!("engines.cpu-reserved")><CpuShare row /></td>
            <td data-label=t!("engines.memory-reserved")><MemoryShare row /></td>
            <td data-label=t!("nav.containers")>
                {dynamic(move || counts.get().map(|(all, running, name)| view! {
                    <a class="link" href=format!("/containers?engine={name}")>{t!("engines.running", running = running, all = all)}</a>
                }))}
            </td>
            <td data-label=t!("engines.certificate")>
                {dynamic(move || ends.get().flatten().map(|ends| view! { <CertificateEnd ends /> }))}
            </td>
            <td class="num more">
                <Show when=|| may(Permission::EngineManage) || may(Permission::EngineRetry)>
                    <Actions row removing />
                </Show>
            </td>
        </tr>
    }
}

#[component]
fn Name(row: Memo<Option<EngineRow>>) -> impl IntoView {
    let engine = part(row, |row| {
        let engine = &row.engine;
        (engine.name.to_string(), engine.address.clone(), engine.drained)
    });
    view! {
        <td class="name">
            {dynamic(move || engine.get().map(|(name, address, drained)| view! {
                <a href=format!("/engines/{name}")><b>{name.clone()}</b><span>{address.to_string()}</span></a>
                {address.is_plain().then(|| view! { <PlainTag /> })}
                {drained.then(|| view! { <DrainedTag /> })}
            }))}
        </td>
    }
}

/// Warns of an engine that is reached without TLS.
#[component]
pub fn PlainTag() -> impl IntoView {
    view! { <span class="tag warn" title=t!("attention.plain-why")><Icon name="unlock" />{t!("engines.plain")}</span> }
}

/// Says that an engine takes nothing new.
#[component]
pub fn DrainedTag() -> impl IntoView {
    view! { <span class="tag warn" title=t!("engines.drained-why")>{t!("engines.drained")}</span> }
}

#[component]
fn Labels(row: Memo<Option<EngineRow>>) -> impl IntoView {
    let labels = part(row, |row| row.engine.labels.written().collect::<Vec<_>>());
    let tags = move || {
        labels
            .get()
            .unwrap_or_default()
            .into_iter()
            .map(|label| view! { <span class="tag">{label}</span> })
            .collect_view()
    };
    view! { <td class="labels" data-label=t!("engines.labels")><div class="chips tight">{dynamic(tags)}</div></td> }
}

#[component]
fn Actions(row: Memo<Option<EngineRow>>, removing: RwSignal<Option<Engine>>) -> impl IntoView {
    let engine = part(row, |row| row.engine.clone());
    let down = part(row, |row| !row.health.is_up());
    let name = Signal::derive(move || engine.get().map(|engine| engine.name.to_string()).unwrap_or_default());
    let toasts = toasts();
    let retry_now = move |_| {
        if let Some(engine) = engine.get_untracked() {
            retry(engine.id, toasts);
        }
    };
    let dots = view! { <i class="dots"></i> }.into_any();
    view! {
        <Popover label=Signal::derive(move || t!("engines.actions", name = name.get())) class="btn quiet small square" trigger=dots menu=true end=true>
            <Show when=move || may(Permission::EngineRetry) && (down.get() == Some(true) || !may(Permission::EngineManage))>
                <button type="button" disabled=bound(move || down.get() != Some(true)) on:click=retry_now><Icon name="refresh-cw" />{t!("action.retry")}</button>
            </Show>
            <Show when=|| may(Permission::EngineManage)>
                <a href=bound(move || format!("/engines/{}/edit", name.get()))><Icon name="pencil" />{t!("action.edit")}</a>
                <hr />
                <button type="button" class="danger" on:click=move |_| removing.set(engine.get_untracked())>
                    <Icon name="trash-2" />{t!("action.remove-ask")}
                </button>
            </Show>
        </Popover>
    }
}

/// Tries a lost engine now; a failure is told in a note, success by the engine's own state.
pub fn retry(id: EngineId, toasts: Toasts) {
    spawn_local(async move {
        if let Err(error) = engine_retry(id).await {
            toasts.bad(&error.0);
        }
    });
}
