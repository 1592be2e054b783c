//! The original's `~/.shipyardrc`: which server, and as whom. Its token was for a server of that time and is not taken
//! along, a service key only if it is a token of today's.
use super::{Config, Context};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The context that it becomes.
const NAME: &str = "default";

#[derive(Deserialize)]
struct File {
    url: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    service_key: String,
    #[serde(default)]
    allow_insecure: bool,
}

/// Reads it; `None` where it is not there or cannot be read, because nobody asked for it.
pub(super) fn read(path: &Path) -> Option<Config> {
    let text = std::fs::read_to_string(path).ok()?;
    // The original did not cut off what an earlier, longer file had left behind the end.
    let file = serde_json::Deserializer::from_str(&text)
        .into_iter::<File>()
        .next()?
        .ok()?;
    let context = Context {
        url: file.url,
        account: Some(file.username).filter(|name| !name.is_empty()),
        credential: Some(file.service_key).filter(|key| key.starts_with("shp_")),
        allow_insecure: file.allow_insecure,
        ..Context::default()
    };
    Some(Config {
        current: Some(NAME.to_owned()),
        contexts: BTreeMap::from([(NAME.to_owned(), context)]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Option<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".shipyardrc");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn the_originals_file_becomes_a_context() {
        let config =
            from(r#"{"url":"http://1.1.1.1:8080","username":"admin","token":"$2a$10$x","allow_insecure":true}"#);
        let config = config.unwrap();
        let context = config.contexts.get("default").unwrap();
        assert_eq!(
            (context.url.as_str(), context.account.as_deref()),
            ("http://1.1.1.1:8080", Some("admin"))
        );
        assert!(context.allow_insecure && context.credential.is_none());
        assert_eq!(config.current.as_deref(), Some("default"));
    }

    #[test]
    fn what_a_longer_one_left_behind_does_not_matter() {
        let config = from("{\"url\":\"http://a\",\"service_key\":\"shp_a_b\"}\nrest of a longer one\"}").unwrap();
        assert_eq!(
            config.contexts.get("default").unwrap().credential.as_deref(),
            Some("shp_a_b")
        );
        assert_eq!(from("no json"), None);
    }
}
