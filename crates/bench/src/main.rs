//! Measures Shipyard with a fleet: the release build of the server in a process of its own, a simulated fleet in another, and beside
//! each figure what the same machine does without us, in the same run. Prints one table; `docs/performance.md` explains it.
mod floor;
mod http;
mod load;
mod measures;
mod server;
mod simulated;
mod socket;
mod table;
mod times;

use anyhow::Result;
use clap::Parser;
use measures::{Bench, browser, engine, events, logs, pages, rest, sizes, start, trouble};
use server::Setup;
use simulated::Simulated;
use std::path::PathBuf;
use table::Row;

/// What is measured, and with what.
#[derive(Parser)]
#[command(name = "shipyard-bench", about)]
struct Arguments {
    /// The server's release build.
    #[arg(long)]
    server: PathBuf,
    /// The site that it serves.
    #[arg(long)]
    site: PathBuf,
    /// The simulated fleet's release build.
    #[arg(long)]
    simulator: PathBuf,
    /// The script that measures in Chromium; without it that is left out.
    #[arg(long, requires = "packages")]
    browser: Option<PathBuf>,
    /// The folder with the packages that the script uses.
    #[arg(long)]
    packages: Option<PathBuf>,
    /// The lab with a real engine; without it what needs one is left out.
    #[arg(long)]
    lab: Option<PathBuf>,
    /// Engines of the fleet.
    #[arg(long, default_value_t = 1000)]
    engines: u16,
    /// Containers of each.
    #[arg(long, default_value_t = 100)]
    containers: u32,
    /// Minutes of changes and cuts after which our state is compared with the engines'.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Figures to measure, by their numbers (`P3,P7`); all when not said.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// First port of the simulated engines.
    #[arg(long, default_value_t = 21000)]
    first_port: u16,
}

impl Arguments {
    fn wants(&self, ids: &[&str]) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| ids.contains(&only.as_str()))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut rows = Vec::new();
    if arguments.wants(&["P21"]) {
        rows.extend(sizes::sizes(&arguments.site)?);
    }
    if let Some(lab) = arguments.lab.as_deref().filter(|_| arguments.wants(&["P5"])) {
        say("one real engine");
        let setup = Setup::new(&arguments.server, &arguments.site)?;
        rows.extend(engine::list(&setup, lab).await?);
    }
    rows.extend(fleet(&arguments).await?);
    rows.sort_by_key(|row| row.id.trim_start_matches('P').parse::<u32>().unwrap_or(0));
    println!("{}", table::text(&rows));
    let missed = rows.iter().filter(|row| !row.met).count();
    println!("{} figures, {missed} missed", rows.len());
    Ok(())
}

fn say(what: &str) {
    eprintln!("→ {what}");
}

/// Adds what was found, and shows it to whoever waits. What could not be measured is a row that says why, and missed: the others
/// are measured all the same.
fn add(rows: &mut Vec<Row>, id: &'static str, found: Result<Vec<Row>>) {
    let found = found.unwrap_or_else(|error| {
        let row = Row::new(id, "it could not be measured", format!("{error:#}"));
        vec![row.must("a figure", false)]
    });
    for row in &found {
        eprintln!("  {}: {} · {}", row.what, row.value, row.baseline);
    }
    rows.extend(found);
}

async fn fleet(arguments: &Arguments) -> Result<Vec<Row>> {
    say("a simulated fleet");
    let simulated = Simulated::start(
        &arguments.simulator,
        arguments.engines,
        arguments.containers,
        arguments.first_port,
    )
    .await?;
    let one = if arguments.wants(&["P20"]) {
        Some(one_engine(arguments).await?)
    } else {
        None
    };
    let setup = Setup::new(&arguments.server, &arguments.site)?;
    let first = setup.start().await?;
    let session = first.sign_in().await?;
    say("its engines are added");
    start::add(&first, &session, &simulated).await?;
    first.end().await?;
    say("P1: start");
    let mut rows = Vec::new();
    let (bench, found) = start::start(&setup, &simulated, session).await?;
    add(&mut rows, "P1", Ok(found));
    if arguments.wants(&["P2"]) {
        say("P2: memory");
        add(&mut rows, "P2", start::memory(&bench).await);
    }
    if arguments.wants(&["P9"]) {
        say("P9: at rest");
        add(&mut rows, "P9", rest::idle(&bench).await);
    }
    if arguments.wants(&["P3"]) {
        say("P3: pages");
        add(&mut rows, "P3", pages::page(&bench).await);
    }
    if arguments.wants(&["P6"]) {
        say("P6: an event in calm");
        add(&mut rows, "P6", events::calm(&bench).await);
    }
    if arguments.wants(&["P7"]) {
        say("P7: a storm of events");
        add(&mut rows, "P7", events::storm(&bench, 2000).await);
    }
    if arguments.wants(&["P12"]) {
        say("P12: many readers of a log");
        add(&mut rows, "P12", logs::readers(&bench).await);
        // However that ended, what follows is measured without it.
        bench.simulated.post("/hose?lines=0").await?;
    }
    if arguments.wants(&["P16", "P17"]) {
        say("P16, P17: signing in");
        add(&mut rows, "P16", pages::signing_in(&bench).await);
    }
    if let (Some(script), Some(packages)) = (&arguments.browser, &arguments.packages)
        && arguments.wants(&["P8", "P23", "P24"])
    {
        say("P8, P23, P24: in the browser");
        add(&mut rows, "P8", browser::browser(&bench, script, packages).await);
        rest::settle(&bench).await?;
    }
    if arguments.wants(&["P20", "P26"]) {
        say("P20, P26: engines that hang, and come back");
        add(&mut rows, "P20", troubles(&bench, one.as_ref()).await);
        add(&mut rows, "P26", trouble::dropped(&bench).await);
    }
    if arguments.wants(&["P27"]) {
        say("P27: whether it is true in the end");
        add(&mut rows, "P27", trouble::drift(&bench, arguments.minutes).await);
    }
    bench.server.end().await?;
    Ok(rows.into_iter().filter(|row| arguments.wants(&[row.id])).collect())
}

async fn troubles(bench: &Bench<'_>, one: Option<&load::Load>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let (calm, many) = (trouble::pages(bench).await?, pages::first_bytes(&bench.server).await?);
    trouble::hang(bench).await?;
    // While they are being found out, and after.
    let hung = trouble::pages(bench).await?.max(trouble::pages(bench).await?);
    let while_hung = pages::first_bytes(&bench.server).await?;
    trouble::heal(bench).await?;
    if let Some(one) = one {
        rows.extend(pages::shell(one, &many, &while_hung));
    }
    rows.push(trouble::hung(calm, hung));
    Ok(rows)
}

/// The page of containers of a server that has one engine.
async fn one_engine(arguments: &Arguments) -> Result<load::Load> {
    let first_port = arguments.first_port.saturating_add(arguments.engines);
    let simulated = Simulated::start(&arguments.simulator, 1, arguments.containers, first_port).await?;
    let setup = Setup::new(&arguments.server, &arguments.site)?;
    let server = setup.start().await?;
    let session = server.sign_in().await?;
    start::add(&server, &session, &simulated).await?;
    let measured = pages::first_bytes(&server).await?;
    server.end().await?;
    Ok(measured)
}
