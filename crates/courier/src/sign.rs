//! How a message is signed: Standard Webhooks 1.0 (<https://github.com/standard-webhooks/standard-webhooks>), symmetric, so
//! that the receivers' libraries that exist for it verify ours.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::Duration;

/// Random bytes of a secret; the standard asks for 24 to 64.
pub const SECRET_BYTES: usize = 32;
/// How long messages are signed with the secret before the newest too.
pub const OLD_SECRET_HOLDS: Duration = Duration::from_secs(24 * 3600);

/// A secret as receivers are given it.
pub fn secret_text(secret: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

/// The value of `webhook-signature`: of each secret `v1,` and base 64 of HMAC-SHA256 over id, time and body with dots
/// between, apart by spaces.
pub fn signature<'s>(secrets: impl IntoIterator<Item = &'s [u8]>, id: &str, timestamp: i64, body: &[u8]) -> String {
    let sign = |secret: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    };
    // A key of any length is one, so none is left out.
    secrets.into_iter().filter_map(sign).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_example_verifies() {
        // Of the test suites of the standard's libraries.
        let text = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let secret = STANDARD.decode(text).unwrap();
        assert_eq!(secret_text(&secret), format!("whsec_{text}"));
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = signature([&*secret], id, 1_614_265_330, b"{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_make_two_signatures() {
        let both = signature([b"new".as_slice(), b"old"], "a", 1, b"x");
        let old = signature([b"old".as_slice()], "a", 1, b"x");
        let (new, second) = both.split_once(' ').unwrap();
        assert_eq!(second, old);
        assert_ne!(new, old);
    }
}
