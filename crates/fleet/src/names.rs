//! Names of the containers that a deploy makes.
use std::collections::HashSet;

/// The name that copies are numbered from: the one asked for, or the last part of the image's name.
pub fn base(name: &str, image: &str) -> String {
    let name = name.trim();
    if !name.is_empty() {
        return name.to_owned();
    }
    let image = image.trim();
    let image = image.split_once('@').map_or(image, |(before, _)| before);
    let last = image.rsplit('/').next().unwrap_or(image);
    let last = last.split_once(':').map_or(last, |(before, _)| before);
    if is_valid(last) {
        last.to_owned()
    } else {
        "container".to_owned()
    }
}

/// A copy's name without its number: `web` for `web-3`.
pub fn without_number(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((base, number)) if base.len() >= 2 && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
            base
        }
        _ => name,
    }
}

/// Whether Docker takes a text as a container's name.
pub fn is_valid(name: &str) -> bool {
    name.len() >= 2
        && name.len() <= 128
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// Names for so many copies, none of which is taken: the plain name for a single one, else numbered from 1.
pub fn free(base: &str, copies: usize, taken: &HashSet<&str>) -> Vec<String> {
    if copies == 1 && !taken.contains(base) {
        return vec![base.to_owned()];
    }
    let numbered = (1_u32..).map(|number| format!("{base}-{number}"));
    numbered
        .filter(|name| !taken.contains(name.as_str()))
        .take(copies)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_from_the_image() {
        for (image, want) in [
            ("nginx", "nginx"),
            ("nginx:1.27", "nginx"),
            ("10.210.0.1:5000/team/web:lab", "web"),
            ("ghcr.io/a/shop@sha256:0123", "shop"),
            ("ghcr.io/a/shop:1@sha256:0123", "shop"),
            ("x", "container"),
        ] {
            assert_eq!(base("", image), want, "{image}");
        }
        assert_eq!(base(" shop ", "nginx"), "shop");
    }

    #[test]
    fn taken_names_are_skipped() {
        let taken = HashSet::from(["web", "web-2"]);
        assert_eq!(free("web", 1, &taken), ["web-1"]);
        assert_eq!(free("web", 2, &taken), ["web-1", "web-3"]);
        assert_eq!(free("api", 1, &taken), ["api"]);
    }
}
