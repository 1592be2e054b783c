//! The `shipyard-sim` command: a simulated fleet for a bench in another process.
#![forbid(unsafe_code)]
use anyhow::{Context, Result};
use clap::Parser;
use shipyard_sim::{Config, Fault, Load, Sim, Transport, Version, admin};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Many Docker engines that are none: for benches and tests.
#[derive(Parser)]
#[command(name = "shipyard-sim", version)]
struct Args {
    /// How many engines.
    #[arg(long, default_value_t = 1000)]
    engines: usize,
    /// How many containers each has.
    #[arg(long, default_value_t = 100)]
    containers: u32,
    /// Engines are sockets in this folder.
    #[arg(long, conflicts_with = "first_port")]
    unix_dir: Option<PathBuf>,
    /// Engines are ports of 127.0.0.1 from this one on.
    #[arg(long, default_value_t = 20_000)]
    first_port: u16,
    /// Over mutual TLS; ca.pem, cert.pem and key.pem for clients are written to this folder.
    #[arg(long, conflicts_with = "unix_dir")]
    tls_dir: Option<PathBuf>,
    /// Changes of containers a second, over the whole fleet.
    #[arg(long, default_value_t = 0.0)]
    events_per_second: f64,
    /// Share of engines whose connections end in a second.
    #[arg(long, default_value_t = 0.0)]
    flapping: f64,
    /// Milliseconds that every answer takes.
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
    /// Share of containers that run at the beginning.
    #[arg(long, default_value_t = 0.9)]
    running: f64,
    /// Docker's API version.
    #[arg(long, default_value = "1.41")]
    api_version: String,
    /// The same seed makes the same fleet.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the fleet is driven and counted, as JSON over HTTP.
    #[arg(long)]
    admin: Option<SocketAddr>,
    /// Ends by itself after so many seconds.
    #[arg(long)]
    for_seconds: Option<u64>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(args))
}

async fn run(args: Args) -> Result<()> {
    let transport = match (&args.unix_dir, &args.tls_dir) {
        (Some(folder), _) => Transport::Unix(folder.clone()),
        (None, Some(_)) => Transport::Tls(Some(args.first_port)),
        (None, None) => Transport::Tcp(Some(args.first_port)),
    };
    let config = Config {
        engines: args.engines,
        containers: args.containers,
        transport,
        running: args.running,
        version: Version::parse(&args.api_version).context("an API version is like 1.41")?,
        seed: args.seed,
    };
    let sim = Arc::new(Sim::start(config).await?);
    if let (Some(folder), Some(material)) = (&args.tls_dir, sim.tls_material()) {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("ca.pem"), &material.authority)?;
        std::fs::write(folder.join("cert.pem"), &material.certificate)?;
        std::fs::write(folder.join("key.pem"), &material.key)?;
    }
    if args.delay_ms > 0 {
        for engine in sim.all() {
            engine.put(Fault::Delay(Duration::from_millis(args.delay_ms))).await?;
        }
    }
    if let Some(address) = args.admin {
        let listener = TcpListener::bind(address).await.context("the admin address")?;
        println!("admin http://{}", listener.local_addr()?);
        tokio::spawn(admin::serve(Arc::clone(&sim), listener));
    }
    sim.set_load(Load {
        per_second: args.events_per_second,
        flapping: args.flapping,
    });
    let last = sim.engines().saturating_sub(1);
    println!("{} engines: {} … {}", sim.engines(), sim.address(0), sim.address(last));
    let mut terminated = signal(SignalKind::terminate())?;
    let time = args.for_seconds.map(Duration::from_secs);
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
        () = async {
            match time {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        } => {}
    }
    Ok(())
}
