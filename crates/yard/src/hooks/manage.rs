//! What people do with hooks. Whoever makes or changes one answers for it: it sends what this account may read.
use super::{State, Watched, check, tries};
use crate::accounts::random_bytes;
use crate::fault::store_problem;
use crate::{Actor, Yard};
use shipyard_courier::{OLD_SECRET_HOLDS, SECRET_BYTES, secret_text};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::hook::{Delivery, Hook, MadeHook, NewHook};
use shipyard_model::{Millis, Permission, Problem};
use shipyard_store::{DeliveryRecord, HookRecord, HookSecret};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Most hooks: each has a sender of its own.
const MOST: usize = 50;

fn subject(hook: &Hook) -> ActivitySubject {
    ActivitySubject::new("hook", hook.name.clone())
}

fn new_secret() -> Result<(HookSecret, String), Problem> {
    let bytes = Zeroizing::new(random_bytes::<SECRET_BYTES>()?);
    let text = secret_text(&*bytes);
    Ok((HookSecret::new(Zeroizing::new(bytes.to_vec())), text))
}

impl Yard {
    /// All hooks, by name.
    ///
    /// # Errors
    /// 403.
    pub fn hooks(&self, actor: &Actor) -> Result<Vec<Hook>, Problem> {
        self.inner.gate.enter(actor, Permission::HookManage)?;
        let mut all: Vec<_> = self
            .inner
            .hooks
            .all()
            .iter()
            .map(|watched| watched.hook().clone())
            .collect();
        all.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(all)
    }

    /// A hook.
    ///
    /// # Errors
    /// 403; 404.
    pub fn hook(&self, actor: &Actor, id: &str) -> Result<Hook, Problem> {
        self.inner.gate.enter(actor, Permission::HookManage)?;
        Ok(self.inner.hooks.find(id)?.hook().clone())
    }

    /// What asks for more than the permission to manage hooks: whoever says where activity goes reads it, and proved
    /// lately who they are, because a hook goes on when the session that made it is long over.
    fn answers_for(&self, actor: &Actor) -> Result<Millis, Problem> {
        self.fresh(actor)?;
        self.inner.gate.enter(actor, Permission::ActivityRead)?;
        Ok(self.own_record(actor)?.account.created)
    }

    /// Makes a hook. What happens from now on is sent.
    ///
    /// # Errors
    /// 403; 422, by field; 409 when there are too many.
    pub async fn hook_create(&self, actor: &Actor, new: NewHook) -> Result<MadeHook, Problem> {
        self.inner.gate.enter(actor, Permission::HookManage)?;
        let hooks = &self.inner.hooks;
        let allowed = hooks.courier.allowed();
        let detail = check::address(&new.url, allowed).map_or(String::new(), |address| address.host().to_owned());
        let subject = ActivitySubject::new("hook", new.name.trim());
        let work = async {
            let maker_since = self.answers_for(actor)?;
            let new = check::check(new, allowed)?;
            let _turn = hooks.changing.lock().await;
            if hooks.all().len() >= MOST {
                return Err(Problem::new(409, "hook.too-many", format!("There are {MOST} hooks."))
                    .hint("Remove those that are not needed.")
                    .arg("most", MOST));
            }
            let (secret, text) = new_secret()?;
            let now = Millis::now();
            let hook = Hook {
                id: crate::accounts::base32(&random_bytes::<10>()?),
                name: new.name,
                url: new.url,
                actions: new.actions,
                refused_too: new.refused_too,
                engines: new.engines,
                enabled: new.enabled,
                stopped: None,
                created: now,
                by: actor.account().to_owned(),
                secret_since: now,
            };
            let record = HookRecord {
                hook: hook.clone(),
                maker_since,
                secret,
                before: None,
            };
            self.put_hook(record, State::new(self.end_of_log()), true, false)
                .await?;
            Ok(MadeHook { hook, secret: text })
        };
        self.recorded(actor, "hook.create", subject, &detail, work).await
    }

    fn end_of_log(&self) -> u64 {
        *self.inner.activity.end().borrow()
    }

    /// Keeps a hook as it is now, and sends for it from where its state is. `anew`: the place on the disk is set too.
    async fn put_hook(&self, record: HookRecord, state: Arc<State>, anew: bool, at_once: bool) -> Result<(), Problem> {
        let cursor = state.cursor.load(std::sync::atomic::Ordering::Acquire);
        let kept = self.inner.hooks.shelf.put(&record, anew.then_some(cursor)).await;
        kept.map_err(|e| store_problem(&e))?;
        let (id, is_on) = (record.hook.id.clone(), record.hook.enabled);
        self.watch(Arc::new(Watched { record, state }), at_once);
        if !is_on {
            let settled = self.inner.hooks.shelf.settle(&id).await;
            settled.map_err(|e| store_problem(&e))?;
        }
        Ok(())
    }

    /// Changes a hook; whoever does so answers for it from now on. One that is turned on sends what happens from now on.
    ///
    /// # Errors
    /// 403; 404; 422, by field.
    pub async fn hook_change(&self, actor: &Actor, id: &str, new: NewHook) -> Result<Hook, Problem> {
        self.inner.gate.enter(actor, Permission::HookManage)?;
        let hooks = &self.inner.hooks;
        let allowed = hooks.courier.allowed();
        let subject = subject(hooks.find(id)?.hook());
        let detail = check::address(&new.url, allowed).map_or(String::new(), |address| address.host().to_owned());
        let work = async {
            let maker_since = self.answers_for(actor)?;
            let new = check::check(new, allowed)?;
            let _turn = hooks.changing.lock().await;
            let old = hooks.find(id)?;
            // What is under way comes to its end first, so that nothing is written of it afterwards.
            let _quiet = old.state.turn.lock().await;
            let was_on = old.hook().enabled;
            let mut record = old.record.clone();
            record.maker_since = maker_since;
            record.hook = Hook {
                name: new.name,
                url: new.url,
                actions: new.actions,
                refused_too: new.refused_too,
                engines: new.engines,
                enabled: new.enabled,
                stopped: None,
                by: actor.account().to_owned(),
                ..record.hook
            };
            let hook = record.hook.clone();
            let state = match was_on {
                true => Arc::clone(&old.state),
                false => State::new(self.end_of_log()),
            };
            self.put_hook(record, state, !was_on, true).await?;
            Ok(hook)
        };
        self.recorded(actor, "hook.change", subject, &detail, work).await
    }

    /// Removes a hook with its log of deliveries.
    ///
    /// # Errors
    /// 403; 404.
    pub async fn hook_remove(&self, actor: &Actor, id: &str) -> Result<(), Problem> {
        self.inner.gate.enter(actor, Permission::HookManage)?;
        let hooks = &self.inner.hooks;
        let subject = subject(hooks.find(id)?.hook());
        let work = async {
            let _turn = hooks.changing.lock().await;
            hooks.find(id)?;
            hooks.shelf.remove(id).await.map_err(|e| store_problem(&e))?;
            hooks.forget(id);
            Ok(())
        };
        self.recorded(actor, "hook.remove", subject, "", work).await
    }

    /// Gives a hook another secret. For a day requests are signed with both.
    ///
    /// # Errors
    /// 403; 404.
    pub async fn hook_rotate(&self, actor: &Actor, id: &str) -> Result<MadeHook, Problem> {
        self.inner.gate.enter(actor, Permission::HookManage)?;
        let hooks = &self.inner.hooks;
        let subject = subject(hooks.find(id)?.hook());
        let work = async {
            self.answers_for(actor)?;
            let _turn = hooks.changing.lock().await;
            let old = hooks.find(id)?;
            let (secret, text) = new_secret()?;
            let now = Millis::now();
            let holds = i64::try_from(OLD_SECRET_HOLDS.as_millis()).unwrap_or(0);
            let mut record = old.record.clone();
            record.before = Some((
                std::mem::replace(&mut record.secret, secret),
                Millis(now.0.saturating_add(holds)),
            ));
            record.hook.secret_since = now;
            let hook = record.hook.clone();
            self.put_hook(record, Arc::clone(&old.state), false, false).await?;
            Ok(MadeHook { hook, secret: text })
        };
        self.recorded(actor, "hook.rotate", subject, "", work).await
    }

    /// The newest deliveries of a hook, newest first.
    ///
    /// # Errors
    /// 403; 404.
    pub async fn hook_deliveries(&self, actor: &Actor, id: &str) -> Result<Vec<Delivery>, Problem> {
        self.inner.gate.enter(actor, Permission::HookManage)?;
        let rows = self.delivery_rows(id).await?;
        Ok(rows.into_iter().map(|row| row.delivery).collect())
    }

    async fn delivery_rows(&self, id: &str) -> Result<Vec<DeliveryRecord>, Problem> {
        let hooks = &self.inner.hooks;
        hooks.find(id)?;
        hooks.shelf.deliveries(id).await.map_err(|e| store_problem(&e))
    }

    /// Sends a record that says nothing but that it is a test, once, also when the hook is off.
    ///
    /// # Errors
    /// 403; 404. A receiver that does not take it is no error: the delivery says so.
    pub async fn hook_test(&self, actor: &Actor, id: &str) -> Result<Delivery, Problem> {
        self.inner.gate.enter(actor, Permission::HookManage)?;
        let hooks = &self.inner.hooks;
        let watched = hooks.find(id)?;
        let subject = subject(watched.hook());
        let record = crate::activity::record(actor.into(), "hook.test", subject.clone(), "");
        let work = async {
            let name = format!("msg_{id}_test{}", crate::accounts::base32(&random_bytes::<10>()?));
            let mut row = tries::new(&watched, name, record);
            let _turn = watched.state.turn.lock().await;
            hooks.try_once(&watched.record, &mut row).await;
            let kept = hooks.shelf.put_delivery(&row, None).await;
            kept.map_err(|e| store_problem(&e))?;
            Ok(row.delivery)
        };
        self.recorded(actor, "hook.test", subject, "", work).await
    }

    /// Sends a delivery again, once, under the id that it had.
    ///
    /// # Errors
    /// 403; 404; 409 `hook.maker`. A receiver that does not take it is no error: the delivery says so.
    pub async fn hook_again(&self, actor: &Actor, id: &str, delivery: &str) -> Result<Delivery, Problem> {
        self.inner.gate.enter(actor, Permission::HookManage)?;
        let hooks = &self.inner.hooks;
        let watched = hooks.find(id)?;
        let subject = subject(watched.hook());
        let work = async {
            let _turn = watched.state.turn.lock().await;
            self.inner.maker(&watched.record)?;
            let rows = self.delivery_rows(id).await?;
            let row = rows.into_iter().find(|row| row.delivery.id == delivery);
            let mut row = row.ok_or_else(|| Problem::not_found("delivery", delivery))?;
            let (was_taken, next_try) = (row.delivery.delivered, row.delivery.next_try);
            hooks.try_once(&watched.record, &mut row).await;
            row.delivery.next_try = next_try.filter(|_| !row.delivery.delivered);
            row.delivery.delivered |= was_taken;
            let kept = hooks.shelf.put_delivery(&row, None).await;
            kept.map_err(|e| store_problem(&e))?;
            if next_try.is_some() && row.delivery.delivered {
                watched.state.again.notify_one();
            }
            Ok(row.delivery)
        };
        self.recorded(actor, "hook.again", subject, delivery, work).await
    }
}
