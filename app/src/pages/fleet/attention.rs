//! What needs a person, worst first, each with what can be done about it.
use crate::boot::may;
use crate::calls::engine_retry;
use crate::interop::clock;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, memo};
use crate::parts::age::Until;
use crate::parts::sentence::Sentence;
use crate::parts::state::Dot;
use crate::parts::toast::toasts;
use crate::text;
use leptos::task::spawn_local;
use shipyard_model::live::Look;
use shipyard_model::page::{Attention, FleetPage};
use shipyard_model::{EngineId, EngineName, Millis, Permission};

/// The list.
#[component]
pub fn AttentionList(
    /// The page's data.
    page: Memo<FleetPage>,
) -> impl IntoView {
    let all = memo(move || page.with(|page| page.attention.clone()));
    view! {
        <section class="card" aria-labelledby="attention-title">
            <header>
                <h2 id="attention-title">{t!("attention.title")}</h2>
                <span class="grow"></span>
                {may(Permission::AccessView).then(|| view! { <a class="link" href="/doctor">{t!("doctor.title")}</a> })}
            </header>
            <ul class="events">
                {dynamic(move || {
                    let all = all.get();
                    if all.is_empty() {
                        view! { <li class="none">{t!("attention.none")}</li> }.into_any()
                    } else {
                        all.into_iter().map(|one| view! { <Item one /> }).collect_view().into_any()
                    }
                })}
            </ul>
        </section>
    }
}

#[component]
fn Item(one: Attention) -> impl IntoView {
    match one {
        Attention::EngineDown {
            id,
            engine,
            why,
            retry_at,
            ..
        } => {
            let why = text::problem_alone(&why);
            view! {
                <Line
                    look=Look::Bad
                    text=text::get("attention.down")
                    args=vec![("engine", engine.to_string())]
                    more=view! { {why}" "<span class="nowrap">{t!("health.retries")}" "<Until at=retry_at /></span> }.into_any()
                    action=may(Permission::EngineRetry).then(|| view! { <Retry id engine /> }.into_any())
                />
            }
            .into_any()
        }
        Attention::Unhealthy { name, engine, .. } => of_container("attention.unhealthy", Look::Bad, name, engine),
        Attention::Restarting { name, engine, .. } => of_container("attention.restarting", Look::Warn, name, engine),
        Attention::Dead { name, engine, .. } => of_container("attention.dead", Look::Bad, name, engine),
        Attention::DeployStuck { name, why, .. } => view! {
            <Line
                look=Look::Bad
                text=text::get("attention.stuck")
                args=vec![("name", name)]
                more=text::problem_alone(&why).into_any()
                action=None
            />
        }
        .into_any(),
        Attention::CertificateEnds { engine, server, ends } => certificate(engine, server, ends),
        Attention::PlainEngine { engine } => view! {
            <Line
                look=Look::Warn
                text=text::get("attention.plain")
                args=vec![("engine", engine.to_string())]
                more=t!("attention.plain-why").into_any()
                action=Some(link(format!("/engines/{engine}"), t!("action.show")))
            />
        }
        .into_any(),
    }
}

/// One line: shape, sentence, what more there is to say, and the action.
#[component]
fn Line(
    look: Look,
    text: &'static str,
    args: Vec<(&'static str, String)>,
    more: AnyView,
    action: Option<AnyView>,
) -> impl IntoView {
    view! {
        <li>
            <Dot look />
            <span><Sentence text args /><span class="faint">{more}</span></span>
            {action}
        </li>
    }
}

fn link(address: String, text: &'static str) -> AnyView {
    view! { <a class="btn small" href=address>{text}</a> }.into_any()
}

fn of_container(key: &'static str, look: Look, name: String, engine: EngineName) -> AnyView {
    let page = format!("/containers/{engine}/{name}");
    let action = if may(Permission::ContainerLogs) && look != Look::Bad || key == "attention.unhealthy" {
        link(format!("{page}/logs"), t!("action.logs"))
    } else {
        link(page, t!("action.show"))
    };
    let args = vec![("name", name), ("engine", engine.to_string())];
    view! { <Line look text=text::get(key) args more=().into_any() action=Some(action) /> }.into_any()
}

fn certificate(engine: EngineName, server: bool, ends: Millis) -> AnyView {
    let days = ends.since(clock::now()) / 86_400_000;
    let (look, when) = if ends <= clock::now() {
        (Look::Bad, t!("certificate.ended", date = clock::date(ends)))
    } else {
        (Look::Warn, t!("certificate.days", n = days))
    };
    let text = if server {
        text::get("attention.certificate-server")
    } else {
        text::get("attention.certificate-client")
    };
    let action = if server || !may(Permission::EngineManage) {
        link(format!("/engines/{engine}"), t!("action.show"))
    } else {
        link(format!("/engines/{engine}/edit"), t!("action.renew"))
    };
    let args = vec![("engine", engine.to_string())];
    view! { <Line look text args more=when.into_any() action=Some(action) /> }.into_any()
}

/// Tries a lost engine now.
#[component]
pub fn Retry(
    /// Which.
    id: EngineId,
    /// Its name, for screen readers.
    engine: EngineName,
) -> impl IntoView {
    let toasts = toasts();
    let busy = RwSignal::new(false);
    let retry = move |_| {
        let id = id.clone();
        busy.set(true);
        spawn_local(async move {
            if let Err(error) = engine_retry(id).await {
                toasts.bad(&error.0);
            }
            busy.try_set(false);
        });
    };
    view! {
        <button type="button" class="btn small" aria-label=t!("health.retry-now", engine = engine) disabled=bound(move || busy.get()) on:click=retry>
            {t!("action.retry")}
        </button>
    }
}
