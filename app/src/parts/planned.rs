//! What a change of containers would do: what differs at each, how it is brought about, how long it is away, and what is made
//! anew with it.
use super::diff::{Diff, Line};
use super::icon::Icon;
use super::problem::ProblemBox;
use crate::format;
use crate::lean::prelude::*;
use crate::text;
use shipyard_model::Millis;
use shipyard_model::change::{ChangePlan, Dependant, FieldChange, How, PlannedChange};

/// The plan; problems of the fields `elsewhere` are told beside these.
pub fn planned(plan: &ChangePlan, elsewhere: &[&str]) -> AnyView {
    let told = |field: &str| elsewhere.contains(&field);
    let problems = plan
        .problems
        .iter()
        .filter(|problem| !problem.field.as_deref().is_some_and(told));
    let problems = problems
        .map(|problem| view! { <ProblemBox problem=Signal::stored(Some(problem.clone())) /> })
        .collect_view();
    let anew = |one: &PlannedChange| matches!(one.how, How::Recreate | How::RecreateIfNewer);
    let kept = plan.containers.iter().any(anew).then(|| {
        view! { <p class="note"><Icon name="info" /><span class="grow">{t!("change.kept")}</span></p> }
    });
    let first = plan.containers.first().map(one);
    let others = plan.containers.iter().skip(1).map(other).collect_view();
    view! { {problems} {first} {others} {kept} }.into_any()
}

/// Whether it would change anything, and may.
pub fn goes(plan: &ChangePlan) -> bool {
    plan.problems.is_empty() && plan.containers.iter().any(|one| one.how != How::Nothing)
}

fn one(change: &PlannedChange) -> AnyView {
    view! { <p>{how(change)}</p> {rest(change)} }.into_any()
}

/// A copy: what is done with it, and folded, what differs.
fn other(change: &PlannedChange) -> AnyView {
    view! {
        <details class="details copy">
            <summary><Icon name="chevron-right" /><span>{how(change)}</span></summary>
            <div class="in planned">{rest(change)}</div>
        </details>
    }
    .into_any()
}

fn rest(change: &PlannedChange) -> AnyView {
    let label = t!("change.differs", name = change.name);
    let dependants = change.dependants.iter().map(dependant).collect_view();
    let added = (!change.added.is_empty()).then(|| {
        let options = change.added.join("\n");
        view! { <p class="faint">{t!("change.added")}</p><pre tabindex="0">{options}</pre> }
    });
    view! { <Diff lines=lines(&change.fields) label /> {dependants} {added} }.into_any()
}

/// How a container is changed, in a sentence.
fn how(change: &PlannedChange) -> String {
    let (name, engine, time) = (&change.name, &change.engine, time(change.away_ms));
    match change.how {
        How::Nothing => t!("change.how.nothing", name = name, engine = engine),
        How::InPlace => t!("change.how.in-place", name = name, engine = engine),
        How::Recreate if change.away_ms == 0 => t!("change.how.recreate-only", name = name, engine = engine),
        How::Recreate => t!("change.how.recreate", name = name, engine = engine, time = time),
        How::RecreateIfNewer => t!(
            "change.how.recreate-if-newer",
            name = name,
            engine = engine,
            time = time
        ),
    }
}

fn dependant(one: &Dependant) -> AnyView {
    let (field, time) = (field(&one.field), time(one.away_ms));
    view! {
        <p class="note warn">
            <Icon name="triangle-alert" />
            <span class="grow">{t!("change.dependant", name = one.name, field = field, time = time)}</span>
        </p>
    }
    .into_any()
}

/// A time that is waited, rounded up.
fn time(ms: u64) -> String {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    format::age(Millis(0), Millis(ms.saturating_add(999)))
}

/// What differs, in a person's words.
pub fn lines(fields: &[FieldChange]) -> Vec<Line> {
    let line = |change: &FieldChange| {
        let name = field(&change.field);
        Line {
            field: if change.item.is_empty() {
                name
            } else {
                format!("{name} {}", change.item)
            },
            before: change.before.clone(),
            after: change.after.clone(),
            note: change.in_place.then(|| t!("change.in-place")),
        }
    };
    fields.iter().map(line).collect()
}

/// A field of a specification as the pages call it; what they have no word for has Docker's.
fn field(name: &str) -> String {
    let key = name.replace('_', "-");
    let word = text::find(&format!("field.{key}")).or_else(|| text::find(&format!("detail.key.{key}")));
    word.map_or_else(|| name.to_owned(), str::to_owned)
}
