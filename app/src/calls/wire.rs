//! JSON as the calls' encoding: written by `serde_json`, read by it on the server, and in the browser by the
//! [small reader](crate::pure::json).
use serde::Serialize;
use serde::de::DeserializeOwned;
use server_fn::codec::Post;
use server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};

/// JSON in the body of a `POST` and of its answer.
pub type Json = Post<Wire>;

/// The encoding of what is asked, answered and wrong.
pub struct Wire;

impl ContentType for Wire {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Wire {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Wire {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(value).map(Into::into)
    }
}

#[cfg(not(feature = "csr"))]
impl<T: DeserializeOwned> Decodes<T> for Wire {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        serde_json::from_slice(&bytes)
    }
}

#[cfg(feature = "csr")]
impl<T: DeserializeOwned> Decodes<T> for Wire {
    type Error = crate::pure::json::Malformed;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        crate::pure::json::read(&String::from_utf8_lossy(&bytes))
    }
}
