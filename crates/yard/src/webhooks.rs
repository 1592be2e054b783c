//! Webhook keys: by them a registry, or a build, says that an image is newer, and it is rolled over the containers that run
//! it, in the name of the account that made the key.
//!
//! A key's secret is shown once. The original listed it whole, to everybody who could list; what lists show here is the
//! key's public part, which tells one from another and opens nothing.
mod arrive;
mod memory;
mod sign;

pub use sign::Signed;

use crate::accounts::secret;
use crate::actor::Actor;
use crate::fault::store_problem;
use crate::{Yard, roll};
use memory::Memory;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::roll::RollRequest;
use shipyard_model::webhook::{MadeWebhookKey, NewWebhookKey, PREFIX, WebhookKeyRow, WebhookKind};
use shipyard_model::{Millis, OperationId, Permission, Problem};
use shipyard_store::{WebhookRecord, WebhookSecret};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use zeroize::Zeroizing;

/// Most keys of one account.
const MOST: usize = 100;
/// A use is written down at most this often.
const NOTED_EVERY_MS: i64 = 60_000;

/// The keys in memory, and what those who knock with them did lately.
pub(crate) struct Webhooks {
    keys: RwLock<HashMap<String, Arc<WebhookRecord>>>,
    /// Held while a key is changed, so that two changes do not undo each other.
    changing: tokio::sync::Mutex<()>,
    memory: Memory,
    /// Rolls that go on, by key and tag.
    going_on: Mutex<HashMap<(String, String), GoingOn>>,
}

/// A roll that goes on for a key.
#[derive(Default)]
pub(crate) struct GoingOn {
    /// Its operation, once it has begun.
    operation: Option<OperationId>,
    /// Whether a newer image was announced since.
    again: bool,
}

impl Webhooks {
    pub(crate) fn new(records: Vec<WebhookRecord>) -> Self {
        let by_id = records.into_iter().map(|it| (it.row.id.clone(), Arc::new(it)));
        Self {
            keys: RwLock::new(by_id.collect()),
            changing: tokio::sync::Mutex::new(()),
            memory: Memory::default(),
            going_on: Mutex::default(),
        }
    }

    fn get(&self, id: &str) -> Option<Arc<WebhookRecord>> {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    fn put(&self, record: WebhookRecord) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.insert(record.row.id.clone(), Arc::new(record));
    }

    fn remove(&self, id: &str) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Those of an account (of all with `None`), by image, the newest first.
    fn rows(&self, account: Option<&str>) -> Vec<WebhookKeyRow> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let mut rows: Vec<_> = keys
            .values()
            .filter(|key| account.is_none_or(|account| key.row.account == account))
            .map(|key| key.row.clone())
            .collect();
        rows.sort_by(|a, b| a.image.cmp(&b.image).then_with(|| b.created.cmp(&a.created)));
        rows
    }

    fn going_on(&self) -> MutexGuard<'_, HashMap<(String, String), GoingOn>> {
        self.going_on.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The public part of what somebody calls a key: the whole of it, its id, or what lists show.
fn id_of(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix(PREFIX).unwrap_or(text);
    let end = text.find(['_', '…']).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

impl Yard {
    /// One's own webhook keys, and everybody's for who may see accounts.
    ///
    /// # Errors
    /// 403.
    pub fn webhooks(&self, actor: &Actor) -> Result<Vec<WebhookKeyRow>, Problem> {
        let keys = &self.inner.webhooks;
        if actor.may(Permission::AccessView) {
            self.inner.gate.enter(actor, Permission::AccessView)?;
            return Ok(keys.rows(None));
        }
        self.inner.gate.enter(actor, Permission::Deploy)?;
        Ok(keys.rows(Some(actor.account())))
    }

    /// Makes a webhook key that acts for one's own account. Its secret is in the answer and nowhere else. A token makes
    /// none: the key would outlast what the token is narrowed to.
    ///
    /// # Errors
    /// 403; `roll.image`, `roll.tag`; 409 `webhook.too-many`.
    pub async fn webhook_create(&self, actor: &Actor, new: NewWebhookKey) -> Result<MadeWebhookKey, Problem> {
        self.inner.gate.enter(actor, Permission::Deploy)?;
        let inside = self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let image = new.image.trim().to_owned();
        let subject = ActivitySubject::new("image", &image);
        let work = async {
            let tag = new.tag.filter(|tag| !tag.is_empty());
            let asked = RollRequest {
                image: image.clone(),
                tag: tag.clone(),
                ..RollRequest::default()
            };
            roll::check(&asked)?;
            let keys = &self.inner.webhooks;
            let _turn = keys.changing.lock().await;
            if keys.rows(Some(actor.account())).len() >= MOST {
                let detail = format!("You have {MOST} webhook keys.");
                return Err(Problem::new(409, "webhook.too-many", detail)
                    .hint("Remove those that are not needed.")
                    .arg("most", MOST));
            }
            let id: String = secret::random()?.chars().take(12).collect();
            let key = format!("{PREFIX}{id}_{}", secret::random()?);
            let secret = match new.kind {
                WebhookKind::DockerHub => WebhookSecret::shown(key.as_bytes()),
                WebhookKind::Generic => WebhookSecret::Signs(Zeroizing::new(key.as_bytes().to_vec())),
            };
            let path = match new.kind {
                WebhookKind::DockerHub => format!("/hub/webhook/{key}"),
                WebhookKind::Generic => format!("/hooks/{id}"),
            };
            let row = WebhookKeyRow {
                id,
                kind: new.kind,
                image: image.clone(),
                tag,
                account: actor.account().to_owned(),
                created: Millis::now(),
                used: None,
            };
            let record = WebhookRecord {
                row: row.clone(),
                secret,
            };
            inside.store.put_webhook(&record).await.map_err(|e| store_problem(&e))?;
            keys.put(record);
            tracing::info!(account = actor.account(), webhook = row.id, "webhook key made");
            Ok(MadeWebhookKey { row, key, path })
        };
        self.recorded(actor, "webhook-key.create", subject, "", work).await
    }

    /// Removes a webhook key, one's own or anybody's with the permission to manage accounts; named by its id, by what lists
    /// show of it, or by the whole of it.
    ///
    /// # Errors
    /// 403; 404, also for a key of somebody else.
    pub async fn webhook_remove(&self, actor: &Actor, key: &str) -> Result<(), Problem> {
        let permission = [Permission::Deploy, Permission::AccountManage]
            .into_iter()
            .find(|permission| actor.may(*permission));
        let inside = self.inner.gate.enter(actor, permission.unwrap_or(Permission::Deploy))?;
        let id = id_of(key);
        let work = async {
            let keys = &self.inner.webhooks;
            let _turn = keys.changing.lock().await;
            let none = || Problem::not_found("webhook key", id);
            let row = keys.get(id).ok_or_else(none)?.row.clone();
            if row.account != actor.account() {
                if !actor.may(Permission::AccountManage) {
                    return Err(none());
                }
                self.inner.gate.enter(actor, Permission::AccountManage)?;
            }
            keys.remove(id);
            inside.store.remove_webhook(id).await.map_err(|e| store_problem(&e))?;
            tracing::info!(account = actor.account(), webhook = id, "webhook key removed");
            Ok(())
        };
        let subject = ActivitySubject::new("webhook-key", id);
        // The image that it rolled, told to whoever may see it.
        let key = self.inner.webhooks.get(id).map(|key| key.row.clone());
        let sees = |row: &WebhookKeyRow| row.account == actor.account() || actor.may(Permission::AccountManage);
        let image = key.filter(sees).map(|row| row.image).unwrap_or_default();
        self.recorded(actor, "webhook-key.remove", subject, &image, work).await
    }

    /// Removes all keys of an account that is removed.
    pub(crate) async fn webhooks_remove_of(&self, account: &str) -> Result<(), Problem> {
        let keys = &self.inner.webhooks;
        let _turn = keys.changing.lock().await;
        let store = self.inner.gate.store_for_authentication();
        for row in keys.rows(Some(account)) {
            keys.remove(&row.id);
            store.remove_webhook(&row.id).await.map_err(|e| store_problem(&e))?;
        }
        Ok(())
    }

    /// Writes the use of a key down, beside the request and at most once a minute.
    fn note_webhook_use(&self, key: &Arc<WebhookRecord>) {
        let now = Millis::now();
        if key.row.used.is_some_and(|used| now.since(used) < NOTED_EVERY_MS) {
            return;
        }
        let mut noted = (**key).clone();
        noted.row.used = Some(now);
        let yard = self.clone();
        tokio::spawn(async move {
            let keys = &yard.inner.webhooks;
            let _turn = keys.changing.lock().await;
            // Removed meanwhile: then it stays so.
            if keys.get(&noted.row.id).is_some() {
                keys.put(noted.clone());
                let store = yard.inner.gate.store_for_authentication();
                if let Err(error) = store.put_webhook(&noted).await {
                    tracing::warn!(%error, "the use of a webhook key could not be noted");
                }
            }
        });
    }
}
