//! All settings of the container in groups.
use super::Shown;
use super::reveal::{Detail, Reveal, detail};
use crate::format;
use crate::interop::clock;
use crate::lean::prelude::*;
use crate::lean::{Show, dynamic, memo};
use crate::pages::containers::ports::Ports;
use crate::parts::age::Age;
use crate::parts::problem::ProblemBox;
use crate::text;
use shipyard_model::detail::{ContainerDetail, SettingGroup};

/// The first tab.
#[component]
pub fn Overview(
    /// The container.
    shown: Shown,
) -> impl IntoView {
    let detail = detail(shown);
    let data = detail.fetched.data;
    let waiting =
        move || data.with(Option::is_none) && detail.fetched.problem.with(Option::is_none) && !shown.gone.get();
    view! {
        <ProblemBox problem=detail.fetched.problem />
        <div class="overview" class:stale=shown.gone>
            <Now shown />
            <Show when=waiting>
                <div class="skeleton card"></div>
            </Show>
            {dynamic(move || data.with(|detail| detail.as_ref().map(groups)))}
            <Environment detail />
        </div>
    }
}

/// What changes while one looks: from the live row.
#[component]
fn Now(shown: Shown) -> impl IntoView {
    let calm = memo(move || {
        shown.row.with(|row| {
            row.clone().map(|mut row| {
                row.usage = None;
                row
            })
        })
    });
    let usage = memo(move || shown.row.with(|row| row.as_ref().and_then(|row| row.usage)));
    let figures = move || {
        usage.get().map(|usage| {
            let memory = format::part(usage.memory, usage.memory_limit);
            format!("{} CPU · {memory}", format::percent(f64::from(usage.cpu_percent)))
        })
    };
    view! {
        <section class="card">
            <header><h2>{t!("container.now")}</h2></header>
            <dl class="facts">
                {dynamic(move || {
                    calm.get()
                        .map(|row| {
                            view! {
                                <Fact key=t!("containers.age").to_owned()><Age since=row.created /></Fact>
                                {(!row.ports.is_empty())
                                    .then(|| {
                                        view! {
                                            <Fact key=t!("containers.ports").to_owned()>
                                                <Ports ports=row.ports.clone() host=row.host.clone() long=true />
                                            </Fact>
                                        }
                                    })}
                                {row.stack.map(|stack| view! { <Fact key=t!("containers.stack").to_owned()>{stack}</Fact> })}
                            }
                        })
                })}
                <Show when=move || usage.with(Option::is_some)>
                    <Fact key=t!("container.uses").to_owned()>{dynamic(figures)}</Fact>
                </Show>
            </dl>
        </section>
    }
}

#[component]
fn Fact(key: String, children: Children) -> impl IntoView {
    view! {
        <div>
            <dt>{key}</dt>
            <dd>{children.view()}</dd>
        </div>
    }
}

fn groups(detail: &ContainerDetail) -> impl IntoView + use<> {
    detail
        .groups
        .iter()
        .filter(|group| !group.settings.is_empty())
        .map(group)
        .collect_view()
}

fn group(group: &SettingGroup) -> impl IntoView + use<> {
    let title = text::find(&format!("detail.group.{}", group.key)).map_or_else(|| group.key.clone(), str::to_owned);
    // A label's name and a mount's path are the container's own words.
    let ours = !matches!(group.key.as_str(), "labels" | "mounts");
    let facts = group.settings.iter().map(|(key, value)| {
        let known = text::find(&format!("detail.key.{key}")).filter(|_| ours);
        let name = known.map_or_else(|| key.clone(), str::to_owned);
        // Docker writes moments to the nanosecond, of Greenwich.
        let moment = matches!(key.as_str(), "created" | "started" | "finished") && ours;
        let written = if moment { clock::read(value) } else { None };
        let exact = written.is_some().then(|| value.clone());
        let value = written.unwrap_or_else(|| value.clone());
        view! { <Fact key=name><span class="value" title=exact>{value}</span></Fact> }
    });
    view! {
        <section class="card">
            <header><h2>{title}</h2></header>
            <dl class="facts">{facts.collect_view()}</dl>
        </section>
    }
}

/// Environment variables, their values hidden until asked for.
#[component]
fn Environment(detail: Detail) -> impl IntoView {
    let env = memo(move || {
        let env = detail
            .fetched
            .data
            .with(|detail| detail.as_ref().map(|detail| detail.env.clone()));
        env.unwrap_or_default()
    });
    let line = |(name, value): (String, Option<String>)| {
        let value = match value {
            Some(value) => view! { <span class="value">{value}</span> }.into_any(),
            None => view! { <span class="faint" aria-label=t!("container.hidden")>"••••••••"</span> }.into_any(),
        };
        view! { <Fact key=name>{value}</Fact> }
    };
    view! {
        <Show when=move || env.with(|env| !env.is_empty())>
            <section class="card env">
                <header>
                    <h2>{t!("container.environment")}</h2>
                    <span class="grow"></span>
                    <Reveal detail />
                </header>
                <dl class="facts mono">{dynamic(move || env.get().into_iter().map(line).collect_view())}</dl>
            </section>
        </Show>
    }
}
