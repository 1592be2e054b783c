//! Scripts for nodes. What they do is in `node/*.sh`, which is the same for all; what differs stands above it as values,
//! each of a type that a shell can hold and quoted besides.
//!
//! The script that a person runs writes the program to the node, with those values and without the secret, and starts it: it
//! stays there for renewals and for the removal. A script that was cut off on its way does nothing.
use crate::quote::{Unquotable, quote};
use shipyard_model::{EngineName, Labels};
use std::fmt;
use std::net::IpAddr;

/// What every node runs.
const PROGRAM: &str = concat!(include_str!("node/engine.sh"), include_str!("node/firewall.sh"));
/// Ends the program within the script. No value holds it on a line of its own, for no value has lines.
const END: &str = "SHIPYARD_NODE_PROGRAM_ENDS";

/// An address, or a network with the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: Option<u8>,
}

impl Network {
    /// One address.
    pub fn host(address: IpAddr) -> Self {
        Self {
            address: address.to_canonical(),
            prefix: None,
        }
    }

    /// Reads `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let digits = |prefix: &&str| prefix.bytes().all(|b| b.is_ascii_digit());
        let prefix = match prefix {
            None => None,
            Some(prefix) => Some(
                Some(prefix)
                    .filter(digits)?
                    .parse::<u8>()
                    .ok()
                    .filter(|length| *length <= most)?,
            ),
        };
        Some(Self { address, prefix })
    }

    /// Whether it is of IPv6.
    pub fn is_six(&self) -> bool {
        self.address.is_ipv6()
    }

    /// Reads several, apart by spaces or commas.
    ///
    /// # Errors
    /// The first text that is none.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let words = text.split([' ', ',', '\n', '\t']).filter(|word| !word.is_empty());
        words
            .map(|word| Self::parse(word).ok_or_else(|| word.to_owned()))
            .collect()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix {
            Some(prefix) => write!(f, "{}/{prefix}", self.address),
            None => self.address.fmt(f),
        }
    }
}

/// What a node is to become.
#[derive(Clone, Debug)]
pub struct Enrolment<'e> {
    /// The engine's name.
    pub engine: &'e EngineName,
    /// Where the node reaches Shipyard: an origin, without a slash at its end.
    pub url: &'e str,
    /// Port of the engine.
    pub port: u16,
    /// Whether it listens for IPv6 as well.
    pub six: bool,
    /// Its labels.
    pub labels: &'e Labels,
    /// Who may reach the Docker port.
    pub allow: &'e [Network],
    /// Who may reach SSH; empty to leave it as it is.
    pub ssh: &'e [Network],
}

impl Enrolment<'_> {
    /// The program that stays on the node. It holds no secret.
    ///
    /// # Errors
    /// [`Unquotable`] when a value has a control character.
    pub fn program(&self) -> Result<String, Unquotable> {
        let list = |networks: &[Network]| networks.iter().map(Network::to_string).collect::<Vec<_>>().join(" ");
        let labels: Vec<String> = self
            .labels
            .0
            .iter()
            .map(|(key, value)| json(&format!("{key}={value}")))
            .collect();
        let listen = if self.six { "[::]" } else { "0.0.0.0" };
        let values = [
            ("ENGINE", self.engine.as_str().to_owned()),
            ("URL", self.url.to_owned()),
            ("PORT", self.port.to_string()),
            ("LISTEN", listen.to_owned()),
            ("LABELS", format!("[{}]", labels.join(", "))),
            ("ALLOW", list(self.allow)),
            ("SSH_FROM", list(self.ssh)),
        ];
        program(&values)
    }

    /// The script that is run on the node. `secret` opens the enrolment, once.
    ///
    /// # Errors
    /// [`Unquotable`] when a value has a control character.
    pub fn script(&self, secret: &str) -> Result<String, Unquotable> {
        Ok(format!(
            "#!/bin/sh\n\
             # Makes this host the engine {engine} of Shipyard: sh this-file enrol. Every step says what it does, may be done\n\
             # again, and is undone by: sh /etc/docker/shipyard/node.sh remove\n\
             # It holds a secret that opens this one enrolment, for an hour.\n\
             set -eu\n\
             umask 077\n\
             [ \"$(id -u)\" = 0 ] || {{ echo 'shipyard: only root can do this: put sudo before sh' >&2; exit 1; }}\n\
             command -v docker >/dev/null || {{ echo 'shipyard: Docker is missing here: apt-get install docker.io' >&2; exit 1; }}\n\
             new=\n\
             [ -d /etc/docker ] || {{ mkdir -m 0755 /etc/docker; new=yes; }}\n\
             [ -d /etc/docker/shipyard ] || mkdir -m 0700 /etc/docker/shipyard\n\
             mkdir -p /etc/docker/shipyard/before\n\
             [ -z \"$new\" ] || : >/etc/docker/shipyard/before/no-etc-docker\n\
             cat >/etc/docker/shipyard/node.new <<'{END}'\n\
             {program}{END}\n\
             chmod 0500 /etc/docker/shipyard/node.new\n\
             mv /etc/docker/shipyard/node.new /etc/docker/shipyard/node.sh\n\
             SECRET={secret} sh /etc/docker/shipyard/node.sh \"${{1:-enrol}}\" </dev/null\n",
            engine = self.engine,
            program = self.program()?,
            secret = quote(secret)?,
        ))
    }
}

/// The script that removes what an enrolment did, on a node whose own copy is gone. It holds no secret.
///
/// # Errors
/// Never: its values are fixed.
pub fn removal() -> Result<String, Unquotable> {
    let empty = ["ENGINE", "URL", "PORT", "LISTEN", "LABELS", "ALLOW", "SSH_FROM"].map(|name| (name, String::new()));
    Ok(format!(
        "#!/bin/sh\n\
         # Removes from this host all that made it an engine of Shipyard. Containers and images stay.\n\
         set -eu\n\
         umask 077\n\
         program=$(mktemp)\n\
         trap 'rm -f \"$program\"' EXIT\n\
         cat >\"$program\" <<'{END}'\n\
         {program}{END}\n\
         sh \"$program\" remove </dev/null\n",
        program = program(&empty)?,
    ))
}

fn program(values: &[(&str, String)]) -> Result<String, Unquotable> {
    let mut text = String::from("#!/bin/sh\n# Written by Shipyard. sh node.sh shows what it can do.\n");
    for (name, value) in values {
        text.push_str(&format!("{name}={}\n", quote(value)?));
    }
    text.push_str(PROGRAM);
    Ok(text)
}

/// A JSON string. Labels hold letters, digits and few signs; the two that matter are taken care of all the same.
fn json(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
