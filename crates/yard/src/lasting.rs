//! Lasting deploys: those that Shipyard remembers, because it looks after their copies. A daemon has one on each engine,
//! also on those that are added later; others ask to be made elsewhere when their engine is away for long.
//!
//! What is done is done in the name of the account that made the deploy, with what that account may do at that moment. When
//! that is not enough, nothing is done, and that is told.
mod daemon;
mod decide;
mod keeper;
mod removed;
mod reschedule;

pub(crate) use keeper::keep;

use crate::actor::{Actor, Via};
use crate::fault::store_problem;
use crate::{Yard, placing};
use decide::Waits;
use shipyard_access::Rights;
use shipyard_fleet::deploy;
use shipyard_fleet::snapshot::Trouble;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::deploy::{Copies, DeployRequest};
use shipyard_model::moving::{LastingCopy, LastingDeploy};
use shipyard_model::page::Attention;
use shipyard_model::{EngineId, Millis, OperationId, Permission, Problem};
use shipyard_store::{LastingRecord, Store};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How long a deploy is left alone after something was done for it, for the model to show what was made.
const SETTLES: Duration = Duration::from_secs(3);

/// The lasting deploys in memory, and what goes on for them.
pub(crate) struct Lasting {
    records: RwLock<BTreeMap<String, Arc<LastingRecord>>>,
    /// Held while a record is changed, so that two changes do not undo each other.
    changing: tokio::sync::Mutex<()>,
    /// Deploys that something is done for, and with a moment those that it was done for just before.
    busy: Arc<Mutex<BTreeMap<String, Option<Instant>>>>,
    /// What failed, and when it is tried again.
    waits: Mutex<Waits>,
    stop: CancellationToken,
}

/// The turn to do something for one deploy; dropped, the deploy settles.
pub(crate) struct Turn {
    busy: Arc<Mutex<BTreeMap<String, Option<Instant>>>>,
    id: String,
    /// Whether nothing was done.
    untouched: bool,
}

impl Turn {
    /// Gives it back: nothing was done, so there is nothing to wait for.
    fn give_back(mut self) {
        self.untouched = true;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if self.untouched {
            busy.remove(&self.id);
        } else {
            busy.insert(self.id.clone(), Instant::now().checked_add(SETTLES));
        }
    }
}

/// Whether a deploy is one that is looked after.
pub(crate) fn is_wanted(request: &DeployRequest) -> bool {
    match request.copies {
        Copies::Daemon => true,
        Copies::Total(_) => request.reschedule.is_some(),
        Copies::EachEngine => false,
    }
}

/// Whether it has one on each engine.
fn is_daemon(record: &LastingRecord) -> bool {
    record.request.copies == Copies::Daemon
}

fn name_of(record: &LastingRecord) -> String {
    deploy::name(&record.request)
}

impl Lasting {
    pub(crate) fn new(records: Vec<LastingRecord>) -> Self {
        let by_id = records.into_iter().map(|it| (it.id.clone(), Arc::new(it)));
        Self {
            records: RwLock::new(by_id.collect()),
            changing: tokio::sync::Mutex::new(()),
            busy: Arc::default(),
            waits: Mutex::default(),
            stop: CancellationToken::new(),
        }
    }

    /// Looks after nothing any more.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Told when nothing goes on by itself any more.
    pub(crate) fn stopped(&self) -> CancellationToken {
        self.stop.clone()
    }

    fn get(&self, id: &str) -> Option<Arc<LastingRecord>> {
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        records.get(id).cloned()
    }

    fn all(&self) -> Vec<Arc<LastingRecord>> {
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        records.values().cloned().collect()
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn to do something for a deploy; `None` while something is done for it, or was just before.
    fn turn(&self, id: &str) -> Option<Turn> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        match busy.get(id) {
            Some(None) => return None,
            Some(Some(until)) if *until > Instant::now() => return None,
            _ => busy.insert(id.to_owned(), None),
        };
        Some(Turn {
            busy: Arc::clone(&self.busy),
            id: id.to_owned(),
            untouched: false,
        })
    }

    /// Remembers a deploy that is about to be made, whose turn it then is.
    async fn remember(&self, store: &Store, record: LastingRecord) -> Result<Option<Turn>, Problem> {
        let _turn = self.changing.lock().await;
        store.put_lasting(&record).await.map_err(|e| store_problem(&e))?;
        let turn = self.turn(&record.id);
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        records.insert(record.id.clone(), Arc::new(record));
        Ok(turn)
    }

    /// Changes a record. One that has ended is forgotten once nothing is to be tidied up for it.
    async fn edit(&self, store: &Store, id: &str, change: impl FnOnce(&mut LastingRecord)) -> Result<(), Problem> {
        let _turn = self.changing.lock().await;
        let Some(old) = self.get(id) else { return Ok(()) };
        let mut new = (*old).clone();
        change(&mut new);
        if new == *old {
            return Ok(());
        }
        let over = new.ended && new.moved.is_empty();
        let kept = if over {
            store.remove_lasting(id).await.map(|_| ())
        } else {
            store.put_lasting(&new).await
        };
        kept.map_err(|e| store_problem(&e))?;
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        if over {
            records.remove(id);
        } else {
            records.insert(id.to_owned(), Arc::new(new));
        }
        Ok(())
    }
}

impl Yard {
    /// Remembers a deploy that is looked after, before it is made; `asked` is what was asked for, before policy filled in
    /// what it wants.
    ///
    /// # Errors
    /// The disk refuses: it must not be made.
    pub(crate) async fn lasting_remember(
        &self,
        actor: &Actor,
        id: &OperationId,
        asked: DeployRequest,
        labels: Vec<(String, String)>,
    ) -> Result<Option<Turn>, Problem> {
        let store = self.inner.gate.enter(actor, Permission::Deploy)?.store;
        let record = LastingRecord {
            id: id.to_string(),
            account: actor.account().to_owned(),
            maker_since: actor.since(),
            token: match actor.via() {
                Via::Session { .. } => None,
                Via::Token { id } => self.inner.accounts.bounds_of_token(id),
            },
            created: Millis::now(),
            labels,
            request: asked,
            copies: Vec::new(),
            moved: Vec::new(),
            left_out: Vec::new(),
            ended: false,
        };
        self.inner.lasting.remember(store, record).await
    }

    /// After it was made: one that has no copies is forgotten, unless they are still to come.
    pub(crate) async fn lasting_made(&self, turn: Option<Turn>, id: &OperationId) {
        let Some(turn) = turn else { return };
        let (store, fleet) = self.inner.gate.for_itself();
        let Some(operation) = fleet.operations().get(id) else {
            return;
        };
        let undone = operation
            .targets
            .iter()
            .any(|target| target.state == shipyard_model::operation::TargetState::Undone);
        let daemon = self.inner.lasting.get(&turn.id).is_some_and(|it| is_daemon(&it));
        if operation.counts().0 == 0 && (!daemon || undone || operation.cancelled) {
            self.lasting_edit(store, &turn.id, |record| record.ended = true).await;
        }
    }

    async fn lasting_edit(&self, store: &Store, id: &str, change: impl FnOnce(&mut LastingRecord)) {
        if let Err(problem) = self.inner.lasting.edit(store, id, change).await {
            tracing::error!(deploy = id, %problem, "what is known of a deploy cannot be kept");
        }
        if self.inner.lasting.get(id).is_none_or(|record| record.ended) {
            self.inner.gate.for_itself().1.trouble(id, None);
        }
    }

    /// In whose name a deploy is looked after, with what they may do now.
    fn lasting_actor(&self, record: &LastingRecord) -> Result<Actor, Problem> {
        let accounts = &self.inner.accounts;
        let by = format!("deploy {}", record.id);
        let narrow = |rights: Rights| {
            let rights = match &record.token {
                Some(grants) => rights.and(&Rights::of(grants, &accounts.rules())),
                None => rights,
            };
            rights.only(&[Permission::Deploy])
        };
        let actor = accounts
            .machine_of(&record.account, record.maker_since, &by, narrow)
            .ok_or_else(|| {
                let detail = format!(
                    "The account “{}”, which made it, may not sign in any more.",
                    record.account
                );
                Problem::new(403, "lasting.account", detail)
                    .hint("Deploy it anew in another name, and forget this one.")
                    .arg("account", &record.account)
            })?;
        if actor.may(Permission::Deploy) {
            return Ok(actor);
        }
        let detail = format!(
            "The account “{}”, which made it, may not deploy any more.",
            record.account
        );
        Err(Problem::new(403, "lasting.rights", detail)
            .hint("Give it a role that does, or forget this deploy.")
            .arg("account", &record.account))
    }

    /// Tells what keeps a deploy from being looked after, where it needs somebody, and once in the activity.
    fn lasting_trouble(&self, record: &LastingRecord, action: &str, why: Option<Problem>) {
        let (_, fleet) = self.inner.gate.for_itself();
        let name = name_of(record);
        let trouble = why.clone().map(|why| Trouble {
            account: record.account.clone(),
            maker_since: record.maker_since,
            attention: Attention::DeployStuck {
                id: record.id.clone(),
                name: name.clone(),
                why,
            },
        });
        let news = fleet.trouble(&record.id, trouble);
        if let Some(why) = why.filter(|_| news) {
            tracing::warn!(deploy = record.id, %why, "it cannot be looked after");
            self.inner
                .activity
                .by_itself(action, ActivitySubject::new("deploy", name), &why);
        }
    }

    /// The deploys that are looked after: one's own, and everybody's for who may deploy anywhere.
    ///
    /// # Errors
    /// 403.
    pub fn deploys(&self, actor: &Actor) -> Result<Vec<LastingDeploy>, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let snapshot = fleet.snapshot();
        let seen = |name: &str| snapshot.engines.values().any(|it| it.engine.name.as_str() == name);
        let engine = |id: &EngineId| snapshot.engines.get(id).map(|it| it.engine.name.clone());
        let all = self.inner.lasting.all().into_iter();
        let mine = all.filter(|it| !it.ended && (fleet.scope().is_whole() || is_theirs(actor, it)));
        let mut rows: Vec<_> = mine
            .map(|record| {
                let mut copies: Vec<_> = Vec::new();
                for engine in snapshot.engines.values() {
                    let of_it = engine
                        .containers
                        .iter()
                        .filter(|it| it.labels.get(LABEL_DEPLOY) == Some(record.id.as_str()));
                    copies.extend(of_it.map(|it| LastingCopy {
                        engine: engine.engine.name.clone(),
                        name: it.name.clone(),
                    }));
                }
                copies.sort();
                let why = snapshot.troubles.get(&record.id).map(|it| it.attention.clone());
                LastingDeploy {
                    id: record.id.clone(),
                    name: name_of(&record),
                    image: record.request.spec.image.trim().to_owned(),
                    account: record.account.clone(),
                    created: record.created,
                    daemon: is_daemon(&record),
                    reschedule: record.request.reschedule,
                    copies,
                    left_out: record.left_out.iter().filter_map(engine).collect(),
                    moved: record
                        .moved
                        .iter()
                        .filter(|it| seen(it.engine.as_str()))
                        .map(|it| LastingCopy {
                            engine: it.engine.clone(),
                            name: it.name.clone(),
                        })
                        .collect(),
                    problem: match why {
                        Some(Attention::DeployStuck { why, .. }) => Some(why),
                        _ => None,
                    },
                }
            })
            .collect();
        rows.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.created.cmp(&b.created)));
        Ok(rows)
    }

    /// Looks after a deploy no more; its copies stay as they are.
    ///
    /// # Errors
    /// 403; 404, also for one that is not the actor's to forget; the disk refuses.
    pub async fn deploy_forget(&self, actor: &Actor, id: &str) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::Deploy)?;
        let whole = inside.fleet.scope().is_whole();
        let record = self.inner.lasting.get(id).filter(|it| !it.ended);
        let record = record.filter(|it| whole || is_theirs(actor, it));
        let record = record.ok_or_else(|| Problem::not_found("deploy", id))?;
        let work = async {
            let change = |record: &mut LastingRecord| record.ended = true;
            self.inner.lasting.edit(inside.store, id, change).await?;
            inside.fleet.whole().trouble(id, None);
            Ok(())
        };
        let subject = ActivitySubject::new("deploy", name_of(&record));
        self.recorded(actor, "deploy.forget", subject, "", work).await
    }
}

/// Whether the account, and none that had its name before, made a deploy.
fn is_theirs(actor: &Actor, record: &LastingRecord) -> bool {
    actor.is(&record.account, record.maker_since)
}

/// What a deploy's copies bear besides what every copy does.
fn labels(record: &LastingRecord, site: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut labels = record.labels.clone();
    let fresh = site.into_iter().filter(|label| !record.labels.contains(label));
    labels.extend(fresh);
    labels.extend(placing::label(&record.request));
    labels
}
