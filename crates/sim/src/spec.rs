//! What a container was made as: the part of it that stays the same while it starts and ends.
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A port of a container, and where it is on the host while the container runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) private: u16,
    pub(crate) protocol: String,
    /// Address and port on the host; without, it is only exposed.
    pub(crate) host: Option<(String, u16)>,
}

/// Something mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    /// `volume`, `bind` or `tmpfs`.
    pub(crate) kind: String,
    /// The volume's name.
    pub(crate) name: Option<String>,
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) writable: bool,
    /// Whether it came with `Binds`, which gives it another `Mode`.
    pub(crate) of_bind: bool,
}

/// What a container was made as.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spec {
    /// The image as it was asked for.
    pub(crate) image: String,
    /// `sha256:…`.
    pub(crate) image_id: String,
    pub(crate) path: String,
    pub(crate) args: Vec<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) ports: Vec<Port>,
    pub(crate) network_mode: String,
    pub(crate) networks: Vec<String>,
    pub(crate) mounts: Vec<Mount>,
    /// Nanoseconds between two health checks.
    pub(crate) health_every: Option<i64>,
    pub(crate) tty: bool,
    /// What `Config` and `HostConfig` have besides what Docker writes into all of them.
    pub(crate) config: Map<String, Value>,
    /// The same for `HostConfig`.
    pub(crate) host_config: Map<String, Value>,
}

impl Spec {
    /// The command in one line, quoted as Docker's list has it.
    pub(crate) fn command(&self) -> String {
        let mut line = self.path.clone();
        for argument in &self.args {
            line.push(' ');
            if argument.contains(' ') {
                line.push('\'');
                line.push_str(argument);
                line.push('\'');
            } else {
                line.push_str(argument);
            }
        }
        line
    }

    /// How a container of this ends by itself, if it does: after how long in nanoseconds, and with which code.
    ///
    /// No command is run here: these few are known.
    pub(crate) fn lifetime(&self) -> Option<(i64, i32)> {
        let words: Vec<&str> = std::iter::once(self.path.as_str())
            .chain(self.args.iter().map(String::as_str))
            .collect();
        let short = 30_000_000;
        match words.as_slice() {
            ["true" | "echo" | "/hello", ..] => Some((short, 0)),
            ["false"] => Some((short, 1)),
            ["sleep", seconds] => seconds
                .parse::<i64>()
                .ok()
                .map(|s| (s.saturating_mul(1_000_000_000), 0)),
            ["sh" | "/bin/sh", "-c", script] => {
                let mut wait = short;
                let mut rest = script.trim();
                if let Some((first, then)) = rest.split_once(';')
                    && let Some(seconds) = first.trim().strip_prefix("sleep ")
                {
                    wait = seconds.trim().parse::<i64>().ok()?.saturating_mul(1_000_000_000);
                    rest = then.trim();
                }
                rest.strip_prefix("exit ")?.trim().parse().ok().map(|code| (wait, code))
            }
            _ => None,
        }
    }

    /// Named volumes.
    pub(crate) fn volumes(&self) -> impl Iterator<Item = (&str, &Mount)> {
        self.mounts
            .iter()
            .filter_map(|m| m.name.as_deref().map(|name| (name, m)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Spec {
        Spec {
            path: words[0].to_owned(),
            args: words[1..].iter().map(|w| (*w).to_owned()).collect(),
            ..Spec::default()
        }
    }

    #[test]
    fn some_commands_end_by_themselves() {
        assert_eq!(of(&["sh", "-c", "exit 3"]).lifetime(), Some((30_000_000, 3)));
        assert_eq!(
            of(&["sh", "-c", "sleep 2; exit 1"]).lifetime(),
            Some((2_000_000_000, 1))
        );
        assert_eq!(of(&["sleep", "5"]).lifetime(), Some((5_000_000_000, 0)));
        assert_eq!(of(&["nginx", "-g", "daemon off;"]).lifetime(), None);
        assert_eq!(of(&["sleep", "inf"]).lifetime(), None);
    }

    #[test]
    fn the_command_is_quoted_as_docker_does() {
        assert_eq!(of(&["sh", "-c", "a b"]).command(), "sh -c 'a b'");
    }
}
