//! What flows for as long as somebody looks: a container's log and its measurements.
use crate::Yard;
use crate::actor::Actor;
use futures_util::{Stream, StreamExt, stream};
use shipyard_engine::{Connection, LogOptions};
use shipyard_fleet::stats::Heard;
use shipyard_model::stream::{LogMessage, StatsMessage};
use shipyard_model::{ContainerId, ContainerRef, Permission, Problem};

mod lines;

impl Yard {
    /// A container's log as messages for its page: lines in batches, and how many were left out when they came faster
    /// than they were read. Dropping the stream ends it.
    ///
    /// # Errors
    /// 403; 404; `engine.down`. What goes wrong later is the stream's last message.
    pub async fn logs(
        &self,
        actor: &Actor,
        engine: &str,
        name: &str,
        options: LogOptions,
    ) -> Result<impl Stream<Item = LogMessage> + Send + use<>, Problem> {
        let (connection, id) = self.reach(actor, Permission::ContainerLogs, engine, name)?;
        let following = options.follow;
        let log = connection
            .logs(&id, options)
            .map(|line| line.map_err(|error| error.problem()));
        Ok(lines::batches(log, following))
    }

    /// A container's measurements, about one a second, from the one stream that all who look at it share. Dropping it ends it.
    ///
    /// # Errors
    /// 403; 404; `engine.down`. What goes wrong later is the stream's last message.
    pub async fn stats(
        &self,
        actor: &Actor,
        engine: &str,
        name: &str,
    ) -> Result<impl Stream<Item = StatsMessage> + Send + use<>, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        let snapshot = fleet.snapshot();
        let (engine, container) = snapshot
            .container_named(engine, name)
            .ok_or_else(|| Problem::not_found("container", name))?;
        fleet.connect(&engine.engine.id)?;
        let at = ContainerRef {
            engine: engine.engine.id.clone(),
            id: container.id.clone(),
        };
        let viewer = fleet.whole().stats().view(&at);
        Ok(stream::unfold(Some(viewer), async |viewer| {
            let mut viewer = viewer?;
            Some(match viewer.next().await {
                Heard::Sample(sample) => (StatsMessage::Sample { sample }, Some(viewer)),
                Heard::Failed(why) => (StatsMessage::Failed { why }, None),
                Heard::Ended | Heard::Waiting => (StatsMessage::End, None),
            })
        }))
    }

    pub(crate) fn reach(
        &self,
        actor: &Actor,
        permission: Permission,
        engine: &str,
        name: &str,
    ) -> Result<(Connection, ContainerId), Problem> {
        let fleet = self.inner.gate.enter(actor, permission)?.fleet;
        let snapshot = fleet.snapshot();
        let (engine, container) = snapshot
            .container_named(engine, name)
            .ok_or_else(|| Problem::not_found("container", name))?;
        Ok((fleet.connect(&engine.engine.id)?, container.id.clone()))
    }
}
