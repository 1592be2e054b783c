//! A webhook arrives: who it is from is proved first, then it is read, then its image is rolled.
use crate::Yard;
use crate::actor::Actor;
use crate::webhooks::GoingOn;
use crate::webhooks::sign::{Signed, delivery, is_signed};
use serde::Deserialize;
use shipyard_model::image::{full_name, is_tag, tag_fits};
use shipyard_model::roll::RollRequest;
use shipyard_model::webhook::PREFIX;
use shipyard_model::{Millis, OperationId, Problem, Secret};
use shipyard_store::{WebhookRecord, WebhookSecret};
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use subtle::ConstantTimeEq;
use tokio::task::JoinHandle;

/// How far the time of a delivery may be off.
const OFF_MS: u64 = 5 * 60 * 1000;

/// What Docker Hub sends, as far as it is of use.
#[derive(Deserialize)]
struct Hub {
    repository: HubRepository,
    #[serde(default)]
    push_data: HubPush,
}

#[derive(Deserialize)]
struct HubRepository {
    repo_name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HubPush {
    tag: Option<String>,
}

/// What a generic one sends.
#[derive(Deserialize)]
struct Generic {
    #[serde(alias = "repository")]
    image: String,
    #[serde(default)]
    tag: Option<String>,
}

/// The same for a wrong key, one that is gone, and one whose owner is: which one is not told.
fn unknown() -> Problem {
    Problem::new(
        404,
        "webhook.unknown",
        "There is no such webhook, or it is not for this image.",
    )
    .hint("See the key's image and whether its account may sign in.")
}

fn unreadable() -> Problem {
    Problem::new(
        400,
        "webhook.unreadable",
        "What was sent is not what this webhook takes.",
    )
    .hint("Docker Hub's has repository.repo_name; a generic one has image and tag, as JSON.")
}

impl Yard {
    /// Docker Hub says that an image is newer. Yields the operation that rolls it; `None` when nothing runs it, or a roll
    /// goes on that will be followed by another.
    ///
    /// # Errors
    /// 404 `webhook.unknown` for a wrong key and for another image; 429 `webhook.slow`; 400 `webhook.unreadable`; those of
    /// [`Yard::roll`].
    pub async fn webhook_of_hub(
        &self,
        key: &Secret,
        body: &[u8],
        from: Option<IpAddr>,
    ) -> Result<Option<OperationId>, Problem> {
        self.knock(from)?;
        let text = key.reveal();
        let id = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_'));
        let known = id.and_then(|(id, _)| self.inner.webhooks.get(id)).ok_or_else(unknown)?;
        let shown = WebhookSecret::shown(text.as_bytes());
        let same: bool = match (&known.secret, &shown) {
            (WebhookSecret::Shown(hash), WebhookSecret::Shown(shown)) => hash.ct_eq(shown).into(),
            _ => false,
        };
        if !same {
            tracing::warn!(?from, "a webhook key that does not hold");
            return Err(unknown());
        }
        let actor = self.admitted(&known, from)?;
        let hub: Hub = serde_json::from_slice(body).map_err(|_| unreadable())?;
        self.announced(&known, &actor, &hub.repository.repo_name, hub.push_data.tag)
            .await
    }

    /// A signed webhook says that an image is newer; as [`Yard::webhook_of_hub`].
    ///
    /// The signature is over the body. Where a delivery and its time are named, it is over time, delivery and body with dots
    /// between, so that nobody can take them away and send it again.
    ///
    /// # Errors
    /// Besides: 401 `webhook.signature`; 400 `webhook.delivery` when one of the two is missing or cannot be read; 422
    /// `webhook.time` when it is more than five minutes off; 409 `webhook.again` for a delivery that came already.
    pub async fn webhook_signed(
        &self,
        id: &str,
        signed: Signed<'_>,
        body: &[u8],
        from: Option<IpAddr>,
    ) -> Result<Option<OperationId>, Problem> {
        self.knock(from)?;
        let known = self.inner.webhooks.get(id).ok_or_else(unknown)?;
        let WebhookSecret::Signs(secret) = &known.secret else {
            return Err(unknown());
        };
        let delivery = delivery(&signed)?;
        if !is_signed(secret, &signed, body) {
            tracing::warn!(?from, webhook = id, "a webhook with a wrong signature");
            return Err(
                Problem::new(401, "webhook.signature", "The signature is not that of this key.")
                    .hint("Send X-Hub-Signature-256: sha256= and the HMAC-SHA256 of the body, in hexadecimal digits."),
            );
        }
        let actor = self.admitted(&known, from)?;
        if let Some((delivery, sent)) = delivery {
            if Millis::now().0.abs_diff(sent.0) > OFF_MS {
                return Err(Problem::new(
                    422,
                    "webhook.time",
                    "The time of this delivery is more than five minutes off.",
                )
                .hint("Set the clock of the machine that sends it."));
            }
            self.inner.webhooks.memory.deliver(id, delivery, Instant::now())?;
        }
        let sent: Generic = serde_json::from_slice(body).map_err(|_| unreadable())?;
        self.announced(&known, &actor, &sent.image, sent.tag).await
    }

    fn knock(&self, from: Option<IpAddr>) -> Result<(), Problem> {
        let address = from.map(|address| address.to_string()).unwrap_or_default();
        self.inner.webhooks.memory.by_address(&address, Instant::now())
    }

    /// Who it acts for, once it proved that it has the key.
    fn admitted(&self, known: &Arc<WebhookRecord>, from: Option<IpAddr>) -> Result<Actor, Problem> {
        self.inner.webhooks.memory.by_key(&known.row.id, Instant::now())?;
        let actor = self.inner.accounts.keyholder(&known.row, from).ok_or_else(unknown)?;
        self.note_webhook_use(known);
        Ok(actor)
    }

    /// Rolls what was announced, if it is the key's image: the whole name, not a part of it.
    async fn announced(
        &self,
        known: &Arc<WebhookRecord>,
        actor: &Actor,
        image: &str,
        tag: Option<String>,
    ) -> Result<Option<OperationId>, Problem> {
        let row = &known.row;
        let (name, sent_tag) = split(image);
        let tag = tag.or(sent_tag);
        if full_name(name).is_none() || full_name(name) != full_name(&row.image) {
            return Err(unknown());
        }
        if let Some(tag) = &tag {
            if !is_tag(tag) {
                return Err(unreadable());
            }
            if !row.tag.as_deref().is_none_or(|pattern| tag_fits(pattern, tag)) {
                return Ok(None);
            }
        }
        let request = RollRequest {
            image: row.image.clone(),
            tag: tag.or_else(|| row.tag.clone()),
            ..RollRequest::default()
        };
        self.roll_in_turn(known, actor, request).await
    }

    /// One roll at a time for a key and tag: what is announced while one goes on is rolled after it, once.
    async fn roll_in_turn(
        &self,
        known: &Arc<WebhookRecord>,
        actor: &Actor,
        request: RollRequest,
    ) -> Result<Option<OperationId>, Problem> {
        let place = (known.row.id.clone(), request.tag.clone().unwrap_or_default());
        match self.inner.webhooks.going_on().entry(place.clone()) {
            Entry::Occupied(mut going_on) => {
                going_on.get_mut().again = true;
                return Ok(going_on.get().operation.clone());
            }
            Entry::Vacant(free) => free.insert(GoingOn::default()),
        };
        let begun = self.roll_begun(actor, request.clone()).await;
        let (id, work) = match begun {
            Ok(begun) => begun,
            Err(problem) => {
                self.inner.webhooks.going_on().remove(&place);
                // Nothing runs it yet: that is no fault of who says that it is newer.
                return if problem.code == "roll.none" {
                    Ok(None)
                } else {
                    Err(problem)
                };
            }
        };
        if let Some(going_on) = self.inner.webhooks.going_on().get_mut(&place) {
            going_on.operation = Some(id.clone());
        }
        let (yard, known, from) = (self.clone(), Arc::clone(known), actor.from());
        tokio::spawn(async move { yard.until_none_waits(place, &known, from, request, work).await });
        Ok(Some(id))
    }

    async fn until_none_waits(
        &self,
        place: (String, String),
        known: &WebhookRecord,
        from: Option<IpAddr>,
        request: RollRequest,
        mut work: JoinHandle<()>,
    ) {
        loop {
            if let Err(error) = work.await {
                tracing::error!(%error, "a roll ended early");
            }
            let again = {
                let mut all = self.inner.webhooks.going_on();
                let again = all.get_mut(&place).is_some_and(|it| std::mem::take(&mut it.again));
                if !again {
                    all.remove(&place);
                }
                again
            };
            if !again {
                return;
            }
            // As the key and its owner are now: either may be gone.
            let still = self.inner.webhooks.get(&known.row.id);
            let actor = still.and_then(|known| self.inner.accounts.keyholder(&known.row, from));
            let begun = match actor {
                Some(actor) => self.roll_begun(&actor, request.clone()).await.ok(),
                None => None,
            };
            let Some((id, next)) = begun else {
                self.inner.webhooks.going_on().remove(&place);
                return;
            };
            if let Some(going_on) = self.inner.webhooks.going_on().get_mut(&place) {
                going_on.operation = Some(id);
            }
            work = next;
        }
    }
}

/// `team/web` and `1` of `team/web:1`.
fn split(image: &str) -> (&str, Option<String>) {
    let image = image.trim();
    let slash = image.rfind('/').map_or(0, |at| at + 1);
    let (_, last) = image.split_at(slash);
    match last.split_once(':') {
        Some((name, tag)) => (image.get(..slash + name.len()).unwrap_or(image), Some(tag.to_owned())),
        None => (image, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_may_be_in_the_name() {
        for (image, name, tag) in [
            ("team/web:1", "team/web", Some("1")),
            ("team/web", "team/web", None),
            ("10.0.0.1:5000/web", "10.0.0.1:5000/web", None),
            ("10.0.0.1:5000/web:lab", "10.0.0.1:5000/web", Some("lab")),
        ] {
            assert_eq!(split(image), (name, tag.map(str::to_owned)));
        }
    }
}
