//! Random orders of things: changes in the engine, its list lagging behind a `die` or `pause`, events under way, questions and
//! answers crossing them, cuts and repeated events. In the end the mirror equals the truth.
use super::*;
use proptest::prelude::*;
use shipyard_model::{ContainerState, Health, Millis, Port, Protocol};

#[derive(Clone, Debug)]
enum Step {
    /// Something happens to the container of this number.
    Happen(u8, What),
    /// The engine's list catches up with all that ended.
    WriteDown,
    /// So many events arrive.
    Deliver(u8),
    /// The engine answers the question that is under way, from its list of now.
    Answer,
    /// The answer arrives.
    Arrive,
    /// The connection is cut and made anew; so many events are repeated.
    Cut(u8),
    /// A full list, as every ten minutes.
    List,
    /// Time passes.
    Wait(u16),
}

#[derive(Clone, Copy, Debug)]
enum What {
    Create,
    Start,
    /// Ends by itself, for good.
    Die(u8),
    /// Ends by itself and has a restart policy: is started again at once, or waits when it ran for a short time only.
    DieToRestart,
    /// `docker stop`; also of one that waits to be started again.
    Stop,
    /// `docker kill -s HUP`, which it may not mind.
    Signal,
    Pause,
    Unpause,
    Rename(u8),
    Health(bool),
    Connect(u8),
    Disconnect(u8),
    Destroy,
}

fn id(n: u8) -> ContainerId {
    ContainerId::new(format!("{n:064x}"))
}

/// An engine: its containers, its list (which may lag), its events.
#[derive(Default)]
struct Engine {
    truth: BTreeMap<ContainerId, Container>,
    list: BTreeMap<ContainerId, Container>,
    /// With the time of each.
    events: Vec<(ContainerId, Change, i64)>,
    /// The oldest event that the list does not know of.
    unwritten: Option<usize>,
    generation: u8,
    /// When each was started.
    started: BTreeMap<ContainerId, i64>,
    /// Health during a pause, which lists do not tell.
    paused: BTreeMap<ContainerId, Option<Health>>,
    now: i64,
}

impl Engine {
    fn write_down(&mut self) {
        self.list.clone_from(&self.truth);
        self.unwritten = None;
    }

    /// For how long the list may not know of what it does not know of.
    fn longest_lag(&self) -> i64 {
        let mut unwritten = self.events.iter().skip(self.unwritten.unwrap_or(usize::MAX));
        let of_network = |change: &Change| matches!(change, Change::Connected { .. } | Change::Disconnected { .. });
        if unwritten.any(|(_, change, _)| of_network(change)) {
            SETTLE
        } else {
            LONGEST_LAG
        }
    }

    fn change(&mut self, id: &ContainerId, lags: bool, change: Change, set: impl FnOnce(&mut Container)) {
        if let Some(container) = self.truth.get_mut(id) {
            set(container);
            if lags {
                self.unwritten.get_or_insert(self.events.len());
            } else {
                self.write_down();
            }
            self.events.push((id.clone(), change, self.now));
        }
    }

    fn start(&mut self, n: u8) {
        let id = id(n);
        self.generation = self.generation.wrapping_add(1);
        // Every second has a port of Docker's choice, every third a health check.
        let host = if n.is_multiple_of(2) {
            80
        } else {
            40_000 + u16::from(self.generation)
        };
        self.connected(&id);
        self.started.insert(id.clone(), self.now);
        self.change(&id, false, Change::Started, |c| {
            c.state = ContainerState::Running;
            c.exit_code = None;
            c.health = n.is_multiple_of(3).then_some(Health::Starting);
            c.ports = vec![Port {
                host_ip: String::new(),
                host: Some(host),
                container: 80,
                protocol: Protocol::Tcp,
            }];
        });
    }

    /// A start tells of each network anew.
    fn connected(&mut self, id: &ContainerId) {
        for network in self.truth.get(id).map(|c| c.networks.clone()).unwrap_or_default() {
            self.change(id, false, Change::Connected { network }, |_| {});
        }
    }

    fn die(&mut self, id: &ContainerId, exit_code: i64, state: ContainerState) {
        self.change(id, true, Change::Died { exit_code }, |c| {
            patch(c, &Change::Died { exit_code });
            c.state = state;
        });
        for network in self.truth.get(id).map(|c| c.networks.clone()).unwrap_or_default() {
            self.events
                .push((id.clone(), Change::Disconnected { network }, self.now));
        }
    }

    fn happen(&mut self, n: u8, what: What) {
        let id = id(n);
        let state = self.truth.get(&id).map(|c| c.state);
        let (running, paused) = (
            state == Some(ContainerState::Running),
            state == Some(ContainerState::Paused),
        );
        let restarting = state == Some(ContainerState::Restarting);
        // Docker holds the container's lock until a `die` or `pause` is written down.
        if self.list.get(&id) != self.truth.get(&id) {
            self.write_down();
        }
        match what {
            What::Create if state.is_none() => {
                self.generation = self.generation.wrapping_add(1);
                let made = container(&id, self.generation);
                self.truth.insert(id.clone(), made);
                self.write_down();
                self.events.push((id, Change::Created, self.now));
            }
            What::Start if state.is_some() && !running && !paused => self.start(n),
            What::Die(code) if running || paused => self.die(&id, i64::from(code), ContainerState::Exited),
            What::DieToRestart if running => {
                let began = self.started.get(&id).copied().unwrap_or(0);
                self.die(&id, 1, ContainerState::Restarting);
                if self.now - began >= 10_000 {
                    self.write_down();
                    self.start(n);
                }
            }
            What::Stop if running || paused || restarting => {
                self.change(&id, false, Change::Killed { ends: true }, |_| {});
                if !restarting {
                    self.die(&id, 143, ContainerState::Exited);
                    self.write_down();
                }
                self.change(&id, restarting, Change::Stopped, |c| c.state = ContainerState::Exited);
            }
            What::Signal if running => self.change(&id, false, Change::Killed { ends: false }, |_| {}),
            What::Pause if running => {
                let health = self.truth.get(&id).and_then(|c| c.health);
                self.paused.insert(id.clone(), health);
                self.change(&id, true, Change::Paused, |c| {
                    c.state = ContainerState::Paused;
                    c.health = None;
                });
            }
            What::Unpause if paused => {
                let health = self.paused.remove(&id).flatten();
                self.change(&id, true, Change::Unpaused, |c| {
                    c.state = ContainerState::Running;
                    c.health = health;
                });
            }
            What::Rename(to) => {
                let name = format!("name{to}");
                self.change(&id, false, Change::Renamed { name: name.clone() }, |c| c.name = name);
            }
            What::Health(good) if running && n.is_multiple_of(3) => {
                let health = Some(if good { Health::Healthy } else { Health::Unhealthy });
                self.change(&id, false, Change::Health(health), |c| c.health = health);
            }
            What::Connect(to) => {
                let network = format!("net{to}");
                let change = Change::Connected {
                    network: network.clone(),
                };
                self.change(&id, true, change, |c| {
                    if let Err(at) = c.networks.binary_search(&network) {
                        c.networks.insert(at, network);
                    }
                });
            }
            What::Disconnect(from) => {
                let network = format!("net{from}");
                if self.truth.get(&id).is_some_and(|c| c.networks.contains(&network)) {
                    let change = Change::Disconnected {
                        network: network.clone(),
                    };
                    self.change(&id, true, change, |c| c.networks.retain(|one| *one != network));
                }
            }
            What::Destroy if !running && !paused && !restarting && state.is_some() => {
                self.truth.remove(&id);
                self.write_down();
                self.events.push((id, Change::Destroyed, self.now));
            }
            _ => {}
        }
    }
}

fn container(id: &ContainerId, generation: u8) -> Container {
    Container {
        id: id.clone(),
        name: format!("made{generation}"),
        image: "busybox:lab".to_owned(),
        command: String::new(),
        state: ContainerState::Created,
        health: None,
        exit_code: None,
        created: Millis(0),
        ports: Vec::new(),
        labels: shipyard_model::container::ContainerLabels::default(),
        networks: Vec::new(),
    }
}

/// A question under way, and the engine's answer once it is given.
struct Question {
    asked: Option<Vec<ContainerId>>,
    answer: Option<Vec<Container>>,
}

/// A mirror, what a receiver of its updates knows, and the connection between.
#[derive(Default)]
struct Follower {
    mirror: Mirror,
    told: BTreeMap<ContainerId, Arc<Container>>,
    arrived: usize,
    question: Option<Question>,
    listed: bool,
    now: i64,
}

impl Follower {
    fn connect(&mut self, engine: &Engine, repeated: usize) {
        // The overlap reaches back over all that the list may not know yet.
        let from = engine.events.len().saturating_sub(repeated);
        self.arrived = engine.unwritten.unwrap_or(from).min(from);
        self.mirror = Mirror::of(Some(engine.now));
        self.listed = false;
        self.ask(None);
    }

    fn ask(&mut self, asked: Option<Vec<ContainerId>>) {
        self.mirror.asking(self.now);
        self.question = Some(Question { asked, answer: None });
    }

    fn answer(&mut self, engine: &Engine) {
        let Some(question) = self.question.as_mut().filter(|q| q.answer.is_none()) else {
            return;
        };
        let wanted = |c: &&Container| question.asked.as_ref().is_none_or(|ids| ids.contains(&c.id));
        question.answer = Some(engine.list.values().filter(wanted).cloned().collect());
    }

    fn arrive(&mut self) {
        let Some(Question {
            asked,
            answer: Some(answer),
        }) = self.question.take_if(|q| q.answer.is_some())
        else {
            return;
        };
        match asked {
            None => self.mirror.whole(answer, self.now),
            Some(ids) => self.mirror.some(&ids, answer, self.now),
        }
        if !self.listed {
            self.listed = true;
            self.told = self.mirror.all().into_iter().map(|c| (c.id.clone(), c)).collect();
        }
    }

    fn deliver(&mut self, engine: &Engine, most: usize) {
        // Events are looked at once the first list is there; until then they queue.
        if !self.listed {
            return;
        }
        for (id, change, at) in engine.events.iter().skip(self.arrived).take(most) {
            self.mirror.event(id, change.clone(), *at, self.now);
            self.arrived += 1;
        }
    }

    fn tell(&mut self) {
        if self.listed {
            let (put, gone) = self.mirror.take_changes();
            self.told.extend(put.into_iter().map(|c| (c.id.clone(), c)));
            for id in gone {
                self.told.remove(&id);
            }
        }
    }

    fn go_on(&mut self) {
        if self.question.is_none() {
            let due = self.mirror.take_due(self.now);
            if !due.is_empty() {
                self.ask(Some(due));
            }
        }
        self.tell();
    }
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        3 => Just(What::Create),
        5 => Just(What::Start),
        2 => any::<u8>().prop_map(What::Die),
        2 => Just(What::DieToRestart),
        2 => Just(What::Stop),
        1 => Just(What::Signal),
        1 => Just(What::Pause),
        1 => Just(What::Unpause),
        1 => any::<u8>().prop_map(What::Rename),
        2 => any::<bool>().prop_map(What::Health),
        1 => (0u8..3).prop_map(What::Connect),
        1 => (0u8..3).prop_map(What::Disconnect),
        2 => Just(What::Destroy),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (0u8..4, what()).prop_map(|(n, what)| Step::Happen(n, what)),
        2 => Just(Step::WriteDown),
        6 => (1u8..5).prop_map(Step::Deliver),
        4 => Just(Step::Answer),
        4 => Just(Step::Arrive),
        1 => (0u8..20).prop_map(Step::Cut),
        1 => Just(Step::List),
        3 => (1u16..400).prop_map(Step::Wait),
        1 => (9_000u16..14_000).prop_map(Step::Wait),
    ]
}

/// For how long the list does not know of an end, at most. Of what changes a network it knows sooner: that is asked about once.
const LONGEST_LAG: i64 = 5_000;

/// Schedules in a test; `./x bench` tries as many as it says.
fn cases() -> u32 {
    let asked = std::env::var("SHIPYARD_SCHEDULES").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(1000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_order_the_mirror_ends_equal_to_the_truth(steps in prop::collection::vec(step(), 1..120)) {
        let mut engine = Engine::default();
        let mut follower = Follower::default();
        let mut unwritten = None;
        follower.connect(&engine, 0);
        for step in steps {
            match step {
                Step::Happen(n, what) => engine.happen(n, what),
                Step::WriteDown => engine.write_down(),
                Step::Deliver(most) => follower.deliver(&engine, usize::from(most)),
                Step::Answer => follower.answer(&engine),
                Step::Arrive => follower.arrive(),
                Step::Cut(repeated) => follower.connect(&engine, usize::from(repeated)),
                Step::List if follower.question.is_none() => follower.ask(None),
                Step::List => {}
                Step::Wait(ms) => follower.now += i64::from(ms),
            }
            unwritten = engine.unwritten.map(|_| unwritten.unwrap_or(follower.now));
            if unwritten.is_some_and(|since| follower.now - since >= engine.longest_lag()) {
                engine.write_down();
            }
            engine.now = follower.now;
            follower.go_on();
        }
        engine.write_down();
        for _ in 0..100 {
            follower.answer(&engine);
            follower.arrive();
            follower.deliver(&engine, usize::MAX);
            follower.now += 400;
            follower.go_on();
        }
        prop_assert!(follower.question.is_none() && follower.mirror.due().is_none(), "it comes to rest");
        let truth: BTreeMap<_, _> = engine.truth.iter().map(|(id, c)| (id.clone(), Arc::new(c.clone()))).collect();
        prop_assert_eq!(&follower.told, &truth, "what was told");
        let all: BTreeMap<_, _> = follower.mirror.all().into_iter().map(|c| (c.id.clone(), c)).collect();
        prop_assert_eq!(&all, &truth);
    }
}

#[path = "single_tests.rs"]
mod single;
