//! Contexts: which servers there are, how each is believed, and as whom one is signed in there.
//!
//! One TOML file, `$XDG_CONFIG_HOME/shipyard/cli.toml`, which only its owner reads. It is replaced as a whole, so that an
//! interrupted write leaves the old one.
mod legacy;

use crate::error::{Exit, Failure, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// All contexts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// The one in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// Each by its name.
    #[serde(default)]
    pub contexts: BTreeMap<String, Context>,
}

/// A server, and who one is there.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Its address.
    pub url: String,
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The session or token, unless the keyring has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// The keyring has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keyring: bool,
    /// SHA-256 of the one certificate that is trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// File with further authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_cert: Option<PathBuf>,
    /// Any certificate will do, and so does none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_insecure: bool,
}

impl std::fmt::Debug for Context {
    /// Without the credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("url", &self.url)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// A folder of the person's, by the XDG rules.
fn xdg(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    set.or_else(|| Some(home()?.join(below_home)))
        .map(|path| path.join("shipyard"))
}

/// The person's home.
fn home() -> Option<PathBuf> {
    std::env::var_os("HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

/// Where the file is.
///
/// # Errors
/// Without a home there is no place for it.
pub fn path() -> Outcome<PathBuf> {
    xdg("XDG_CONFIG_HOME", ".config")
        .map(|folder| folder.join("cli.toml"))
        .ok_or_else(|| Failure::usage("There is no place for the configuration.").hint("Set HOME or XDG_CONFIG_HOME."))
}

/// Where the prompt's history is.
pub fn history_path() -> Option<PathBuf> {
    xdg("XDG_STATE_HOME", ".local/state").map(|folder| folder.join("history"))
}

impl Config {
    /// Reads the file. Where there is none, the original's `~/.shipyardrc` is read instead, once: the first change writes
    /// a file of ours.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn load() -> Outcome<Self> {
        match Self::read(&path()?)? {
            Some(config) => Ok(config),
            None => Ok(home()
                .and_then(|home| legacy::read(&home.join(".shipyardrc")))
                .unwrap_or_default()),
        }
    }

    /// Reads a file; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> Outcome<Option<Self>> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::failed(format!("{} cannot be read.", path.display())).because(&error)),
        };
        // The parser's message quotes the line at fault, which may hold a credential: it is not shown.
        toml::from_str(&text).map(Some).map_err(|error| {
            let line = error
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |before| before.lines().count().max(1));
            Failure::failed(format!(
                "{} is not written as it should be, around line {line}.",
                path.display()
            ))
            .hint("Mend or remove it, then sign in anew.")
        })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When that is not possible; the old one is as it was.
    pub fn save(&self) -> Outcome {
        self.write(&path()?)
    }

    /// Writes a file that only its owner reads, whole or not at all.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn write(&self, path: &Path) -> Outcome {
        let text =
            toml::to_string(self).map_err(|e| Failure::failed("The configuration cannot be written.").because(&e))?;
        write_private(path, text.as_bytes())
            .map_err(|e| Failure::failed(format!("{} cannot be written.", path.display())).because(&e))
    }

    /// The context of this name, else the one in use.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn find(&self, name: Option<&str>) -> Outcome<Option<(&str, &Context)>> {
        let Some(name) = name.or(self.current.as_deref()) else {
            return Ok(None);
        };
        match self.contexts.get_key_value(name) {
            Some((name, context)) => Ok(Some((name, context))),
            None => Err(Failure::new(Exit::NotFound, format!("There is no context “{name}”."))
                .hint("See: shipyard context list")),
        }
    }
}

/// Writes beside the file and puts it in its place.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().ok_or(std::io::ErrorKind::InvalidInput)?;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| {
            // One that was left behind may have other permissions.
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_private_and_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/cli.toml");
        assert_eq!(Config::read(&path).unwrap(), None);
        let mut config = Config::default();
        for url in ["https://one", "https://two"] {
            let context = Context {
                url: url.to_owned(),
                credential: Some("shs_x".to_owned()),
                ..Context::default()
            };
            config.contexts.insert("prod".to_owned(), context);
            config.write(&path).unwrap();
            assert_eq!(Config::read(&path).unwrap(), Some(config.clone()));
        }
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_broken_file_is_refused_without_its_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cli.toml");
        std::fs::write(&path, "current = \"a\"\n[contexts.a]\ncredential = \"shs_secret\n").unwrap();
        let failure = Config::read(&path).unwrap_err();
        assert!(failure.sentence.contains("line 3"), "{failure}");
        assert!(!format!("{failure:?}").contains("shs_secret"));
    }

    #[test]
    fn a_context_is_found_by_name_or_is_the_one_in_use() {
        let config: Config = toml::from_str("current = \"a\"\n[contexts.a]\nurl = \"https://a\"").unwrap();
        assert_eq!(config.find(None).unwrap().unwrap().0, "a");
        assert_eq!(config.find(Some("b")).unwrap_err().exit, Exit::NotFound);
        assert_eq!(Config::default().find(None).unwrap(), None);
    }

    proptest! {
        #[test]
        fn it_is_read_as_it_was_written(names in proptest::collection::btree_map(".*", ".*", 0..4), insecure: bool) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("cli.toml");
            let context = |text: String| Context {
                url: text.clone(),
                account: Some(text),
                allow_insecure: insecure,
                ..Context::default()
            };
            let config = Config {
                current: names.keys().next().cloned(),
                contexts: names.into_iter().map(|(name, text)| (name, context(text))).collect(),
            };
            config.write(&path).unwrap();
            prop_assert_eq!(Config::read(&path).unwrap(), Some(config));
        }
    }
}
