//! One record of the time line: when, who and from where, what on what, and what became of it.
use super::words;
use crate::boot;
use crate::interop::clock;
use crate::lean::prelude::*;
use crate::parts::sentence::Sentence;
use crate::parts::state::StatePill;
use shipyard_model::Permission;
use shipyard_model::activity::{ActivityPhase, ActivityRecord};

/// Characters of a detail that are shown at once.
const SHORT: usize = 140;

/// A record as a row.
#[component]
pub fn Row(
    /// The record.
    one: ActivityRecord,
) -> impl IntoView {
    let (look, word) = words::result(&one);
    let (text, args) = words::sentence(&one);
    let (who, way, why) = (words::who(&one), words::way(&one), words::why(&one));
    let engine = one.subject.engine.clone();
    // An event's sentence says its detail already.
    let detail = if one.phase == ActivityPhase::Event && one.seq == 0 {
        String::new()
    } else {
        one.detail.clone()
    };
    let operation = one
        .operation
        .clone()
        .filter(|_| boot::may(Permission::FleetView))
        .map(|id| view! { <a class="link" href=format!("/operations/{id}")>{t!("activity.operation")}</a> });
    view! {
        <tr>
            <td class="when muted" data-label=t!("activity.when")>
                <time datetime=clock::iso(one.at) title=clock::iso(one.at)>{clock::date_time(one.at)}</time>
            </td>
            <td class="name"><b>{who}</b><span>{way}</span></td>
            <td class="what">
                <span><Sentence text args />" "{operation}</span>
                {engine.map(|engine| view! { <span class="faint">{engine}</span> })}
                <Detail detail />
            </td>
            <td class="result" data-label=t!("activity.result")>
                <StatePill look word=word.to_owned() />
                {why.map(|why| view! { <span class="why-failed">{why}</span> })}
            </td>
        </tr>
    }
}

/// What else there is to know; folded when it is long.
#[component]
fn Detail(detail: String) -> impl IntoView {
    if detail.is_empty() {
        return ().into_any();
    }
    match detail.char_indices().nth(SHORT) {
        None => view! { <span class="faint">{detail}</span> }.into_any(),
        Some((end, _)) => {
            let short = format!("{}…", detail.get(..end).unwrap_or_default());
            view! {
                <details class="faint">
                    <summary>{short}</summary>
                    {detail}
                </details>
            }
            .into_any()
        }
    }
}
