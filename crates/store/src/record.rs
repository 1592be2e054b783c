//! How a value lies in the database: two bytes with the version of its shape, then JSON. Readable in a dump, and an
//! older shape can be told from a newer one.
use crate::error::StoreError;
use serde::{Serialize, de::DeserializeOwned};

/// The version that this build writes.
const VERSION: u16 = 1;

pub(crate) fn write(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let mut bytes = VERSION.to_be_bytes().to_vec();
    serde_json::to_writer(&mut bytes, value).map_err(|e| damaged("to write", &e))?;
    Ok(bytes)
}

pub(crate) fn read<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, StoreError> {
    match bytes.split_first_chunk::<2>() {
        Some((version, json)) if u16::from_be_bytes(*version) == VERSION => {
            serde_json::from_slice(json).map_err(|e| damaged(what, &e))
        }
        Some((version, _)) => Err(StoreError::Record {
            what: what.to_owned(),
            cause: format!("its version {} is not known", u16::from_be_bytes(*version)),
        }),
        None => Err(StoreError::Record {
            what: what.to_owned(),
            cause: "it is cut off".to_owned(),
        }),
    }
}

/// Says where it is wrong without the value, which may be a secret.
fn damaged(what: &str, error: &serde_json::Error) -> StoreError {
    StoreError::Record {
        what: what.to_owned(),
        cause: format!("no valid record at line {} column {}", error.line(), error.column()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_anything_else_is_an_error() {
        let bytes = write(&vec![1u8, 2]).unwrap();
        assert_eq!(read::<Vec<u8>>("x", &bytes).unwrap(), vec![1, 2]);
        for bad in [&[][..], &[0], &[0, 1], &[0, 2, b'1'], &[0, 1, b'{']] {
            assert!(read::<Vec<u8>>("x", bad).is_err());
        }
    }
}
