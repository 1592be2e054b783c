//! How a deploy's words are written, on command lines and in addresses, and how a reason is told in English.
use super::{Selector, SkipReason, Strategy};
use crate::unit::{Bytes, tenths};
use std::fmt;

impl Selector {
    /// Reads `web` or `name=web`, `image=redis:7`, `label=app=web` or `label=app`.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const WANT: &str = "write a container's name, image=redis, label=app or label=app=web";
        let text = text.trim();
        let (kind, rest) = text.split_once('=').unwrap_or(("name", text));
        let (kind, rest) = (kind.trim(), rest.trim());
        if rest.is_empty() {
            return Err(WANT);
        }
        match kind {
            "name" => Ok(Self::Name(rest.to_owned())),
            "image" => Ok(Self::Image(rest.to_owned())),
            "label" => {
                let (key, value) = match rest.split_once('=') {
                    Some((key, value)) => (key.trim_end(), Some(value.trim_start().to_owned())),
                    None => (rest, None),
                };
                if key.is_empty() {
                    return Err(WANT);
                }
                Ok(Self::Label {
                    key: key.to_owned(),
                    value,
                })
            }
            _ => Err(WANT),
        }
    }

    /// As [`Selector::parse`] reads it.
    pub fn written(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Image(image) => format!("image={image}"),
            Self::Label { key, value: None } => format!("label={key}"),
            Self::Label {
                key,
                value: Some(value),
            } => format!("label={key}={value}"),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Image(image) => write!(f, "of image {image}"),
            Self::Label { key, value: None } => write!(f, "with label {key}"),
            Self::Label {
                key,
                value: Some(value),
            } => write!(f, "with label {key}={value}"),
        }
    }
}

impl Strategy {
    /// Reads `spread`, `fill` or `spread:zone`.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text.trim().split_once(':') {
            None if text.trim() == "spread" => Ok(Self::Spread),
            None if text.trim() == "fill" => Ok(Self::Fill),
            Some(("spread", label)) if !label.trim().is_empty() => Ok(Self::SpreadOver(label.trim().to_owned())),
            _ => Err("write spread, fill, or spread:LABEL to spread over the values of an engine label"),
        }
    }

    /// As [`Strategy::parse`] reads it.
    pub fn written(&self) -> String {
        match self {
            Self::Spread => "spread".to_owned(),
            Self::Fill => "fill".to_owned(),
            Self::SpreadOver(label) => format!("spread:{label}"),
        }
    }
}

/// A part in the unit of its whole, `0.3 of 2 GiB`; each in its own where one would be a row of zeros.
fn part(part: Bytes, of: Bytes) -> String {
    let whole = of.to_string();
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let unit = whole.split(' ').nth(1).unwrap_or("B");
    let power = units.iter().position(|one| *one == unit).unwrap_or_default();
    let size = (0..power).fold(1.0, |size, _| size * 1024.0);
    let value = part.get() as f64 / size;
    if part > Bytes::ZERO && value < 0.05 {
        return format!("{part} of {whole}");
    }
    let value = tenths(value);
    format!("{} of {whole}", value.strip_suffix(".0").unwrap_or(&value))
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { detail } => write!(f, "does not answer: {detail}"),
            Self::Connecting => f.write_str("was not connected to yet"),
            Self::Label { key, has, wanted } => {
                match has {
                    None => write!(f, "label: has no {key}"),
                    Some(value) if value.is_empty() => write!(f, "label: has {key}"),
                    Some(value) => write!(f, "label: has {key}={value}"),
                }?;
                if !wanted.is_empty() {
                    write!(f, ", wanted {}", wanted.join(" or "))?;
                }
                Ok(())
            }
            Self::NotNamed => f.write_str("is not among the named ones"),
            Self::Cpus { free, of } => write!(f, "CPUs: {free} of {of} free"),
            Self::Memory { free, of } => write!(f, "memory: {} free", part(*free, *of)),
            Self::Port { port, by } => write!(f, "port {port} is taken by {by}"),
            Self::Drained => f.write_str("is drained: it takes nothing new"),
            Self::MostPerEngine { most } => write!(f, "copies: {most} of at most {most} on one engine"),
            Self::NotWith { containers } => write!(f, "has no container {containers}"),
            Self::With { name } => write!(f, "has {name}, which the copies keep away from"),
            Self::NameTaken { name } => write!(f, "has a container {name}"),
            Self::NotNeeded => f.write_str("has room, others were preferred"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Cpus;
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    #[test]
    fn a_reason_names_its_figure() {
        let gib = |tenths: u64| Bytes::new(tenths * 1024 * 1024 * 1024 / 10);
        for (free, of, told) in [
            (gib(3), gib(20), "memory: 0.3 of 2 GiB free"),
            (gib(10), gib(20), "memory: 1 of 2 GiB free"),
            (Bytes::ZERO, gib(20), "memory: 0 of 2 GiB free"),
            (Bytes::mib(8), gib(20), "memory: 8 MiB of 2 GiB free"),
            (gib(20), gib(20), "memory: 2 of 2 GiB free"),
            (Bytes::ZERO, Bytes::ZERO, "memory: 0 of 0 B free"),
        ] {
            assert_eq!(SkipReason::Memory { free, of }.to_string(), told);
        }
        let (free, of) = (Cpus::from_nanos(500_000_000), Cpus::whole(2));
        assert_eq!(SkipReason::Cpus { free, of }.to_string(), "CPUs: 0.5 of 2 free");
        let label = |has: Option<&str>, wanted: &[&str]| {
            let wanted = wanted.iter().map(|&text| text.to_owned()).collect();
            let (key, has) = ("zone".to_owned(), has.map(str::to_owned));
            SkipReason::Label { key, has, wanted }.to_string()
        };
        assert_eq!(
            label(Some("c"), &["zone=a", "zone=b"]),
            "label: has zone=c, wanted zone=a or zone=b"
        );
        assert_eq!(label(None, &["zone"]), "label: has no zone, wanted zone");
    }

    #[test]
    fn what_is_neither_name_nor_image_nor_label_is_refused() {
        for bad in ["", "=", "image=", "label=", "label==a", "zone=a", "name="] {
            assert!(Selector::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", "spread:", "fill:zone", "random"] {
            assert!(Strategy::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(name in "[a-z0-9._:/-]{1,8}", value in prop::option::of("[a-z=]{0,4}"), kind in 0..3) {
            let selector = match kind {
                0 => Selector::Name(name.clone()),
                1 => Selector::Image(name.clone()),
                _ => Selector::Label { key: name.clone(), value },
            };
            prop_assert_eq!(Selector::parse(&selector.written()), Ok(selector));
            let strategy = Strategy::SpreadOver(name);
            prop_assert_eq!(Strategy::parse(&strategy.written()), Ok(strategy));
        }
    }
}
