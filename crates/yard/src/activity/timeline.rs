//! The time line: what people did, from the log, and what Docker reported, from memory, in one order.
use super::words;
use crate::fault::store_problem;
use crate::{Actor, Yard};
use shipyard_model::activity::{
    ActivityActor, ActivityPage, ActivityPhase, ActivityQuery, ActivityRecord, ActivityResult, ActivitySubject,
    ActivityVia,
};
use shipyard_model::live::Look;
use shipyard_model::page::Happening;
use shipyard_model::{Permission, Problem};
use shipyard_store::ActivitySpan;

impl Yard {
    /// A page of what people did and what Docker reported, newest first. Docker's events are in memory: they go back to
    /// the server's start, and to two hundred of them. A person who may not read all of it reads what their own account
    /// did.
    ///
    /// # Errors
    /// 403; the log cannot be read.
    pub async fn activity(&self, actor: &Actor, query: ActivityQuery) -> Result<ActivityPage, Problem> {
        if actor.is_person() && !actor.may(Permission::ActivityRead) {
            return self.own_activity(actor, query).await;
        }
        let inside = self.inner.gate.enter(actor, Permission::ActivityRead)?;
        let log = inside.store.activity();
        let span = log.page(query.clone()).await.map_err(|e| store_problem(&e))?;
        let events = inside.fleet.snapshot();
        let events = events.recent.iter().filter_map(|it| event(it));
        Ok(merge(span, events.filter(|event| query.asks_for(event))))
    }

    /// What an account did itself, and what was tried in its name. An account of the same name that is gone is another
    /// one; and what others did is as if it had not been, asked for by name too.
    async fn own_activity(&self, actor: &Actor, query: ActivityQuery) -> Result<ActivityPage, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let record = self.own_record(actor)?;
        let name = &record.account.name;
        if !query.account.is_empty() && query.account.to_lowercase() != name.to_lowercase() {
            return Ok(ActivityPage::default());
        }
        let created = record.account.created;
        let query = ActivityQuery {
            account: name.clone(),
            from: Some(query.from.map_or(created, |from| from.max(created))),
            ..query
        };
        let span = inside.store.activity().page(query).await;
        Ok(merge(span.map_err(|e| store_problem(&e))?, std::iter::empty()))
    }
}

/// What Docker reported, as a record. What people did is in the log already.
pub(crate) fn event(happening: &Happening) -> Option<ActivityRecord> {
    if happening.actor.is_some() {
        return None;
    }
    let (kind, word) = match happening.what.as_str() {
        "pull" => ("image", "pull"),
        what => match what.strip_prefix("engine-") {
            Some(word) => ("engine", word),
            None => ("container", what),
        },
    };
    let subject = ActivitySubject {
        kind: kind.to_owned(),
        name: happening.subject.clone(),
        engine: happening.engine.as_ref().map(ToString::to_string),
        pool: None,
        id: happening.id.clone(),
    };
    let exit = happening.exit_code.map(|code| format!("exit code {code}"));
    let result = match (happening.look, &exit) {
        (Look::Bad, _) => ActivityResult::Problem {
            code: format!("event.{}", happening.what),
            sentence: exit.clone().unwrap_or_default(),
        },
        _ => ActivityResult::Ok,
    };
    Some(ActivityRecord {
        seq: 0,
        at: happening.at,
        operation: None,
        actor: ActivityActor {
            account: String::new(),
            via: ActivityVia::Engine,
            from: None,
        },
        action: format!("{kind}.{word}"),
        subject: words::subject(subject),
        detail: exit.unwrap_or_default(),
        phase: ActivityPhase::Event,
        result,
    })
}

/// Puts the events that fall into a page's span between its records. The records stay in the order of the log, even
/// where the clock was set back.
pub(super) fn merge(span: ActivitySpan, events: impl Iterator<Item = ActivityRecord>) -> ActivityPage {
    let within = |event: &ActivityRecord| {
        span.until.is_none_or(|until| event.at < until) && span.since.is_none_or(|since| event.at >= since)
    };
    let mut events: Vec<_> = events.filter(within).collect();
    // A stable order, so that two of one moment do not change places between pages.
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    let mut events = events.into_iter().peekable();
    let mut records = Vec::with_capacity(span.records.len());
    for record in span.records {
        while let Some(event) = events.next_if(|event| event.at > record.at) {
            records.push(event);
        }
        records.push(record);
    }
    records.extend(events);
    ActivityPage {
        records,
        next: span.next,
    }
}
