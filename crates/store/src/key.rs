//! The master key: 32 random bytes in a file outside the data folder, readable by its owner alone.
use crate::error::KeyError;
use crate::files::{private_folder, sync_folder};
use crate::keycheck;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write as _};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The key under which the store seals secrets. It has no `Debug`, no `Display` and no `Serialize`.
pub struct MasterKey {
    bytes: Zeroizing<[u8; 32]>,
    id: String,
}

impl MasterKey {
    /// Reads the key file, or makes it (mode 0400, its folder 0700) when the data folder was never sealed.
    ///
    /// # Errors
    /// When the file lies inside the data folder, can be read by others, holds no key, cannot be read or made, or is
    /// missing though the data folder was sealed with it.
    pub fn load_or_create(file: &Path, data_dir: &Path) -> Result<Self, KeyError> {
        if resolved(file).starts_with(resolved(data_dir)) {
            return Err(KeyError::InsideData(file.to_owned()));
        }
        let sealed = keycheck::exists(data_dir);
        match read(file) {
            Ok(None) if sealed => Err(KeyError::Malformed(file.to_owned())),
            Ok(None) => {
                // A start that was killed while it made the file leaves it empty; nothing was sealed with it.
                std::fs::remove_file(file).map_err(io(file, "made"))?;
                create(file)
            }
            Ok(Some(key)) => Ok(key),
            Err(KeyError::Io { cause, .. }) if cause.kind() == ErrorKind::NotFound => {
                if sealed {
                    return Err(KeyError::Missing(file.to_owned()));
                }
                create(file)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads the key file of a data folder and makes none.
    ///
    /// # Errors
    /// When the file can be read by others, holds no key, or cannot be read.
    pub fn load(file: &Path) -> Result<Self, KeyError> {
        read(file)?.ok_or_else(|| KeyError::Malformed(file.to_owned()))
    }

    pub(crate) fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"shipyard/v1|key-id|");
        hash.update(bytes.as_slice());
        let id = hex(hash.finalize().get(..8).unwrap_or_default());
        Self { bytes, id }
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// A name for the key that tells nothing about it.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

fn io(file: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> KeyError {
    let file = file.to_owned();
    move |cause| KeyError::Io { file, doing, cause }
}

/// `None` for an empty file.
fn read(file: &Path) -> Result<Option<MasterKey>, KeyError> {
    let mut opened = File::open(file).map_err(io(file, "read"))?;
    let meta = opened.metadata().map_err(io(file, "read"))?;
    let mode = meta.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed {
            file: file.to_owned(),
            mode,
        });
    }
    let mut content = Zeroizing::new(Vec::with_capacity(128));
    Read::take(&mut opened, 100)
        .read_to_end(&mut content)
        .map_err(io(file, "read"))?;
    if content.is_empty() {
        return Ok(None);
    }
    let key = decode(&content).ok_or_else(|| KeyError::Malformed(file.to_owned()))?;
    Ok(Some(MasterKey::new(key)))
}

fn decode(content: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    if let Ok(raw) = <[u8; 32]>::try_from(content) {
        return Some(Zeroizing::new(raw));
    }
    let text = std::str::from_utf8(content).ok()?.trim();
    unhex(text).and_then(|bytes| Some(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?)))
}

fn create(file: &Path) -> Result<MasterKey, KeyError> {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty());
    if let Some(folder) = folder {
        private_folder(folder).map_err(io(file, "made"))?;
    }
    let mut bytes = Zeroizing::new([0u8; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(KeyError::NoRandom)?;
    let mut text = Zeroizing::new(hex(bytes.as_slice()));
    text.push('\n');
    let mut made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o400)
        .open(file)
        .map_err(io(file, "made"))?;
    made.write_all(text.as_bytes()).map_err(io(file, "made"))?;
    made.sync_all().map_err(io(file, "made"))?;
    sync_folder(folder.unwrap_or(Path::new("."))).map_err(io(file, "made"))?;
    Ok(MasterKey::new(bytes))
}

/// The path without links and dots, as far as it exists already.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut missing = Vec::new();
    let mut existing = path.as_path();
    loop {
        if let Ok(mut found) = existing.canonicalize() {
            found.extend(missing.iter().rev());
            return found;
        }
        match (existing.parent(), existing.file_name()) {
            (Some(parent), Some(name)) => {
                missing.push(name);
                existing = parent;
            }
            _ => return path.clone(),
        }
    }
}

/// Bytes as lower-case hexadecimal digits, in a text that is made large enough at once.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2 + 1);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Hexadecimal digits as bytes; `None` when it is anything else.
pub(crate) fn unhex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len() / 2));
    for pair in digits.chunks_exact(2) {
        let digit = |at: usize| char::from(*pair.get(at)?).to_digit(16);
        bytes.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
    }
    Some(bytes)
}
