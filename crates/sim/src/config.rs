//! What a simulated fleet shall be.
use crate::version::Version;
use std::path::PathBuf;

/// How engines are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Sockets `engine0.sock`, `engine1.sock`, … in a folder.
    Unix(PathBuf),
    /// Ports of 127.0.0.1, from the first one on, or of the system's choice.
    Tcp(Option<u16>),
    /// The same over TLS, with a certificate asked of every client.
    Tls(Option<u16>),
}

/// What a simulated fleet shall be.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many engines.
    pub engines: usize,
    /// How many containers each has at the beginning.
    pub containers: u32,
    /// How they are reached.
    pub transport: Transport,
    /// Share of containers that run at the beginning, from 0 to 1.
    pub running: f64,
    /// Which Docker they are.
    pub version: Version,
    /// The same seed makes the same fleet and the same load.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            engines: 1,
            containers: 10,
            transport: Transport::Tcp(None),
            running: 0.9,
            version: Version::LAB,
            seed: 1,
        }
    }
}
