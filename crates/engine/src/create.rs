//! Making a container from our specification.
use crate::call_error::CallError;
use crate::connection::Connection;
use crate::image;
use crate::wire::Limits;
use bollard::query_parameters::CreateContainerOptions;
use shipyard_model::ContainerId;
use shipyard_model::deploy::ContainerSpec;

mod body;
mod host;
mod mounts;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;

impl Connection {
    /// Makes a container from a specification, under a name, with further labels; does not start it. Yields its id and
    /// Docker's warnings.
    ///
    /// # Errors
    /// [`CallError`] with Docker's reason, 404 when the image is not there.
    pub async fn create(
        &self,
        spec: &ContainerSpec,
        name: &str,
        labels: &[(String, String)],
    ) -> Result<(ContainerId, Vec<String>), CallError> {
        image::check(&spec.image)?;
        let docker = self.docker(Limits::ACT)?;
        let options = CreateContainerOptions {
            name: Some(name.to_owned()),
            platform: String::new(),
        };
        let _turn = self.turn().await;
        let made = self
            .wire()
            .call(
                Limits::ACT,
                docker.create_container(Some(options), body::body(spec, labels)),
            )
            .await?;
        Ok((ContainerId::new(made.id), made.warnings))
    }
}

pub(crate) use host::restart;

#[cfg(test)]
pub(crate) use body::body as body_of;
#[cfg(test)]
pub(crate) use tests::everything;

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
