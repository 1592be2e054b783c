//! Which containers an affinity means, made ready to be asked of many.
use crate::names;
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::deploy::{ContainerSpec, Selector};
use shipyard_model::{Container, image};

/// A selector, taken apart once.
pub(super) struct Matcher<'r> {
    /// As it was meant.
    pub(super) selector: &'r Selector,
    image: Option<Image<'r>>,
}

/// An image that is asked for.
struct Image<'r> {
    text: &'r str,
    /// Its full name; `None` when the text is an image's id, which fits itself only.
    name: Option<String>,
    /// Last part of the name: what has it not is told apart without reading more.
    last: &'r str,
    tag: Option<&'r str>,
    digest: Option<&'r str>,
}

impl<'r> Image<'r> {
    fn new(text: &'r str) -> Self {
        let text = text.trim();
        let (name, digest) = text
            .split_once('@')
            .map_or((text, None), |(name, digest)| (name, Some(digest)));
        let last = name.rsplit('/').next().unwrap_or(name);
        let (last, tag) = last
            .split_once(':')
            .map_or((last, None), |(last, tag)| (last, Some(tag)));
        Self {
            text,
            name: image::full_name(text),
            last,
            // Docker looks at the digest alone where there is one.
            tag: tag.filter(|_| digest.is_none()),
            digest,
        }
    }

    fn fits(&self, other: &str) -> bool {
        let other = other.trim();
        if other == self.text {
            return true;
        }
        let last = other.rfind('/').and_then(|at| other.get(at + 1..)).unwrap_or(other);
        let Some(name) = self.name.as_ref().filter(|_| last.starts_with(self.last)) else {
            return false;
        };
        image::full_name(other).as_ref() == Some(name)
            && self.tag.is_none_or(|tag| image::tag(other) == Some(tag))
            && self
                .digest
                .is_none_or(|digest| other.split_once('@').map(|(_, other)| other) == Some(digest))
    }
}

impl<'r> Matcher<'r> {
    pub(super) fn new(selector: &'r Selector) -> Self {
        let image = match selector {
            Selector::Image(text) => Some(Image::new(text)),
            Selector::Name(_) | Selector::Label { .. } => None,
        };
        Self { selector, image }
    }

    /// Whether it means a container.
    pub(super) fn means(&self, container: &Container) -> bool {
        match self.selector {
            Selector::Name(name) => container.name == *name || is_copy_of(container, name),
            Selector::Image(_) => self.image.as_ref().is_some_and(|image| image.fits(&container.image)),
            Selector::Label { key, value } => {
                let has = container.labels.get(key);
                has.is_some_and(|has| value.as_ref().is_none_or(|value| value == has))
            }
        }
    }

    /// Whether it means the copies of this spec, which are numbered from a name.
    pub(super) fn means_copies(&self, spec: &ContainerSpec, base: &str) -> bool {
        match self.selector {
            Selector::Name(name) => name == base,
            Selector::Image(_) => self.image.as_ref().is_some_and(|image| image.fits(&spec.image)),
            Selector::Label { key, value } => {
                let mut labels = spec.labels.iter();
                labels.any(|(k, v)| k == key && value.as_ref().is_none_or(|value| value == v))
            }
        }
    }
}

/// Whether a container is what Shipyard deployed under this name.
pub(super) fn is_copy_of(container: &Container, base: &str) -> bool {
    container.name.starts_with(base)
        && (container.name == base || names::without_number(&container.name) == base)
        && container.labels.contains_key(LABEL_DEPLOY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_meant_with_any_tag_unless_one_is_named() {
        for (wanted, other, fits) in [
            ("redis", "redis", true),
            ("redis", "redis:7", true),
            ("redis", "docker.io/library/redis:7", true),
            ("redis", "ghcr.io/a/redis:7", false),
            ("redis", "redis-exporter", false),
            ("redis:7", "redis:7", true),
            ("redis:7", "redis:8", false),
            ("redis:latest", "redis", true),
            ("redis", "redis@sha256:00", true),
            ("redis:7", "redis@sha256:00", false),
            ("redis@sha256:00", "redis:7@sha256:00", true),
            ("redis@sha256:00", "redis@sha256:01", false),
            ("10.0.0.1:5000/web", "10.0.0.1:5000/web:lab", true),
            ("sha256:0123", "sha256:0123", true),
            ("sha256:0123", "redis", false),
        ] {
            assert_eq!(Image::new(wanted).fits(other), fits, "{wanted} {other}");
        }
    }
}
