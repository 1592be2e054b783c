//! What is done to a container that exists.
use crate::answer::{Answer, JSON, Refusal, done, ok, stream};
use crate::changes::signal;
use crate::container::State;
use crate::route::Route;
use crate::serve::Call;
use bytes::Bytes;
use futures_util::stream as streams;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn act(call: &Call) -> Result<Answer, Refusal> {
    let query = &call.query;
    call.engine.with(|daemon| {
        let asked = call.about.as_str();
        let number = match call.route {
            Route::Kill => signal(query.get("signal").filter(|s| !s.is_empty()).unwrap_or("SIGKILL"))?,
            _ => 0,
        };
        let place = daemon.find(asked).map_err(|refusal| match call.route {
            Route::Kill => Refusal::new(404, format!("Cannot kill container: {asked}: {}", refusal.message)),
            _ => refusal,
        })?;
        match call.route {
            Route::Start => daemon.start(place),
            Route::Stop => daemon.stop(place),
            Route::Restart => daemon.restart(place),
            Route::Pause => daemon.pause(place),
            Route::Unpause => daemon.unpause(place),
            Route::Rename => daemon.rename(place, query.get("name").unwrap_or_default()),
            Route::Remove => daemon.remove(place, query.is_on("force"), query.is_on("v")),
            _ => daemon.kill(place, number, asked),
        }
        .map(|_| done())
    })
}

pub(super) async fn update(call: &mut Call) -> Result<Answer, Refusal> {
    let asked = call.json().await?;
    let Value::Object(limits) = asked else {
        return Err(Refusal::new(400, "invalid update"));
    };
    call.engine.with(|daemon| {
        let place = daemon.find(&call.about)?;
        let (world, engine) = (Arc::clone(&daemon.world), daemon.engine);
        if let Some(container) = daemon.touch(place) {
            container.amend(&world, engine, |spec| {
                // What is zero stays as it is; a limit of processes may be taken away.
                let said = limits.into_iter().filter(|(key, value)| match value {
                    Value::Null => false,
                    Value::Number(number) => number.as_i64() != Some(0) || key == "PidsLimit",
                    Value::String(text) => !text.is_empty(),
                    Value::Object(policy) => policy.get("Name").is_none_or(|name| name != ""),
                    _ => true,
                });
                spec.host_config.extend(said);
            });
        }
        daemon.tell(place, "update", None, None);
        Ok(ok(&json!({"Warnings": null})))
    })
}

/// Ends when the container does; its head comes at once.
pub(super) fn wait(call: &Call) -> Result<Answer, Refusal> {
    let engine = Arc::clone(&call.engine);
    let id = engine.with(|daemon| daemon.by_name(&call.about).map(|c| c.id))?;
    let next_exit = call.query.get("condition") == Some("next-exit");
    let run = engine.with(|daemon| daemon.by_name(&id.to_string()).map(|c| c.run))?;
    let waiting = async move {
        loop {
            let changed = engine.changed.notified();
            let state = engine.with(|daemon| {
                let found = daemon.containers.iter().find(|c| c.id == id);
                found.map(|c| (c.state, c.exit_code, c.run))
            });
            let code = match state {
                None => Some(0),
                Some((State::Running | State::Paused, ..)) => None,
                Some((_, code, now)) if !next_exit || now > run => Some(code),
                Some((_, code, now)) => (now == run && !next_exit).then_some(code),
            };
            if let Some(code) = code {
                let text = format!("{}\n", json!({"Error": null, "StatusCode": code}));
                return Ok(Bytes::from(text));
            }
            changed.await;
        }
    };
    Ok(stream(Some(JSON), streams::once(waiting)))
}
