//! A deploy as text, and a container that is there as a deploy.
use crate::Yard;
use crate::activity::list;
use crate::actor::Actor;
use crate::find::{find_container, find_engine};
use crate::scale::{made_as, target};
use shipyard_fleet::names::without_number;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::deploy::DeployRequest;
use shipyard_model::text::{TextForm, TextRead, TextToRead, TextToWrite, TextWritten};
use shipyard_model::{Permission, Problem};
use std::sync::Arc;

impl Yard {
    /// What a `docker run` line, a Compose file or a link asks for. Nothing is judged and nothing happens.
    ///
    /// # Errors
    /// 403; 422 with the option, or the line and column, that cannot be read.
    pub fn text_read(&self, actor: &Actor, asked: &TextToRead) -> Result<TextRead, Problem> {
        self.inner.gate.enter(actor, Permission::Deploy)?;
        shipyard_text::read(asked)
    }

    /// A deploy as text.
    ///
    /// # Errors
    /// 403.
    pub fn text_write(&self, actor: &Actor, asked: &TextToWrite) -> Result<TextWritten, Problem> {
        self.inner.gate.enter(actor, Permission::Deploy)?;
        Ok(shipyard_text::write(asked))
    }

    /// The deploy that would make another container like one, by the names of its engine and its own. Values of its
    /// environment are in it with `reveal`, for those who may see them; others are told which they have to write themselves.
    ///
    /// # Errors
    /// 403; 404; `container.beyond-spec` with the options that no deploy can say; `engine.down`.
    pub async fn deploy_like(
        &self,
        actor: &Actor,
        engine: &str,
        name: &str,
        reveal: bool,
    ) -> Result<TextRead, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let _turn = self.inner.asking.plan(actor)?;
        let snapshot = fleet.snapshot();
        let engine = Arc::clone(find_engine(&snapshot, engine)?);
        let container = Arc::clone(find_container(&engine, name)?);
        let at = (Arc::clone(&engine), Arc::clone(&container));
        let mut spec = made_as(&fleet, &at).await?.spec;
        if container.labels.contains_key(LABEL_DEPLOY) {
            without_number(&container.name).clone_into(&mut spec.name);
        }
        let mut notes = Vec::new();
        if !spec.env.is_empty() {
            let may_see = actor.may(Permission::ContainerSecrets) && {
                let secrets = self.inner.gate.enter(actor, Permission::ContainerSecrets)?.fleet;
                secrets.scope().has_container(&engine.engine.labels, &container)
            };
            if may_see && reveal {
                let subject = ActivitySubject::new("container", &container.name).on(engine.engine.name.as_str());
                let intent = self
                    .inner
                    .activity
                    .begin(actor, "container.reveal", subject, "")
                    .await?;
                intent.outcome(Ok(())).await?;
            } else {
                let names = list(spec.env.iter().map(|(name, _)| name.clone()));
                let (code, why) = if may_see {
                    (
                        "text.values-left-out",
                        "Values of the environment are shown to who asks for them",
                    )
                } else {
                    (
                        "text.values-hidden",
                        "Your role does not show values of the environment",
                    )
                };
                let detail = format!("{why}: write those of {names}.");
                notes.push(Problem::new(200, code, detail).arg("names", names));
                spec.env.iter_mut().for_each(|(_, value)| value.clear());
            }
        }
        Ok(TextRead {
            form: TextForm::Link,
            request: DeployRequest {
                target: target(&snapshot, &engine, &spec),
                spec,
                ..DeployRequest::default()
            },
            notes,
        })
    }
}
