//! Making a container from our specification, and, like one that there was, with what no specification can say.
use crate::call_error::CallError;
use crate::connection::{Connection, path_id};
use crate::image;
use crate::kept::Kept;
use crate::wire::Limits;
use bollard::query_parameters::RemoveContainerOptions;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shipyard_model::ContainerId;
use shipyard_model::deploy::ContainerSpec;
use std::collections::HashMap;

mod age;
mod body;
mod disks;
mod host;
mod mounts;
mod network;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;

pub(crate) use age::Age;
pub(crate) use host::SYSTEM_PATHS;

/// What an engine is asked for, in Docker's words.
pub(crate) struct Order {
    /// The body of the call that makes the container.
    pub(crate) body: Map<String, Value>,
    /// Networks that it joins when it is made, each with what it is there: older daemons take one in the body only.
    pub(crate) networks: Vec<(String, Map<String, Value>)>,
}

impl Order {
    pub(crate) fn of(spec: &ContainerSpec, labels: &[(String, String)], age: Age) -> Self {
        let mut body = object(body::body(spec, labels, age));
        // Docker's client knows this field no more.
        let mac = spec.endpoint.mac.trim();
        if !mac.is_empty() && !age.has_mac_of_endpoint() {
            body.insert("MacAddress".to_owned(), mac.into());
        }
        Self {
            body,
            networks: network::further(spec),
        }
    }
}

/// What Docker answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    id: String,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

impl Connection {
    /// Makes a container from a specification, under a name, with further labels, and has it join its networks; does not
    /// start it. Yields its id and warnings, of Docker's and of what this engine is too old for.
    ///
    /// # Errors
    /// [`CallError`] with Docker's reason, 404 when the image or a network is not there. There is no container then.
    pub async fn create(
        &self,
        spec: &ContainerSpec,
        name: &str,
        labels: &[(String, String)],
    ) -> Result<(ContainerId, Vec<String>), CallError> {
        let order = Order::of(spec, labels, self.age());
        self.make(spec, order, name).await
    }

    /// The same like another container was made: with what Docker knew of it and no specification can say. Policy has not
    /// judged that, so only who may have anything may ask for it.
    ///
    /// # Errors
    /// As [`Connection::create`]; [`CallError::Beyond`] when the specification has become another one just where
    /// something is kept.
    pub async fn create_like(
        &self,
        spec: &ContainerSpec,
        kept: &Kept,
        name: &str,
        labels: &[(String, String)],
    ) -> Result<(ContainerId, Vec<String>), CallError> {
        let mut order = Order::of(spec, labels, self.age());
        kept.add_to(&mut order).map_err(|beyond| CallError::Beyond {
            container: name.to_owned(),
            options: beyond.options,
        })?;
        self.make(spec, order, name).await
    }

    async fn make(
        &self,
        spec: &ContainerSpec,
        order: Order,
        name: &str,
    ) -> Result<(ContainerId, Vec<String>), CallError> {
        image::check(&spec.image)?;
        let mut warnings = self.age().check(spec)?;
        let mut half_made = None;
        match self.ask(order, name, &mut half_made).await {
            Ok(made) => {
                warnings.extend(made.warnings.unwrap_or_default());
                Ok((ContainerId::new(made.id), warnings))
            }
            Err(error) => {
                if let Some(id) = half_made {
                    self.discard(&id).await;
                }
                Err(error)
            }
        }
    }

    async fn ask(&self, order: Order, name: &str, half_made: &mut Option<ContainerId>) -> Result<Created, CallError> {
        let _turn = self.turn().await;
        let path = format!("/containers/create?name={}", segment(name));
        let made = self.wire().post(&path, &Value::Object(order.body), Limits::ACT).await?;
        let made: Created =
            serde_json::from_slice(&made).map_err(|e| CallError::Unreadable { reason: e.to_string() })?;
        for (network, endpoint) in order.networks {
            *half_made = Some(ContainerId::new(made.id.clone()));
            let path = format!("/networks/{}/connect", segment(&network));
            let join = json!({ "Container": made.id, "EndpointConfig": endpoint });
            self.wire().post(&path, &join, Limits::ACT).await?;
        }
        Ok(made)
    }

    /// Removes what was made only half, with the volumes that were made for it. What is left if that fails too, it was not
    /// started.
    async fn discard(&self, id: &ContainerId) {
        let (Ok(name), Ok(docker)) = (path_id(id), self.docker(Limits::ACT)) else {
            return;
        };
        let options = RemoveContainerOptions {
            force: true,
            v: true,
            link: false,
        };
        let _turn = self.turn().await;
        let removed = docker.remove_container(name, Some(options));
        if let Err(error) = self.wire().call(Limits::ACT, removed).await {
            tracing::warn!(id = name, %error, "a container that could not join its networks stays behind");
        }
    }

    pub(crate) fn age(&self) -> Age {
        Age::of(self.version())
    }
}

/// A name as it may stand in a request's path.
fn segment(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

/// A type of Docker's client as it is sent.
fn object(value: impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

pub(crate) use host::restart;

#[cfg(test)]
pub(crate) use tests::{age as test_age, everything, order as order_of};

/// Entries in order as Docker's object of them; nothing where there are none.
fn entries(all: &[(String, String)]) -> Option<HashMap<String, String>> {
    some(all.iter().cloned().collect())
}

/// Nothing where the value is the one that stands for "as Docker has it".
pub(crate) fn some<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

/// A text without white space around it, as it was validated and judged; nothing where it is empty.
pub(crate) fn text(value: &str) -> Option<String> {
    some(value.trim().to_owned())
}

/// The largest number of Docker's where ours is larger still.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
