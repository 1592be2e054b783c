//! How long a plan takes: 10,000 engines of 20 containers, 100 copies. `./x bench placement`.
//!
//! Times depend on the machine, so each is told as a ratio to a baseline of the same run too: one pass that clones the engines
//! and sorts them by name, which is the least that anything does that looks at all of them.
use shipyard_fleet::order::natural;
use shipyard_fleet::placement::{Candidate, plan};
use shipyard_model::container::{LABEL_CPUS, LABEL_DEPLOY};
use shipyard_model::deploy::{Affinity, ContainerSpec, Copies, DeployRequest, Selector, Strategy, Target};
use shipyard_model::{
    Bytes, Capacity, Constraint, Container, ContainerId, ContainerState, Cpus, EngineHealth, EngineId, EngineName,
    Labels, Millis,
};
use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ENGINES: usize = 10_000;
const CONTAINERS: usize = 20;
const COPIES: u16 = 100;
const RUNS: usize = 20;
/// What a plan may take.
const MOST: Duration = Duration::from_millis(50);

fn container(engine: usize, number: usize) -> Container {
    let name = format!("service{}-{number}", engine % 97);
    let labels = [
        (LABEL_CPUS, "100000000"),
        (LABEL_DEPLOY, "0123456789abcdef"),
        ("app", "shop"),
    ];
    Container {
        id: ContainerId::new(format!("{engine:032x}{number:032x}")),
        image: format!("registry.example/team/service{}:1.{number}", engine % 97),
        command: "serve".to_owned(),
        state: ContainerState::Running,
        health: None,
        exit_code: None,
        created: Millis(0),
        ports: Vec::new(),
        labels: labels.into_iter().collect(),
        networks: Vec::new(),
        name,
    }
}

fn engine(number: usize) -> Result<Candidate, Box<dyn Error>> {
    let containers: Vec<_> = (0..CONTAINERS).map(|one| Arc::new(container(number, one))).collect();
    Ok(Candidate {
        id: EngineId::new(format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))),
        name: EngineName::parse(&format!("node{number}"))?,
        labels: Labels(BTreeMap::from([
            ("zone".to_owned(), format!("z{}", number % 7)),
            ("rack".to_owned(), format!("r{}", number % 311)),
        ])),
        capacity: Capacity {
            cpus: Cpus::whole(16),
            memory: Bytes::mib(65_536),
        },
        reserved: Capacity {
            cpus: Cpus::whole(u32::try_from(number % 16)?),
            memory: Bytes::mib(u64::try_from(number % 40)? * 1024),
        },
        health: EngineHealth::Up,
        drained: number.is_multiple_of(50),
        names: containers.iter().map(|one| one.name.clone()).collect(),
        containers,
        ports: Vec::new(),
    })
}

fn request(strategy: Strategy) -> DeployRequest {
    DeployRequest {
        spec: ContainerSpec {
            image: "registry.example/team/service5:2".to_owned(),
            cpus: Cpus::whole(1),
            memory: Bytes::mib(512),
            ..ContainerSpec::default()
        },
        copies: Copies::Total(COPIES),
        strategy,
        ..DeployRequest::default()
    }
}

/// The best of some runs: what else the machine does only ever adds.
fn best(mut work: impl FnMut()) -> Duration {
    let run = |_| {
        let began = Instant::now();
        work();
        began.elapsed()
    };
    (0..RUNS).map(run).min().unwrap_or_default()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut engines = (0..ENGINES).map(engine).collect::<Result<Vec<_>, _>>()?;
    engines.sort_by(|a, b| a.id.cmp(&b.id));
    let mut choosy = request(Strategy::SpreadOver("zone".to_owned()));
    choosy.target = Target::Labels(vec![
        Constraint::parse("zone in (z1,z2,z3)")?,
        Constraint::parse("engine!=node7")?,
    ]);
    choosy.affinity = vec![
        Affinity {
            with: false,
            containers: Selector::parse("image=registry.example/team/service3")?,
        },
        Affinity {
            with: true,
            containers: Selector::parse("label=app=shop")?,
        },
    ];
    choosy.most_per_engine = Some(2);

    let baseline = best(|| {
        let mut all = black_box(&engines).clone();
        all.sort_by(|a, b| natural(a.name.as_str(), b.name.as_str()));
        black_box(all);
    });
    let told = |what: &str, time: Duration| {
        let ratio = time.as_secs_f64() / baseline.as_secs_f64();
        println!(
            "{what:<28} {:>8.2} ms  {ratio:>6.2} × baseline",
            time.as_secs_f64() * 1000.0
        );
    };
    println!("{COPIES} copies on {ENGINES} engines of {CONTAINERS} containers, the best of {RUNS} runs");
    told("baseline: clone and sort", baseline);
    let mut slowest = Duration::ZERO;
    for (what, request) in [
        ("spread", request(Strategy::Spread)),
        ("fill", request(Strategy::Fill)),
        ("spread over zones", request(Strategy::SpreadOver("zone".to_owned()))),
        ("constraints and affinity", choosy),
    ] {
        let planned = plan(&engines, &request);
        if planned.copies.len() != usize::from(COPIES) {
            return Err(format!("{what}: {} copies were placed", planned.copies.len()).into());
        }
        let time = best(|| {
            black_box(plan(black_box(&engines), black_box(&request)));
        });
        told(what, time);
        slowest = slowest.max(time);
    }
    if slowest > MOST && !cfg!(debug_assertions) {
        return Err(format!("a plan takes {slowest:?}, more than {MOST:?}").into());
    }
    Ok(())
}
