//! References of images, as Docker reads them.

/// An image's full name without tag and digest, `docker.io/library/nginx` for `nginx:1.27`. `None` for a text that Docker
/// may take for the id of an image, which says nothing of where it came from.
pub fn full_name(image: &str) -> Option<String> {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    if is_id(image) {
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

/// Whether Docker may take a text for the id of an image, whole or its beginning.
pub fn is_id(image: &str) -> bool {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    !name.contains(['/', ':']) && name.chars().all(|c| c.is_ascii_hexdigit()) || name.starts_with("sha256:")
}

/// The tag of a reference: `latest` where it names none; `None` when it is named by its digest, which never changes.
pub fn tag(image: &str) -> Option<&str> {
    if image.contains('@') {
        return None;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    Some(last.split_once(':').map_or("latest", |(_, tag)| tag))
}

/// The same image with another tag, and without a digest.
pub fn with_tag(image: &str, tag: &str) -> String {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let (path, last) = name.split_at(slash);
    let last = last.split_once(':').map_or(last, |(last, _)| last);
    format!("{path}{last}:{tag}")
}

/// Whether Docker takes a text for a tag.
pub fn is_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && !tag.starts_with(['.', '-'])
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

/// Whether a tag is one that a pattern means: `*` stands for any letters, `?` for one.
pub fn tag_fits(pattern: &str, tag: &str) -> bool {
    let (pattern, tag): (Vec<char>, Vec<char>) = (pattern.chars().collect(), tag.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the newest `*` is, and how far the tag was when it came: it takes one letter more each time the rest does not fit.
    let mut star: Option<(usize, usize)> = None;
    while t < tag.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(letter) if *letter == '?' || tag.get(t) == Some(letter) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_as_docker_reads_them() {
        for (image, full, own_tag, other) in [
            ("nginx", Some("docker.io/library/nginx"), Some("latest"), "nginx:9"),
            ("team/web:1", Some("docker.io/team/web"), Some("1"), "team/web:9"),
            (
                "docker.io/team/web",
                Some("docker.io/team/web"),
                Some("latest"),
                "docker.io/team/web:9",
            ),
            (
                "index.docker.io/nginx",
                Some("docker.io/library/nginx"),
                Some("latest"),
                "index.docker.io/nginx:9",
            ),
            (
                "10.0.0.1:5000/web",
                Some("10.0.0.1:5000/web"),
                Some("latest"),
                "10.0.0.1:5000/web:9",
            ),
            ("ghcr.io/a/b:1@sha256:00", Some("ghcr.io/a/b"), None, "ghcr.io/a/b:9"),
            ("sha256:0123", None, Some("0123"), "sha256:9"),
            ("0123abcd", None, Some("latest"), "0123abcd:9"),
        ] {
            assert_eq!(full_name(image).as_deref(), full, "{image}");
            assert_eq!(tag(image), own_tag, "{image}");
            assert_eq!(with_tag(image, "9"), other);
        }
        assert!(is_tag("1.27-alpine") && !is_tag("") && !is_tag("-1") && !is_tag("a/b") && !is_tag(&"a".repeat(129)));
    }

    #[test]
    fn patterns_fit_tags() {
        for (pattern, tag, fits) in [
            ("1.*", "1.27", true),
            ("1.*", "2.1", false),
            ("*", "", true),
            ("*-alpine", "1.27-alpine", true),
            ("*-alpine", "1.27-alpine3", false),
            ("v?", "v1", true),
            ("v?", "v12", false),
            ("a*b*c", "aXXbYYbZc", true),
            ("latest", "latest", true),
            ("latest", "latest2", false),
        ] {
            assert_eq!(tag_fits(pattern, tag), fits, "{pattern} {tag}");
        }
    }

    proptest! {
        #[test]
        fn a_star_takes_anything(before in "[a-z]{0,4}", middle in "[a-z*]{0,8}", after in "[a-z]{0,4}") {
            let (pattern, tag) = (format!("{before}*{after}"), format!("{before}{middle}{after}"));
            prop_assert!(tag_fits(&pattern, &tag));
        }
    }
}
