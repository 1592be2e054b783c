//! For people at work: builds again at each change and starts the new server. The page reloads itself when it meets a
//! server with another build. Files are polled: no crate and no limit on watches is worth half a second.

use crate::build::{self, Built, Mode};
use crate::files;
use crate::project::Project;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

const WATCHED: [&str; 6] = ["app", "crates", "frontend", "server", "style", "Cargo.toml"];
const PAUSE: Duration = Duration::from_millis(500);
/// How long a server may take to close its connections and its store.
const PATIENCE: Duration = Duration::from_secs(10);

type Seen = BTreeMap<PathBuf, SystemTime>;

/// Builds and serves until it is interrupted. An error is shown, and the old server stays up until a build succeeds.
pub(crate) fn watch(project: &Project, args: &[&str]) -> Result<()> {
    let mut server: Option<Child> = None;
    loop {
        let seen = look(project)?;
        match build::build(project, Mode::Dev) {
            Ok(built) => {
                if let Some(old) = server.take() {
                    stop(old)?;
                }
                server = Some(start(&built, args)?);
            }
            Err(error) => eprintln!("error: {error:#}"),
        }
        wait_for_change(project, &seen)?;
    }
}

fn look(project: &Project) -> Result<Seen> {
    let mut seen = Seen::new();
    for folder in WATCHED {
        for file in files::walk(&project.path(folder))? {
            // An editor may have removed it since.
            if let Ok(modified) = file.metadata().and_then(|meta| meta.modified()) {
                seen.insert(file, modified);
            }
        }
    }
    Ok(seen)
}

fn wait_for_change(project: &Project, built: &Seen) -> Result<()> {
    let mut last = look(project)?;
    loop {
        sleep(PAUSE);
        let now = look(project)?;
        // Two looks that agree: whoever is writing (an editor, a checkout) has finished.
        if now == last && now != *built {
            for file in now.keys().filter(|file| now.get(*file) != built.get(*file)).take(3) {
                eprintln!(
                    "changed: {}",
                    file.strip_prefix(&project.root).unwrap_or(file).display()
                );
            }
            return Ok(());
        }
        last = now;
    }
}

fn start(built: &Built, args: &[&str]) -> Result<Child> {
    let mut command = Command::new(&built.server);
    command.arg("--site-dir").arg(&built.site).args(args);
    command
        .spawn()
        .with_context(|| format!("cannot start {}", built.server.display()))
}

/// Asks the server to end, as a service manager would; std can only kill.
fn stop(mut server: Child) -> Result<()> {
    Command::new("kill")
        .arg(server.id().to_string())
        .status()
        .context("cannot start kill")?;
    let asked = Instant::now();
    while server.try_wait()?.is_none() {
        if asked.elapsed() > PATIENCE {
            eprintln!("the server does not end by itself; killing it");
            server.kill()?;
        }
        sleep(Duration::from_millis(50));
    }
    Ok(())
}
