//! What daemons of different age understand. One that does not know a field passes over it without a word.
use crate::call_error::CallError;
use bollard::ClientVersion;
use shipyard_model::deploy::ContainerSpec;

/// The age of a daemon: the second number of its API, `41` of 1.41.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Age(usize);

impl Age {
    pub(crate) const fn of(version: &ClientVersion) -> Self {
        Self(version.minor_version)
    }

    /// Whether a hardware address is the endpoint's, not the container's.
    pub(super) const fn has_mac_of_endpoint(self) -> bool {
        self.0 >= 44
    }

    /// Yields a warning for each thing that this daemon will pass over.
    ///
    /// # Errors
    /// [`CallError::Docker`] with 400 where something else than what was asked for would come of it.
    pub(super) fn check(self, spec: &ContainerSpec) -> Result<Vec<String>, CallError> {
        let too_old = |since: usize, what: &str| {
            (self.0 < since).then(|| format!("{what} takes Docker's API 1.{since}, and this engine has 1.{}", self.0))
        };
        for (is_asked, since, what) in [
            (
                spec.volumes.iter().any(|it| !it.subpath.trim().is_empty()),
                45,
                "a part of a volume",
            ),
            (
                spec.networks.iter().any(|it| !it.endpoint.mac.trim().is_empty()),
                44,
                "a hardware address in a further network",
            ),
        ] {
            if let Some(message) = too_old(since, what).filter(|_| is_asked) {
                return Err(CallError::docker(400, &message));
            }
        }
        let endpoints = std::iter::once(&spec.endpoint).chain(spec.networks.iter().map(|it| &it.endpoint));
        let passed_over = [
            (!spec.annotations.is_empty(), 43, "annotations"),
            (
                spec.healthcheck.as_ref().is_some_and(|it| it.start_interval_ms > 0),
                44,
                "a health check's interval at the start",
            ),
            (
                endpoints.into_iter().any(|it| it.gateway_priority != 0),
                48,
                "the priority of a gateway",
            ),
        ];
        let warnings = passed_over.into_iter().filter(|(is_asked, ..)| *is_asked);
        Ok(warnings.filter_map(|(_, since, what)| too_old(since, what)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::deploy::VolumeSpec;

    #[test]
    fn what_a_daemon_is_too_old_for_is_said_or_refused() {
        let spec = ContainerSpec {
            annotations: vec![("a".to_owned(), "b".to_owned())],
            ..ContainerSpec::default()
        };
        let said = ["annotations takes Docker's API 1.43, and this engine has 1.41"];
        assert_eq!(Age(41).check(&spec).unwrap(), said);
        assert!(Age(43).check(&spec).unwrap().is_empty());
        let part = ContainerSpec {
            volumes: vec![VolumeSpec {
                subpath: "a".to_owned(),
                ..VolumeSpec::default()
            }],
            ..ContainerSpec::default()
        };
        assert!(Age(44).check(&part).is_err());
        assert!(Age(45).check(&part).is_ok());
        assert!(Age(40).check(&ContainerSpec::default()).unwrap().is_empty());
    }
}
