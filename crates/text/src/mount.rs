//! What is mounted, as `-v`, `--tmpfs` and `--mount` say it.
use crate::told;
use crate::value::{bytes, pair, size};
use shipyard_model::Problem;
use shipyard_model::deploy::{Propagation, Relabel, TmpfsSpec, VolumeSpec};

/// Words after a volume that ask for a way of caching that only Docker Desktop has.
const CACHING: [&str; 3] = ["cached", "delegated", "consistent"];

/// Reads `data:/data:ro`, `/srv:/srv:ro,rslave,Z`, `/data`, and tells what in it has no place in a spec.
pub(crate) fn volume(text: &str, notes: &mut Vec<Problem>) -> Option<VolumeSpec> {
    let mut parts = text.split(':');
    let (first, second, third) = (parts.next()?, parts.next(), parts.next());
    if parts.next().is_some() || first.is_empty() {
        return None;
    }
    let mut volume = match second {
        None => VolumeSpec {
            target: first.to_owned(),
            ..VolumeSpec::default()
        },
        Some(target) => VolumeSpec {
            source: first.to_owned(),
            target: target.to_owned(),
            ..VolumeSpec::default()
        },
    };
    for word in third.into_iter().flat_map(|words| words.split(',')) {
        match word {
            "ro" | "readonly" => volume.read_only = true,
            "rw" => volume.read_only = false,
            "z" => volume.relabel = Relabel::Shared,
            "Z" => volume.relabel = Relabel::Private,
            "nocopy" => volume.no_copy = true,
            word if CACHING.contains(&word) => notes.push(told::meaningless(word)),
            word => volume.propagation = Propagation::parse(word)?,
        }
    }
    Some(volume)
}

/// A volume as [`volume`] reads it; `None` when it takes more than that to say it.
pub(crate) fn volume_word(volume: &VolumeSpec) -> Option<String> {
    let mut words = Vec::new();
    if volume.read_only {
        words.push("ro");
    }
    match volume.relabel {
        Relabel::None => {}
        Relabel::Shared => words.push("z"),
        Relabel::Private => words.push("Z"),
    }
    if volume.no_copy {
        words.push("nocopy");
    }
    if volume.propagation != Propagation::Usual {
        words.push(volume.propagation.word());
    }
    let only_long = volume.mount
        || !volume.subpath.is_empty()
        || !volume.driver.is_empty()
        || !volume.driver_options.is_empty()
        || !volume.labels.is_empty();
    if only_long || (volume.source.is_empty() && !words.is_empty()) {
        return None;
    }
    let mut text = volume.target.clone();
    if !volume.source.is_empty() {
        text = format!("{}:{text}", volume.source);
    }
    if !words.is_empty() {
        text = format!("{text}:{}", words.join(","));
    }
    Some(text)
}

/// Reads `/run`, `/run:size=64m,mode=1777,exec`.
pub(crate) fn tmpfs(text: &str) -> Option<TmpfsSpec> {
    let (target, options) = text.split_once(':').unwrap_or((text, ""));
    let mut tmpfs = TmpfsSpec {
        target: target.to_owned(),
        ..TmpfsSpec::default()
    };
    for word in options.split(',').filter(|word| !word.is_empty()) {
        match (word, word.split_once('=')) {
            ("exec", _) => tmpfs.exec = true,
            // As it is anyway.
            ("noexec" | "rw" | "nosuid" | "nodev", _) => {}
            (_, Some(("size", text))) if !text.ends_with('%') => tmpfs.size = bytes(text)?,
            (_, Some(("mode", text))) => tmpfs.mode = Some(u16::from_str_radix(text, 8).ok()?),
            _ => tmpfs.options.push(word.to_owned()),
        }
    }
    (!target.is_empty()).then_some(tmpfs)
}

/// A file system in memory as [`tmpfs`] reads it.
pub(crate) fn tmpfs_word(tmpfs: &TmpfsSpec) -> String {
    let mut words = Vec::new();
    if tmpfs.size.get() > 0 {
        words.push(format!("size={}", size(tmpfs.size).trim_end_matches('b')));
    }
    if let Some(mode) = tmpfs.mode {
        words.push(format!("mode={mode:o}"));
    }
    if tmpfs.exec {
        words.push("exec".to_owned());
    }
    words.extend(tmpfs.options.iter().cloned());
    if words.is_empty() {
        tmpfs.target.clone()
    } else {
        format!("{}:{}", tmpfs.target, words.join(","))
    }
}

/// Splits a value whose fields are apart by commas; a field in double quotes may hold some, and `""` for a quotation mark.
pub(crate) fn fields(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        let Some(field) = all.last_mut() else { break };
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => all.push(String::new()),
            c => field.push(c),
        }
    }
    all
}

/// Fields as [`fields`] splits them.
pub(crate) fn joined(fields: &[String]) -> String {
    let field = |field: &String| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    };
    fields.iter().map(field).collect::<Vec<_>>().join(",")
}

/// What `--mount` says.
pub(crate) enum Mount {
    /// A volume or a path of the engine.
    Volume(VolumeSpec),
    /// A file system in memory.
    Tmpfs(TmpfsSpec),
    /// Something that cannot be said in a spec.
    Unsaid,
}

/// Reads `type=volume,source=data,target=/data,readonly`.
pub(crate) fn mount(text: &str, notes: &mut Vec<Problem>) -> Option<Mount> {
    let mut kind = "volume".to_owned();
    let mut volume = VolumeSpec {
        mount: true,
        ..VolumeSpec::default()
    };
    let mut tmpfs = TmpfsSpec {
        mount: true,
        ..TmpfsSpec::default()
    };
    for field in fields(text) {
        let (key, value) = field.split_once('=').unwrap_or((&field, "true"));
        match key.to_ascii_lowercase().as_str() {
            "type" => kind = value.to_ascii_lowercase(),
            "source" | "src" => value.clone_into(&mut volume.source),
            "target" | "destination" | "dst" => value.clone_into(&mut volume.target),
            "readonly" | "ro" => volume.read_only = crate::value::truth(value)?,
            "bind-propagation" => volume.propagation = Propagation::parse(value)?,
            "volume-nocopy" => volume.no_copy = crate::value::truth(value)?,
            "volume-subpath" => value.clone_into(&mut volume.subpath),
            "volume-driver" => value.clone_into(&mut volume.driver),
            "volume-opt" => volume.driver_options.push(pair(value)?),
            "volume-label" => volume.labels.push(pair(value)?),
            "tmpfs-size" => tmpfs.size = bytes(value)?,
            "tmpfs-mode" => tmpfs.mode = Some(u16::from_str_radix(value, 8).ok()?),
            "consistency" => notes.push(told::meaningless("--mount consistency")),
            "bind-nonrecursive" | "bind-recursive" | "bind-create-src" | "image-subpath" => {
                notes.push(told::unsaid(&format!("--mount {key}")));
            }
            _ => return None,
        }
    }
    if volume.target.is_empty() {
        return None;
    }
    match kind.as_str() {
        "volume" => Some(Mount::Volume(volume)).filter(|_| tmpfs.size.get() == 0),
        "bind" => Some(Mount::Volume(volume)),
        "tmpfs" => {
            tmpfs.target = volume.target;
            Some(Mount::Tmpfs(tmpfs))
        }
        "image" | "npipe" | "cluster" => Some(Mount::Unsaid),
        _ => None,
    }
}

/// A volume as [`mount`] reads it.
pub(crate) fn mount_word(volume: &VolumeSpec) -> String {
    let bind = volume.source.starts_with('/');
    let mut all = vec![format!("type={}", if bind { "bind" } else { "volume" })];
    let mut add = |key: &str, value: &str| {
        if !value.is_empty() {
            all.push(format!("{key}={value}"));
        }
    };
    add("source", &volume.source);
    add("target", &volume.target);
    add("bind-propagation", volume.propagation.word());
    add("volume-subpath", &volume.subpath);
    add("volume-driver", &volume.driver);
    for (key, value) in &volume.driver_options {
        add("volume-opt", &format!("{key}={value}"));
    }
    for (key, value) in &volume.labels {
        add("volume-label", &format!("{key}={value}"));
    }
    if volume.no_copy {
        add("volume-nocopy", "true");
    }
    if volume.read_only {
        all.push("readonly".to_owned());
    }
    joined(&all)
}

/// A file system in memory as [`mount`] reads it.
pub(crate) fn tmpfs_mount_word(tmpfs: &TmpfsSpec) -> String {
    let mut all = vec!["type=tmpfs".to_owned(), format!("target={}", tmpfs.target)];
    if tmpfs.size.get() > 0 {
        all.push(format!("tmpfs-size={}", size(tmpfs.size)));
    }
    if let Some(mode) = tmpfs.mode {
        all.push(format!("tmpfs-mode={mode:o}"));
    }
    joined(&all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn volumes_are_read_with_their_words() {
        let mut notes = Vec::new();
        let read = volume("/srv:/data:ro,rslave,Z,cached", &mut notes).unwrap();
        assert_eq!(
            (read.source.as_str(), read.target.as_str(), read.read_only),
            ("/srv", "/data", true)
        );
        assert_eq!(
            (read.propagation, read.relabel),
            (Propagation::RSlave, Relabel::Private)
        );
        assert_eq!(notes.len(), 1);
        for bad in ["", ":/a", "a:/b:x", "a:/b:ro:z"] {
            assert!(volume(bad, &mut notes).is_none(), "{bad}");
        }
    }

    #[test]
    fn mounts_are_read_with_quoted_fields() {
        let mut notes = Vec::new();
        let text =
            r#"type=volume,src=nfs,dst=/data,volume-driver=local,"volume-opt=o=addr=10.0.0.1,rw",volume-opt=type=nfs"#;
        let Some(Mount::Volume(read)) = mount(text, &mut notes) else {
            panic!("no volume");
        };
        assert_eq!(read.driver_options[0], ("o".to_owned(), "addr=10.0.0.1,rw".to_owned()));
        assert!(
            matches!(mount("type=tmpfs,dst=/run,tmpfs-mode=1770", &mut notes), Some(Mount::Tmpfs(it)) if it.mode == Some(0o1770))
        );
        assert!(matches!(
            mount("type=image,src=a,dst=/a", &mut notes),
            Some(Mount::Unsaid)
        ));
        for bad in ["", "type=bind", "type=x,dst=/a", "dst=/a,bogus=1"] {
            assert!(mount(bad, &mut notes).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn fields_come_back(all in proptest::collection::vec("[a-z=,\" ]{0,8}", 1..4)) {
            // A quotation mark first in a field opens it, so nothing begins with one here.
            let all: Vec<String> = all.iter().map(|field| format!("k{field}")).collect();
            prop_assert_eq!(fields(&joined(&all)), all);
        }
    }
}
