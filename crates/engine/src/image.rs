//! Image references, and whether an engine has an image.
use crate::call_error::CallError;
use crate::connection::Connection;
use crate::wire::Limits;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Refuses what cannot be an image reference, before it stands in a request's path.
pub(crate) fn check(image: &str) -> Result<(), CallError> {
    let good = !image.is_empty()
        && image.len() <= 512
        && image.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && !image.contains("..")
        && !image.contains("//")
        && image
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-/:@[]".contains(&b));
    if good {
        Ok(())
    } else {
        Err(CallError::BadImage {
            image: image.chars().take(200).collect(),
        })
    }
}

/// The tag to pull besides the name; `None` when the reference has a tag or digest already.
pub(crate) fn default_tag(image: &str) -> Option<&'static str> {
    let last = image.rsplit('/').next().unwrap_or(image);
    (!last.contains([':', '@'])).then_some("latest")
}

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "Id")]
    id: String,
}

#[derive(Deserialize)]
struct Listed {
    /// Docker says `null` where there are none.
    #[serde(rename = "RepoTags", default)]
    tags: Option<Vec<String>>,
}

impl Connection {
    /// Names of all images that the engine has, with their tags.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn images(&self) -> Result<Vec<String>, CallError> {
        let all: Vec<Listed> = self.wire().get_json("/images/json", Limits::LIST).await?;
        let tags = all.into_iter().flat_map(|image| image.tags.unwrap_or_default());
        // Of one that lost its name to a newer one, Docker 20.10 says `<none>:<none>`.
        Ok(tags.filter(|tag| check(tag).is_ok()).collect())
    }

    /// Whether the engine has the image.
    ///
    /// # Errors
    /// [`CallError`] when that cannot be found out.
    pub async fn has_image(&self, image: &str) -> Result<bool, CallError> {
        Ok(self.image_id(image).await?.is_some())
    }

    /// Docker's id of the image that a reference stands for on this engine at the moment; `None` when it has none.
    ///
    /// # Errors
    /// [`CallError`] when that cannot be found out.
    pub async fn image_id(&self, image: &str) -> Result<Option<String>, CallError> {
        check(image)?;
        let path = format!("/images/{image}/json");
        match self.wire().get_json::<Identity>(&path, Limits::INSPECT).await {
            Ok(found) => Ok(Some(found.id)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks the image's registry whether there is one, from where the engine is
    /// (<https://docs.docker.com/reference/api/engine/version/v1.43/#tag/Distribution>). When there is none for this engine, the
    /// registry's words: for many registries one that is for others is the same as none.
    ///
    /// # Errors
    /// [`CallError`] when that cannot be found out, such as when the registry does not answer.
    pub async fn registry_lacks(&self, image: &str) -> Result<Option<String>, CallError> {
        check(image)?;
        let path = format!("/distribution/{image}/json");
        match self.wire().get_json::<IgnoredAny>(&path, Limits::INSPECT).await {
            Ok(_) => Ok(None),
            Err(CallError::Docker {
                status: 401 | 403 | 404,
                message,
            }) => Ok(Some(message)),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_no_way_out_of_a_path() {
        for good in ["nginx", "a/b:1.2", "reg.example:5000/a/b@sha256:0123", "[::1]:5000/a"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "a?b", "../x", "a/../b", "a b", "a#b", "-x", "a%2fb", "é"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_tag_is_latest_only_when_there_is_none() {
        assert_eq!(default_tag("nginx"), Some("latest"));
        assert_eq!(default_tag("reg:5000/nginx"), Some("latest"));
        assert_eq!(default_tag("nginx:1"), None);
        assert_eq!(default_tag("nginx@sha256:00"), None);
    }
}
