//! The schema's number and the steps from one to the next, taken when the store is opened.
use crate::error::StoreError;
use crate::record;
use serde_json::{Value, json};

type Step = fn(&sled::Db) -> Result<(), StoreError>;

/// Steps by the schema that they start from: the first turns schema 1 into 2. To change the shape of what is kept, add
/// a step; never change one that was released.
const STEPS: &[Step] = &[roles_become_grants];

/// Accounts had one role on everything; now they have grants.
fn roles_become_grants(db: &sled::Db) -> Result<(), StoreError> {
    let accounts = db.open_tree("accounts")?;
    for entry in &accounts {
        let (name, bytes) = entry?;
        let mut record: Value = record::read("account", &bytes)?;
        if let Some(account) = record.get_mut("account").and_then(Value::as_object_mut)
            && let Some(role) = account.remove("role")
        {
            account.insert(
                "grants".to_owned(),
                json!([{ "role": role, "pool": null, "narrow": null }]),
            );
            accounts.insert(name, record::write(&record)?)?;
        }
    }
    Ok(())
}

/// The schema that this build reads and writes.
pub(crate) fn newest() -> u16 {
    1 + u16::try_from(STEPS.len()).unwrap_or(u16::MAX - 1)
}

/// Brings the database from schema `found` to the newest. `mark` records each step as done.
pub(crate) fn run(db: &sled::Db, found: u16, mark: impl Fn(u16) -> Result<(), StoreError>) -> Result<(), StoreError> {
    if found == 0 || found > newest() {
        return Err(StoreError::TooNew { found, known: newest() });
    }
    for (schema, step) in (1u16..).zip(STEPS).skip(usize::from(found) - 1) {
        tracing::info!(from = schema, to = schema + 1, "migrating the data folder");
        step(db)?;
        mark(schema + 1)?;
    }
    Ok(())
}
