//! What the options of `docker run` take, in Docker's notation, read into the model's types.
use shipyard_model::deploy::{DeviceRequestSpec, DeviceSpec, ExposedPort, NetworkSpec, Swap, TmpfsSpec, UlimitSpec};
use shipyard_model::{Bytes, Protocol};

/// Reads `9000` or `9000/udp`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn exposed(text: &str) -> Result<ExposedPort, String> {
    let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let known = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    let protocol = known.into_iter().find(|known| known.word() == protocol);
    match (port.parse().ok().filter(|port| *port != 0), protocol) {
        (Some(port), Some(protocol)) => Ok(ExposedPort { port, protocol }),
        _ => Err(format!("“{text}” is no port: write 9000 or 9000/udp")),
    }
}

/// Reads `back`, or `name=back,alias=db,ip=10.0.0.5,ip6=fd00::5,mac-address=02:42:0a:00:00:05`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn network(text: &str) -> Result<NetworkSpec, String> {
    let mut network = NetworkSpec::default();
    if !text.contains('=') {
        text.clone_into(&mut network.name);
        return Ok(network);
    }
    for part in text.split(',') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let endpoint = &mut network.endpoint;
        let place = match key {
            "name" => &mut network.name,
            "ip" => &mut endpoint.ipv4,
            "ip6" => &mut endpoint.ipv6,
            "mac-address" => &mut endpoint.mac,
            "alias" => {
                endpoint.aliases.push(value.to_owned());
                continue;
            }
            "link-local-ip" => {
                endpoint.link_local.push(value.to_owned());
                continue;
            }
            _ => {
                return Err(format!(
                    "“{part}” says nothing of a network: write name=, alias=, ip=, ip6=, link-local-ip= or mac-address="
                ));
            }
        };
        value.clone_into(place);
    }
    if network.name.is_empty() {
        return Err(format!("“{text}” names no network: write name=back first"));
    }
    Ok(network)
}

/// Reads `db:10.0.0.5` or `db=10.0.0.5`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn host(text: &str) -> Result<(String, String), String> {
    match text.split_once(['=', ':']) {
        Some((name, to)) if !name.is_empty() && !to.is_empty() => Ok((name.to_owned(), to.to_owned())),
        _ => Err(format!("“{text}” is no line of a hosts file: write name:address")),
    }
}

/// Reads `/tmp` or `/tmp:size=64m,mode=1777,exec`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn tmpfs(text: &str) -> Result<TmpfsSpec, String> {
    let (target, options) = text.split_once(':').unwrap_or((text, ""));
    let mut tmpfs = TmpfsSpec {
        target: target.to_owned(),
        ..TmpfsSpec::default()
    };
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            None if option == "exec" => tmpfs.exec = true,
            None if option == "noexec" => tmpfs.exec = false,
            Some(("size", size)) if !size.ends_with('%') => {
                tmpfs.size = Bytes::parse(size).map_err(|_| format!("“{size}” is no size: write 64m or 1g"))?;
            }
            Some(("mode", mode)) => {
                let mode =
                    u16::from_str_radix(mode, 8).map_err(|_| format!("“{mode}” is no mode: write it as 1777"))?;
                tmpfs.mode = Some(mode);
            }
            _ => tmpfs.options.push(option.to_owned()),
        }
    }
    Ok(tmpfs)
}

/// Reads a size, in MB or with a unit, or `-1`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn swap(text: &str) -> Result<Swap, String> {
    match text {
        "-1" => Ok(Swap::Unlimited),
        size => crate::commands::engines::memory(size).map(Swap::Total),
    }
}

/// Reads `nofile=1024:4096` or `nofile=1024`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn ulimit(text: &str) -> Result<UlimitSpec, String> {
    let read = || {
        let (name, limits) = text.split_once('=')?;
        let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
        Some(UlimitSpec {
            name: name.to_owned(),
            soft: soft.parse().ok()?,
            hard: hard.parse().ok()?,
        })
    };
    read().ok_or_else(|| format!("“{text}” is no limit: write nofile=1024:4096"))
}

/// Reads `/dev/fuse`, `/dev/sda:/dev/disk`, `/dev/sda:/dev/disk:r`, `/dev/sda:r`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn device(text: &str) -> Result<DeviceSpec, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let (host, container, permissions) = match parts.as_slice() {
        [host] => (*host, "", ""),
        [host, more] if more.starts_with('/') => (*host, *more, ""),
        [host, more] => (*host, "", *more),
        [host, container, permissions] => (*host, *container, *permissions),
        _ => return Err(format!("“{text}” is no device: write /dev/sda:/dev/disk:rwm")),
    };
    Ok(DeviceSpec {
        host: host.to_owned(),
        container: container.to_owned(),
        permissions: permissions.to_owned(),
    })
}

/// Reads `all`, a number, or `device=0`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn gpus(text: &str) -> Result<DeviceRequestSpec, String> {
    let mut request = DeviceRequestSpec {
        capabilities: vec![vec!["gpu".to_owned()]],
        ..DeviceRequestSpec::default()
    };
    if let Some(id) = text.strip_prefix("device=").filter(|id| !id.is_empty()) {
        request.ids = id.split(',').map(str::to_owned).collect();
    } else if text == "all" {
        request.count = -1;
    } else {
        let count = text.parse().ok().filter(|count| *count > 0);
        request.count =
            count.ok_or_else(|| format!("“{text}” says not which graphics cards: write all, 2 or device=0"))?;
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_dockers_notation() {
        assert_eq!(exposed("9000/udp").unwrap().protocol, Protocol::Udp);
        assert!(exposed("0").is_err());
        assert_eq!(network("back").unwrap().name, "back");
        let joined = network("name=back,alias=a,alias=b,ip=10.0.0.5").unwrap();
        assert_eq!((joined.name.as_str(), joined.endpoint.aliases.len()), ("back", 2));
        assert_eq!(joined.endpoint.ipv4, "10.0.0.5");
        assert!(network("alias=a").is_err());
        assert!(network("name=a,x=y").is_err());
        assert_eq!(host("db:fd00::5").unwrap().1, "fd00::5");
        let memory = tmpfs("/t:size=1m,mode=700,exec,uid=5").unwrap();
        assert_eq!(
            (memory.size, memory.mode, memory.exec),
            (Bytes::mib(1), Some(0o700), true)
        );
        assert_eq!(memory.options, ["uid=5"]);
        assert_eq!(swap("-1").unwrap(), Swap::Unlimited);
        assert_eq!(swap("64").unwrap(), Swap::Total(Bytes::mib(64)));
        let limit = ulimit("nofile=1024:-1").unwrap();
        assert_eq!((limit.soft, limit.hard), (1024, -1));
        assert!(ulimit("nofile").is_err());
        let disk = device("/dev/sda:r").unwrap();
        assert_eq!((disk.host.as_str(), disk.permissions.as_str()), ("/dev/sda", "r"));
        assert_eq!(gpus("all").unwrap().count, -1);
        assert_eq!(gpus("device=0,1").unwrap().ids, ["0", "1"]);
        assert!(gpus("some").is_err());
    }
}
