//! The doctor: what is wrong or weak on this installation and on each engine, the worst first, each with the way to mend it.
use crate::boot::may;
use crate::calls::doctor;
use crate::frame;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic};
use crate::pages::not_found::not_allowed;
use crate::parts::fetch::fetch;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::state::Dot;
use crate::text;
use shipyard_model::Permission;
use shipyard_model::live::Look;
use shipyard_model::node::{Finding, Severity};
use std::time::Duration;

/// The doctor.
#[component]
pub fn DoctorPage() -> impl IntoView {
    if !may(Permission::AccessView) {
        return not_allowed();
    }
    frame::title(t!("doctor.title"));
    let version = RwSignal::new(0_u32);
    let found = fetch(move || Some(version.get()), Duration::ZERO, |_| doctor());
    let busy = found.busy;
    view! {
        <div class="page-head">
            <h1>{t!("doctor.title")}</h1>
            <span class="muted" role="status">
                {dynamic(move || match (busy.get(), found.data.with(|all| all.as_ref().map(Vec::len))) {
                    (true, _) => t!("doctor.looking").to_owned(),
                    (false, Some(n)) if n > 0 => t!("doctor.count", n = n),
                    _ => String::new(),
                })}
            </span>
            <span class="grow"></span>
            <button
                type="button"
                class="btn"
                disabled=bound(move || busy.get())
                on:click=move |_| version.update(|n| *n = n.wrapping_add(1))
            >
                <Icon name="refresh-cw" />{t!("doctor.again")}
            </button>
        </div>
        <ProblemBox problem=found.problem />
        {dynamic(move || match found.data.get() {
            None => busy.get().then(|| view! { <div class="card skeleton tall" aria-hidden="true"></div> }).into_any(),
            Some(all) => list(all),
        })}
    }
    .into_any()
}

fn list(all: Vec<Finding>) -> AnyView {
    let none = all
        .is_empty()
        .then(|| view! { <li class="none">{t!("doctor.none")}</li> });
    view! {
        <section class="card" aria-label=t!("doctor.title")>
            <ul class="events">{none}{all.into_iter().map(line).collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// One finding. Those that the page's language has words for are told in them, the others as the server tells them.
fn line(one: Finding) -> AnyView {
    let (look, word) = match one.severity {
        Severity::Bad => (Look::Bad, t!("doctor.bad")),
        Severity::Warn => (Look::Warn, t!("doctor.warn")),
        Severity::Note => (Look::Idle, t!("doctor.note")),
    };
    let (name, link) = subject(&one.subject);
    let own = |part: &str| text::find(&format!("problem.doctor.{}.{part}", one.code));
    let what = own("what").map_or_else(|| one.what.clone(), str::to_owned);
    let mend = own("mend").map_or_else(|| one.mend.clone(), str::to_owned);
    view! {
        <li>
            <Dot look />
            <span><span class="sr">{word}</span>" "<b>{name}</b>" "{what}<span class="faint">{mend}</span></span>
            {link.map(|address| view! { <a class="btn small" href=address>{t!("action.show")}</a> })}
        </li>
    }
    .into_any()
}

/// What a finding is about in the page's language, and where that is shown.
fn subject(text: &str) -> (String, Option<String>) {
    let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
    match (kind, rest) {
        ("engine", name) => (t!("doctor.engine", name = name), Some(format!("/engines/{name}"))),
        ("account", name) => (t!("doctor.account", name = name), Some("/access".to_owned())),
        ("token", name) => (t!("doctor.token", name = name), Some("/access/tokens".to_owned())),
        (_, "server") => (t!("doctor.server").to_owned(), None),
        (_, "data folder") => (t!("doctor.folder").to_owned(), None),
        (_, "key file") => (t!("doctor.key").to_owned(), None),
        (_, "certificate authority") => (t!("doctor.authority").to_owned(), None),
        _ => (text.to_owned(), None),
    }
}
