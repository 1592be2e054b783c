//! Texts with several PEM blocks: a person may paste certificate, key and authority at once.

/// Certificate, key and authority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The first certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
    /// All other certificates.
    pub authority: String,
}

/// Takes apart a text that holds a client certificate, its key and an authority, in the order that `cat cert.pem key.pem
/// ca.pem` makes; `None` for any other text.
pub fn split(text: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    let mut keys = 0;
    let mut authority = Vec::new();
    for block in blocks(text) {
        if block.contains("PRIVATE KEY-----") {
            keys += 1;
            parts.key = block.to_owned();
        } else if parts.certificate.is_empty() {
            parts.certificate = block.to_owned();
        } else {
            authority.push(block);
        }
    }
    parts.authority = authority.join("\n");
    (keys == 1 && !parts.certificate.is_empty() && !parts.authority.is_empty()).then_some(parts)
}

/// The PEM blocks of a text, from `-----BEGIN` to the end of the line with `-----END`.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let begins = text.match_indices("-----BEGIN ").map(|(at, _)| at);
    begins.filter_map(|at| {
        let block = text.get(at..)?;
        let end = block.find("-----END ")?;
        let line = block.get(end..)?.find('\n').map_or(block.len(), |length| end + length);
        block.get(..line).map(str::trim_end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(kind: &str, body: &str) -> String {
        format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----")
    }

    #[test]
    fn three_at_once_are_taken_apart() {
        let (one, key, two) = (
            pem("CERTIFICATE", "a"),
            pem("EC PRIVATE KEY", "k"),
            pem("CERTIFICATE", "b"),
        );
        let parts = split(&format!("{one}\n{key}\n\n{two}\n")).unwrap();
        assert_eq!(
            parts,
            Parts {
                certificate: one,
                key,
                authority: two
            }
        );
    }

    #[test]
    fn anything_else_stays_whole() {
        let (certificate, key) = (pem("CERTIFICATE", "a"), pem("PRIVATE KEY", "k"));
        for text in [
            "",
            "hello",
            &certificate,
            &key,
            &format!("{certificate}\n{key}"),
            "-----BEGIN X",
        ] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
