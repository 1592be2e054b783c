//! Signatures of webhooks, and the names of deliveries that they cover.
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shipyard_model::{Millis, Problem};

/// How a generic webhook is signed, from its headers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signed<'s> {
    /// `X-Hub-Signature-256`: `sha256=` and the HMAC-SHA256 in hexadecimal digits.
    pub signature: &'s str,
    /// `X-Shipyard-Delivery`: names the delivery, so that it is taken once.
    pub delivery: Option<&'s str>,
    /// `X-Shipyard-Timestamp`: when it was sent, in seconds since 1970.
    pub timestamp: Option<&'s str>,
}

/// The delivery and its time, both or neither.
pub(super) fn delivery<'s>(signed: &Signed<'s>) -> Result<Option<(&'s str, Millis)>, Problem> {
    let read = match (signed.delivery, signed.timestamp) {
        (None, None) => return Ok(None),
        (Some(delivery), Some(sent)) => {
            let good = (1..=128).contains(&delivery.len()) && delivery.bytes().all(|b| b.is_ascii_graphic());
            let seconds = sent.parse().ok().filter(|seconds| *seconds >= 0);
            seconds
                .filter(|_| good)
                .map(|seconds| (delivery, Millis::from_seconds(seconds)))
        }
        _ => None,
    };
    read.map(Some).ok_or_else(|| {
        Problem::new(400, "webhook.delivery", "The delivery is not named as it has to be.").hint(
            "Send both X-Shipyard-Delivery, at most 128 letters, and X-Shipyard-Timestamp, in seconds since 1970, or neither.",
        )
    })
}

/// Whether the signature is of the key, in a time that does not depend on how much of it is right.
pub(super) fn is_signed(secret: &[u8], signed: &Signed<'_>, body: &[u8]) -> bool {
    let Some(shown) = signed.signature.strip_prefix("sha256=").and_then(hex) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return false;
    };
    if let (Some(delivery), Some(timestamp)) = (signed.delivery, signed.timestamp) {
        mac.update(format!("{timestamp}.{delivery}.").as_bytes());
    }
    mac.update(body);
    mac.verify_slice(&shown).is_ok()
}

fn hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GitHub's documentation, "Validating webhook deliveries".
    #[test]
    fn a_signature_is_that_of_github() {
        let good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let signed = Signed {
            signature: good,
            ..Signed::default()
        };
        let secret = b"It's a Secret to Everybody";
        assert!(is_signed(secret, &signed, b"Hello, World!"));
        assert!(!is_signed(secret, &signed, b"Hello, World?"));
        assert!(!is_signed(b"another", &signed, b"Hello, World!"));
        let named = Signed {
            delivery: Some("1"),
            timestamp: Some("2"),
            ..signed
        };
        assert!(
            !is_signed(secret, &named, b"Hello, World!"),
            "nor can a delivery be made up"
        );
        for bad in [
            "",
            "sha256=",
            &good[7..],
            &good[..70],
            "sha256=+57107ea",
            &good.replace('7', "é"),
        ] {
            assert!(
                !is_signed(
                    secret,
                    &Signed {
                        signature: bad,
                        ..Signed::default()
                    },
                    b"Hello, World!"
                ),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_delivery_is_named_with_its_time() {
        let read = |delivery, timestamp| {
            let signed = Signed {
                signature: "",
                delivery,
                timestamp,
            };
            delivery_of(&signed)
        };
        assert_eq!(read(None, None), Ok(None));
        assert_eq!(read(Some("a"), Some("7")), Ok(Some(("a".to_owned(), Millis(7000)))));
        for (id, time) in [
            (Some("a"), None),
            (None, Some("7")),
            (Some(""), Some("7")),
            (Some("a"), Some("-7")),
            (Some("a b"), Some("7")),
        ] {
            assert_eq!(read(id, time), Err("webhook.delivery".to_owned()));
        }
    }

    fn delivery_of(signed: &Signed<'_>) -> Result<Option<(String, Millis)>, String> {
        let read = delivery(signed).map_err(|problem| problem.code)?;
        Ok(read.map(|(id, sent)| (id.to_owned(), sent)))
    }
}
