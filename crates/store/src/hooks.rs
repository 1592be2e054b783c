//! Hooks: where activity is sent, how far each has come, and what became of the newest deliveries. All of it is sealed:
//! an address is often a secret of its receiver's, and what a receiver answers is nobody's to read on a disk.
use crate::error::StoreError;
use crate::open::{Inner, Store};
use crate::{record, seal};
use serde::{Deserialize, Serialize};
use shipyard_model::Millis;
use shipyard_model::activity::ActivityRecord;
use shipyard_model::hook::{Delivery, Hook};
use sled::Batch;
use zeroize::Zeroizing;

/// What the seals belong to.
const HOOK: &str = "hook";
const DELIVERY: &str = "hook-delivery";
/// Deliveries that are kept of a hook.
const DELIVERIES: usize = 200;

/// What requests are signed with. It has no `Debug` and no `Serialize`, so that no log and no answer can hold it.
#[derive(Clone)]
pub struct HookSecret(Zeroizing<Vec<u8>>);

impl HookSecret {
    /// Takes its bytes.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The bytes, to sign with.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

/// A hook with what is not shown of it.
#[derive(Clone)]
pub struct HookRecord {
    /// What may be shown.
    pub hook: Hook,
    /// When the account that answers for it was made: another one of the same name is not it.
    pub maker_since: Millis,
    /// What requests are signed with.
    pub secret: HookSecret,
    /// The secret before, and until when it is used too.
    pub before: Option<(HookSecret, Millis)>,
}

/// How it lies sealed on the disk.
#[derive(Serialize, Deserialize)]
struct Kept {
    hook: Hook,
    maker_since: Millis,
    secret: Zeroizing<Vec<u8>>,
    before: Option<(Zeroizing<Vec<u8>>, Millis)>,
}

/// A delivery with the record that it is of, so that it can be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRecord {
    /// Its place among those of its hook; 0 until it is kept for the first time.
    pub number: u64,
    /// What may be shown.
    pub delivery: Delivery,
    /// What is sent.
    pub record: ActivityRecord,
}

/// The part of the store that hooks have. A cheap clone.
#[derive(Clone)]
pub struct HookShelf(Store);

impl Store {
    /// The part that hooks have.
    pub fn hooks(&self) -> HookShelf {
        HookShelf(self.clone())
    }
}

fn hook_key(id: &str) -> String {
    format!("hook/{id}")
}

fn cursor_key(id: &str) -> String {
    format!("cursor/{id}")
}

fn delivery_prefix(id: &str) -> String {
    format!("delivery/{id}/")
}

/// Room for a whole record, so that growing leaves no copy of a secret behind.
const ROOM: usize = 32 * 1024;

fn write<T: Serialize>(inner: &Inner, kind: &str, key: &str, value: &T) -> Result<Vec<u8>, StoreError> {
    let mut plain = Zeroizing::new(Vec::with_capacity(ROOM));
    plain.extend_from_slice(&Zeroizing::new(record::write(value)?));
    seal::seal(&inner.key, kind, key, plain)
}

fn read<T: serde::de::DeserializeOwned>(inner: &Inner, kind: &str, key: &[u8], sealed: &[u8]) -> Result<T, StoreError> {
    let key = String::from_utf8_lossy(key);
    record::read(kind, &seal::open(&inner.key, kind, &key, sealed)?)
}

impl HookShelf {
    /// All hooks, each with the number of the newest record that it is done with.
    ///
    /// # Errors
    /// When one cannot be read or was changed.
    pub async fn all(&self) -> Result<Vec<(HookRecord, u64)>, StoreError> {
        self.0
            .read(|inner| {
                let mut all = Vec::new();
                for entry in inner.hooks.scan_prefix("hook/") {
                    let (key, sealed) = entry?;
                    let kept: Kept = read(inner, HOOK, &key, &sealed)?;
                    let cursor = inner.hooks.get(cursor_key(&kept.hook.id))?;
                    let record = HookRecord {
                        hook: kept.hook,
                        maker_since: kept.maker_since,
                        secret: HookSecret(kept.secret),
                        before: kept.before.map(|(secret, until)| (HookSecret(secret), until)),
                    };
                    all.push((record, cursor.as_deref().map_or(0, number)));
                }
                Ok(all)
            })
            .await
    }

    /// Keeps a hook, new or changed; with `cursor`, the records up to there are none of its business.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put(&self, hook: &HookRecord, cursor: Option<u64>) -> Result<(), StoreError> {
        let hook = hook.clone();
        self.0
            .write(move |inner| {
                let id = hook.hook.id.clone();
                let key = hook_key(&id);
                let kept = Kept {
                    hook: hook.hook,
                    maker_since: hook.maker_since,
                    secret: hook.secret.0,
                    before: hook.before.map(|(secret, until)| (secret.0, until)),
                };
                let mut batch = Batch::default();
                batch.insert(key.as_bytes(), write(inner, HOOK, &key, &kept)?);
                set_cursor(&mut batch, &id, cursor);
                Ok(inner.hooks.apply_batch(batch)?)
            })
            .await
    }

    /// Removes a hook and all that is known of it; whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.0
            .write(move |inner| {
                let was = inner.hooks.contains_key(hook_key(&id))?;
                let mut batch = Batch::default();
                batch.remove(hook_key(&id).as_bytes());
                batch.remove(cursor_key(&id).as_bytes());
                for key in inner.hooks.scan_prefix(delivery_prefix(&id)).keys() {
                    batch.remove(key?);
                }
                inner.hooks.apply_batch(batch)?;
                Ok(was)
            })
            .await
    }

    /// Notes how far a hook has come.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn set_cursor(&self, id: &str, cursor: u64) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.0
            .write(move |inner| {
                let mut batch = Batch::default();
                set_cursor(&mut batch, &id, Some(cursor));
                Ok(inner.hooks.apply_batch(batch)?)
            })
            .await
    }

    /// The newest deliveries of a hook, newest first.
    ///
    /// # Errors
    /// When one cannot be read.
    pub async fn deliveries(&self, id: &str) -> Result<Vec<DeliveryRecord>, StoreError> {
        let prefix = delivery_prefix(id);
        self.0
            .read(move |inner| {
                let entries = inner.hooks.scan_prefix(prefix).rev();
                entries
                    .map(|entry| {
                        let (key, sealed) = entry?;
                        read(inner, DELIVERY, &key, &sealed)
                    })
                    .collect()
            })
            .await
    }

    /// Nothing of a hook that was turned off is tried again.
    ///
    /// # Errors
    /// When one cannot be read, or the disk refuses.
    pub async fn settle(&self, id: &str) -> Result<(), StoreError> {
        for mut row in self.deliveries(id).await? {
            if row.delivery.next_try.take().is_some() {
                self.put_delivery(&row, None).await?;
            }
        }
        Ok(())
    }

    /// Keeps a delivery, new or tried again, and drops the oldest when there are many; its number. With `cursor`, the
    /// hook is done with the records up to there: both are on the disk, or neither is. A hook that is gone keeps nothing.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_delivery(&self, delivery: &DeliveryRecord, cursor: Option<u64>) -> Result<u64, StoreError> {
        let mut delivery = delivery.clone();
        self.0
            .write(move |inner| {
                let id = delivery.delivery.hook.clone();
                if !inner.hooks.contains_key(hook_key(&id))? {
                    return Ok(delivery.number);
                }
                let prefix = delivery_prefix(&id);
                let keys: Vec<_> = inner.hooks.scan_prefix(&prefix).keys().collect::<Result<_, _>>()?;
                let mut batch = Batch::default();
                if delivery.number == 0 {
                    let newest = keys.last().and_then(|key| key.get(prefix.len()..));
                    let newest = newest.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
                    delivery.number = newest.unwrap_or(0_u64).saturating_add(1);
                    for old in keys.iter().take((keys.len() + 1).saturating_sub(DELIVERIES)) {
                        batch.remove(old);
                    }
                }
                let key = format!("{prefix}{:020}", delivery.number);
                batch.insert(key.as_bytes(), write(inner, DELIVERY, &key, &delivery)?);
                set_cursor(&mut batch, &id, cursor);
                inner.hooks.apply_batch(batch)?;
                Ok(delivery.number)
            })
            .await
    }
}

fn set_cursor(batch: &mut Batch, id: &str, cursor: Option<u64>) {
    if let Some(cursor) = cursor {
        batch.insert(cursor_key(id).as_bytes(), &cursor.to_be_bytes());
    }
}

fn number(bytes: &[u8]) -> u64 {
    <[u8; 8]>::try_from(bytes).map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests;
