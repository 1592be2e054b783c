//! Where an image comes from, as Docker reads its reference.

/// The image's full name, `docker.io/library/nginx` for `nginx`, without tag and digest. `None` for a text that Docker may
/// take for the id of an image, which says nothing of where it came from.
fn full_name(image: &str) -> Option<String> {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    if !name.contains(['/', ':']) && name.chars().all(|c| c.is_ascii_hexdigit()) || name.starts_with("sha256:") {
        return None;
    }
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let (path, last) = name.split_at(slash);
    let last = last.split_once(':').map_or(last, |(last, _)| last);
    let name = format!("{path}{last}");
    // The first part is a registry when it looks like a host; else the image is Docker's own registry's.
    Some(match name.split_once('/') {
        Some(("index.docker.io" | "docker.io", rest)) if rest.contains('/') => format!("docker.io/{rest}"),
        Some(("index.docker.io" | "docker.io", rest)) => format!("docker.io/library/{rest}"),
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" || host != host.to_lowercase() => name,
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    })
}

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
