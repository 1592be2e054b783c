//! Random texts that open something: 256 bits, written in letters that every header and address takes.
use shipyard_model::Problem;

const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A fresh secret: 52 letters and digits (RFC 4648 base 32, in lower case).
///
/// # Errors
/// When the system gives no random bytes.
pub(crate) fn random() -> Result<String, Problem> {
    Ok(base32(&bytes::<32>()?))
}

/// Random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gives no random bytes");
        Problem::internal()
    })?;
    Ok(bytes)
}

/// RFC 4648 base 32 in lower case without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let (mut text, mut held, mut bits) = (String::with_capacity(bytes.len() * 8 / 5 + 1), 0_u32, 0_u32);
    let mut push = |value: u32| text.push(DIGITS.get(value as usize & 31).copied().map_or('a', char::from));
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        push(held << (5 - bits));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_32_is_that_of_the_rfc() {
        for (plain, text) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(base32(plain.as_bytes()), text);
        }
    }

    #[test]
    fn no_secret_comes_twice() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert!(one != other && one.len() == 52);
    }
}
