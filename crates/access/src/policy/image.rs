//! Where an image comes from, as Docker reads its reference.
use shipyard_model::image::full_name;

/// Whether an image lies in one of the listed registries or repositories.
pub(super) fn is_listed(image: &str, listed: &[String]) -> bool {
    full_name(image).is_some_and(|name| {
        listed.iter().any(|entry| {
            let entry = entry.trim().trim_end_matches('/');
            !entry.is_empty()
                && name
                    .strip_prefix(entry)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    })
}

/// Whether an image is named by the digest of its content.
pub(super) fn has_digest(image: &str) -> bool {
    image
        .split_once("@sha256:")
        .is_some_and(|(_, hex)| hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()))
}
