//! The credentials of an engine while they are in memory.
use crate::error::StoreError;
use zeroize::Zeroizing;

/// Client certificate, private key and authority of an engine, as PEM. Overwritten when dropped; it has no `Debug`, no
/// `Display` and no `Serialize`, so that no log and no answer can hold it.
pub struct TlsMaterial {
    /// Client certificate (chain), PEM.
    pub certificate: Zeroizing<String>,
    /// Its private key, PEM.
    pub key: Zeroizing<String>,
    /// Authority that signed the engine's server certificate, PEM.
    pub authority: Zeroizing<String>,
}

impl TlsMaterial {
    /// Takes a copy of the three texts.
    pub fn new(certificate: &str, key: &str, authority: &str) -> Self {
        let own = |text: &str| Zeroizing::new(text.to_owned());
        Self {
            certificate: own(certificate),
            key: own(key),
            authority: own(authority),
        }
    }

    /// Each text with its length before it. Not JSON: its escapes would leave copies of the key in memory.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let texts = [&self.certificate, &self.key, &self.authority];
        // Room for all, and for the tag that sealing appends, so that growing leaves no copy behind.
        let room = texts.iter().map(|t| t.len() + 8).sum::<usize>() + 64;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        for text in texts {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }

    pub(crate) fn from_bytes(mut bytes: &[u8]) -> Result<Self, StoreError> {
        let mut next = || -> Option<Zeroizing<String>> {
            let (length, rest) = bytes.split_first_chunk::<8>()?;
            let (text, rest) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
            bytes = rest;
            Some(Zeroizing::new(std::str::from_utf8(text).ok()?.to_owned()))
        };
        match (next(), next(), next()) {
            (Some(certificate), Some(key), Some(authority)) => Ok(Self {
                certificate,
                key,
                authority,
            }),
            _ => Err(StoreError::Record {
                what: "engine credentials".to_owned(),
                cause: "cut off".to_owned(),
            }),
        }
    }
}
