//! What flows for as long as somebody looks: a container's log and its measurements.
use crate::Yard;
use crate::actor::Actor;
use crate::scoped::Scoped;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, stream};
use shipyard_engine::Connection;
use shipyard_fleet::stats::Heard;
use shipyard_fleet::tail::{LogCursor, LogWish};
use shipyard_model::stream::{LogMessage, StatsMessage};
use shipyard_model::{ContainerId, ContainerRef, Millis, Permission, Problem};

mod lines;

/// What of a log is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// So many of the newest lines; `None` for all.
    pub tail: Option<u32>,
    /// Only lines since then.
    pub since: Option<Millis>,
    /// Go on with new lines as they come.
    pub follow: bool,
    /// With [`LogOptions::follow`]: only what comes after a place that was told before, whatever `since` says.
    pub after: Option<LogCursor>,
}

impl Yard {
    /// A container's log as messages for its page: lines in batches, and how many were left out when they came faster
    /// than they were read. Dropping the stream ends it. All who follow one log share one stream from its engine.
    ///
    /// # Errors
    /// 403; 404; `engine.down`; 429 `logs.too-many`. What goes wrong later is the stream's last message.
    pub async fn logs(
        &self,
        actor: &Actor,
        engine: &str,
        name: &str,
        options: LogOptions,
    ) -> Result<BoxStream<'static, LogMessage>, Problem> {
        let (fleet, at) = self.find_one(actor, Permission::ContainerLogs, engine, name)?;
        let since = options.since.map(|at| at.0.saturating_mul(1_000_000));
        if options.follow {
            let wish = LogWish {
                tail: options.tail,
                since,
                after: options.after,
            };
            let reader = fleet.whole().follow_log(&at, wish)?;
            let messages = stream::unfold(reader, |mut reader| async { Some((reader.next().await?, reader)) });
            return Ok(messages.boxed());
        }
        let wanted = shipyard_engine::LogOptions {
            tail: options.tail,
            since,
            follow: false,
        };
        let log = fleet.connect(&at.engine)?.logs(&at.id, wanted);
        let log = log.map(|logged| logged.map(|logged| logged.line).map_err(|error| error.problem()));
        Ok(lines::batches(log).boxed())
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
        let (fleet, at) = self.find_one(actor, Permission::FleetView, engine, name)?;
        fleet.connect(&at.engine)?;
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
        let (fleet, at) = self.find_one(actor, permission, engine, name)?;
        Ok((fleet.connect(&at.engine)?, at.id))
    }

    /// A container where the actor has a permission, and the fleet as far as that reaches.
    fn find_one(
        &self,
        actor: &Actor,
        permission: Permission,
        engine: &str,
        name: &str,
    ) -> Result<(Scoped, ContainerRef), Problem> {
        let fleet = self.inner.gate.enter(actor, permission)?.fleet;
        let snapshot = fleet.snapshot();
        let (engine, container) = snapshot
            .container_named(engine, name)
            .ok_or_else(|| Problem::not_found("container", name))?;
        let at = ContainerRef {
            engine: engine.engine.id.clone(),
            id: container.id.clone(),
        };
        Ok((fleet, at))
    }
}
