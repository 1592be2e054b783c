//! From the first line to the last: configuration, log, yard, listener; and the way back in order.
use crate::config::{BadConfig, Settings, first_password};
use crate::state::Server;
use crate::{accept, api, assets, commands, metrics, origin, router, sessions, sockets, telemetry, tls};
use shipyard_model::Secret;
use shipyard_yard::{FirstPassword, HookSettings, Yard, YardSettings};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// `EX_CONFIG` of sysexits: the configuration or what it names cannot be used.
pub(crate) const CONFIGURATION: u8 = 78;

/// Runs the server; see [`crate::run`] for the exit codes.
pub(crate) fn run() -> ExitCode {
    let settings = match Settings::load() {
        Ok(settings) => settings,
        Err(BadConfig::Usage(usage)) => {
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2));
        }
        Err(error) => return refuse(&error),
    };
    if let Some(command) = &settings.command {
        return commands::run(command, &settings);
    }
    if let Err(error) = telemetry::start(&settings) {
        return refuse(&error);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("shipyard-server: the system gives no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(serve(settings));
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

fn refuse(why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("shipyard-server: {why}");
    ExitCode::from(CONFIGURATION)
}

async fn serve(settings: Settings) -> ExitCode {
    let first = match first_password(&settings) {
        Ok(first) => first,
        Err(error) => return refuse(&error),
    };
    // The port first: when it is taken, the data folder is not touched.
    let listener = match TcpListener::bind(settings.listen).await {
        Ok(listener) => listener,
        Err(error) => return refuse(&format!("cannot listen on {}: {error}", settings.listen)),
    };
    let tls = match settings.tls.clone().map(tls::Tls::load).transpose() {
        Ok(tls) => tls.map(Arc::new),
        Err(error) => return refuse(&error),
    };
    let address = listener.local_addr().unwrap_or(settings.listen);
    let guide = matches!(first, FirstPassword::Guide) && is_first_start(&settings.data_dir);
    let (yard, password) = match Yard::open(yard_settings(&settings, first, address)).await {
        Ok(opened) => opened,
        Err(error) => return refuse(&error),
    };
    let draining = CancellationToken::new();
    if let Err(error) = stop_on_signals(draining.clone()) {
        return refuse(&format!("cannot listen for signals: {error}"));
    }
    let server = Server {
        sessions: sessions::Sessions::new(&yard, &settings),
        site: Arc::new(assets::Site::load(&settings.site_dir)),
        names: Arc::new(origin::Names::new(&settings)),
        requests: metrics::Requests::default(),
        once: api::Once::default(),
        edits: Arc::default(),
        sockets: sockets::Sockets::default(),
        draining: draining.clone(),
        https: settings.is_https(),
        in_the_clear: !address.ip().is_loopback() && !settings.is_https(),
        yard: yard.clone(),
    };
    let purge = tokio::spawn(purge_hourly(server.sessions.clone()));
    announce(&settings, address, password.as_ref(), guide);
    if !address.ip().is_loopback() && !server.names.has_some() {
        tracing::info!(
            "requests may name this server by an IP address alone: where people use a name, set --public-url or --allowed-hosts"
        );
    }
    let renew = tls.clone().map(|tls| tokio::spawn(tls.follow()));
    accept::serve(listener, tls, router::build(&server), draining).await;
    if let Some(renew) = renew {
        renew.abort();
    }
    server.sockets.all_closed(Duration::from_secs(2)).await;
    purge.abort();
    yard.shutdown().await;
    tracing::info!("stopped");
    ExitCode::SUCCESS
}

fn yard_settings(settings: &Settings, first_password: FirstPassword, address: SocketAddr) -> YardSettings {
    YardSettings {
        data_dir: settings.data_dir.clone(),
        key_file: settings.key_file.clone(),
        first_password,
        local_socket: settings.local_socket.clone(),
        activity_days: settings.activity_days,
        stats_kept: settings.stats_kept,
        hooks: HookSettings {
            public_url: public_url(settings, address),
            ..settings.hooks.clone()
        },
    }
}

/// Whether nothing was ever kept in the data folder.
fn is_first_start(data_dir: &Path) -> bool {
    std::fs::read_dir(data_dir).map_or(true, |mut entries| entries.next().is_none())
}

/// Where people reach the server.
fn public_url(settings: &Settings, address: SocketAddr) -> String {
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let origin = settings.public_origin.clone();
    origin.unwrap_or_else(|| format!("{scheme}://{address}"))
}

/// Tells the operator where to go. A random password is printed here, once, and is nowhere else.
fn announce(settings: &Settings, address: SocketAddr, password: Option<&Secret>, guide: bool) {
    let public = public_url(settings, address);
    if let Some(password) = password {
        say(&format!(
            "First sign-in: account admin, password {}  (shown this once; it must be changed)",
            password.reveal()
        ));
    } else if guide {
        say("First sign-in: account admin, password shipyard  (it must be changed)");
    }
    say(&format!("Shipyard listens on {public}"));
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    if !address.ip().is_loopback() && !settings.is_https() {
        tracing::warn!(
            "passwords and sessions cross the network in the clear: set --tls-cert and --tls-key, put a proxy with https in front and set --public-url, or listen on loopback"
        );
    }
}

/// A line on standard output, which may be closed.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The first signal asks for an orderly end, the second ends at once.
fn stop_on_signals(draining: CancellationToken) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            if draining.is_cancelled() {
                tracing::warn!(signal = name, "second signal: ending at once");
                std::process::exit(130);
            }
            tracing::info!(signal = name, "stopping; requests under way have 10 s");
            draining.cancel();
        }
    });
    Ok(())
}

async fn purge_hourly(sessions: sessions::Sessions) {
    let mut tick = tokio::time::interval(Duration::from_secs(3600));
    loop {
        tick.tick().await;
        match sessions.purge().await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "expired sessions removed"),
            Err(error) => tracing::warn!(%error, "expired sessions could not be removed"),
        }
    }
}
