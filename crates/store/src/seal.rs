//! Sealing: XChaCha20-Poly1305 with a random nonce. What a value belongs to is part of the seal, so that one engine's
//! sealed credentials cannot be put in the place of another's.
use crate::error::StoreError;
use crate::key::MasterKey;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

/// Shape of a sealed value: this byte, the nonce, the sealed text with its tag.
const VERSION: u8 = 1;
const NONCE: usize = 24;

fn belongs(key: &MasterKey, kind: &str, id: &str) -> String {
    format!("shipyard/v1|{kind}|{id}|{}", key.id())
}

/// Seals `plain`, which is of a kind (`engine-credentials`) and belongs to `id`.
pub(crate) fn seal(
    key: &MasterKey,
    kind: &str,
    id: &str,
    mut plain: Zeroizing<Vec<u8>>,
) -> Result<Vec<u8>, StoreError> {
    let mut nonce = [0u8; NONCE];
    getrandom::fill(&mut nonce).map_err(StoreError::NoRandom)?;
    XChaCha20Poly1305::new(key.bytes().into())
        .encrypt_in_place(&XNonce::from(nonce), belongs(key, kind, id).as_bytes(), &mut *plain)
        .map_err(|_| StoreError::Unsealable(id.to_owned()))?;
    let mut sealed = Vec::with_capacity(1 + NONCE + plain.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&plain);
    Ok(sealed)
}

/// Opens what [`seal`] made for the same kind and id under the same key.
pub(crate) fn open(key: &MasterKey, kind: &str, id: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let refused = || StoreError::Unsealable(id.to_owned());
    let (version, rest) = sealed.split_first().ok_or_else(refused)?;
    let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or_else(refused)?;
    if *version != VERSION {
        return Err(refused());
    }
    let mut plain = Zeroizing::new(text.to_vec());
    XChaCha20Poly1305::new(key.bytes().into())
        .decrypt_in_place(&XNonce::from(*nonce), belongs(key, kind, id).as_bytes(), &mut *plain)
        .map_err(|_| refused())?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(fill: u8) -> MasterKey {
        MasterKey::new(Zeroizing::new([fill; 32]))
    }

    proptest! {
        #[test]
        fn only_the_same_key_kind_and_id_open_it(text: Vec<u8>, flip: usize, bit in 0u8..8) {
            let sealed = seal(&key(1), "kind", "a", Zeroizing::new(text.clone())).unwrap();
            prop_assert_eq!(&*open(&key(1), "kind", "a", &sealed).unwrap(), &text);
            prop_assert!(open(&key(2), "kind", "a", &sealed).is_err());
            prop_assert!(open(&key(1), "other", "a", &sealed).is_err());
            prop_assert!(open(&key(1), "kind", "b", &sealed).is_err());
            let mut changed = sealed.clone();
            let at = flip % changed.len();
            changed[at] ^= 1 << bit;
            prop_assert!(open(&key(1), "kind", "a", &changed).is_err());
            prop_assert!(open(&key(1), "kind", "a", &sealed[..at]).is_err());
        }
    }

    #[test]
    fn no_nonce_comes_twice() {
        let nonces: std::collections::HashSet<_> = (0..1000)
            .map(|_| seal(&key(1), "kind", "a", Zeroizing::default()).unwrap()[1..25].to_vec())
            .collect();
        assert_eq!(nonces.len(), 1000);
    }
}
