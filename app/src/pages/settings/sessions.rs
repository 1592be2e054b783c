//! One's own sessions: where one is signed in, and ending those that one does not know or need.
use super::line::Line;
use super::own::Mine;
use crate::calls::session_end;
use crate::lean::dynamic;
use crate::lean::prelude::*;
use crate::parts::change::{Answer, act};
use crate::parts::table::heads;
use crate::parts::toast::toasts;
use crate::pure::browser_name;
use shipyard_model::access::SessionRow;

/// The card.
#[component]
pub fn Sessions(
    /// The account.
    mine: Mine,
) -> impl IntoView {
    let rows = mine.part(|page| page.sessions.clone());
    let toasts = toasts();
    let end = Callback::new(move |id: String| {
        let call = move || -> Answer<()> { Box::pin(session_end(id.clone())) };
        act(toasts, call, move |()| {
            toasts.good(t!("session.ended"));
            mine.refresh();
        });
    });
    let lines = move || {
        let rows = rows.get()?;
        Some(rows.into_iter().map(|row| line(row, end)).collect_view())
    };
    view! {
        <section class="card" aria-labelledby="sessions-title">
            <header><h2 id="sessions-title">{t!("session.title")}</h2></header>
            <div class="table-scroll">
                <table class="cards access">
                    <caption class="sr">{t!("session.title")}</caption>
                    {heads(&[t!("session.browser"), t!("session.since"), t!("session.used"), ""])}
                    <tbody>{dynamic(lines)}</tbody>
                </table>
            </div>
        </section>
    }
}

fn line(row: SessionRow, end: Callback<String>) -> AnyView {
    let browser = Some(browser_name::of(&row.browser)).filter(|name| !name.is_empty());
    let browser = browser.unwrap_or_else(|| t!("session.unknown").to_owned());
    let label = t!("session.end-one", browser = browser, address = row.from);
    let action = if row.this {
        view! { <span class="tag">{t!("session.this")}</span> }.into_any()
    } else {
        let id = row.id;
        view! { <button type="button" class="btn small" aria-label=label on:click=move |_| end.run(id.clone())>{t!("session.end")}</button> }.into_any()
    };
    let rest = Line {
        since: row.since,
        since_label: t!("session.since"),
        used: Some(row.used),
        action,
    };
    super::line::line(browser, row.from, row.browser, rest)
}
