//! What a mount is besides its two paths, as a line for each: its path in the container, then Docker's own words.
use shipyard_model::deploy::{ContainerSpec, Propagation, Relabel, VolumeSpec};
use shipyard_model::words;

/// The lines of the mounts that are anything besides.
pub(super) fn mounts(spec: &ContainerSpec) -> Vec<String> {
    spec.volumes.iter().filter_map(line).collect()
}

fn line(volume: &VolumeSpec) -> Option<String> {
    let mut said = vec![volume.target.clone()];
    let relabel = match volume.relabel {
        Relabel::None => "",
        Relabel::Shared => "z",
        Relabel::Private => "Z",
    };
    let no_copy = if volume.no_copy { "nocopy" } else { "" };
    let plain = [volume.propagation.word(), relabel, no_copy];
    said.extend(plain.into_iter().filter(|word| !word.is_empty()).map(str::to_owned));
    let named = [("volume-subpath", &volume.subpath), ("volume-driver", &volume.driver)];
    let named = named.into_iter().filter(|(_, value)| !value.is_empty());
    said.extend(named.map(|(name, value)| format!("{name}={value}")));
    let options = volume.driver_options.iter();
    said.extend(options.map(|(name, value)| format!("volume-opt={name}={value}")));
    let quoted: Vec<_> = said.iter().map(|word| words::quote(word)).collect();
    (quoted.len() > 1).then(|| quoted.join(" "))
}

/// Makes the mounts what the lines say of them; `None` when one cannot be read, or names no mount.
pub(super) fn put_mounts(spec: &mut ContainerSpec, lines: &[&str]) -> Option<()> {
    for volume in &mut spec.volumes {
        let VolumeSpec {
            source,
            target,
            read_only,
            mount,
            labels,
            ..
        } = std::mem::take(volume);
        *volume = VolumeSpec {
            source,
            target,
            read_only,
            mount,
            labels,
            ..VolumeSpec::default()
        };
    }
    for line in lines {
        let mut said = words::split(line).ok()?.into_iter();
        let target = said.next()?;
        let volume = spec.volumes.iter_mut().find(|volume| volume.target == target)?;
        said.try_for_each(|word| apply(volume, &word))?;
    }
    Some(())
}

fn apply(volume: &mut VolumeSpec, word: &str) -> Option<()> {
    match word.split_once('=') {
        None => match word {
            "z" => volume.relabel = Relabel::Shared,
            "Z" => volume.relabel = Relabel::Private,
            "nocopy" => volume.no_copy = true,
            _ => volume.propagation = Propagation::parse(word)?,
        },
        Some(("volume-subpath", value)) => value.clone_into(&mut volume.subpath),
        Some(("volume-driver", value)) => value.clone_into(&mut volume.driver),
        Some(("volume-opt", option)) => {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            volume.driver_options.push((name.to_owned(), value.to_owned()));
        }
        Some(_) => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(targets: &[&str]) -> ContainerSpec {
        let volume = |target: &&str| VolumeSpec {
            target: (*target).to_owned(),
            ..VolumeSpec::default()
        };
        ContainerSpec {
            volumes: targets.iter().map(volume).collect(),
            ..ContainerSpec::default()
        }
    }

    #[test]
    fn what_a_line_says_reads_back() {
        let mut made = spec(&["/data", "/plain", "/a b"]);
        let lines = [
            "/data rslave Z nocopy volume-subpath=x volume-driver=local volume-opt=type=nfs volume-opt=o=addr=10.0.0.5,rw",
            "'/a b' volume-opt=bare=",
        ];
        put_mounts(&mut made, &lines).unwrap();
        let nfs = &made.volumes[0];
        assert_eq!(
            (nfs.propagation, nfs.relabel, nfs.no_copy),
            (Propagation::RSlave, Relabel::Private, true)
        );
        assert_eq!(nfs.driver_options[1], ("o".to_owned(), "addr=10.0.0.5,rw".to_owned()));
        assert_eq!(mounts(&made), lines);
        put_mounts(&mut made, &[]).unwrap();
        assert_eq!(
            made,
            spec(&["/data", "/plain", "/a b"]),
            "what is taken out of the text is gone"
        );
    }

    #[test]
    fn what_names_no_mount_or_no_option_is_not_read() {
        for line in ["/other rslave", "/data sideways", "/data color=red", "/data 'open"] {
            assert_eq!(put_mounts(&mut spec(&["/data"]), &[line]), None, "{line}");
        }
    }
}
