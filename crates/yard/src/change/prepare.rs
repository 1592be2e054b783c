//! What a change does to each of its containers: judged by policy, checked against its engine, in place where Docker can.
use super::diff::diff;
use super::subject::{Standing, Stands, Subject};
use crate::Yard;
use crate::actor::Actor;
use crate::policy;
use crate::scoped::Scoped;
use shipyard_engine::{Amend, Kept, Made};
use shipyard_fleet::change::{Amendment, Before, Recreation, Task};
use shipyard_fleet::grow::{Growing, Growth};
use shipyard_fleet::operations::Wanted;
use shipyard_fleet::recreate::Piece;
use shipyard_fleet::snapshot::holds_reservation;
use shipyard_fleet::validate;
use shipyard_model::change::{ChangePlan, ChangeRequest, Dependant, FieldChange, How, PlannedChange};
use shipyard_model::container::{LABEL_CPUS, LABEL_DEPLOY, LABEL_MEMORY};
use shipyard_model::deploy::{ContainerSpec, PullPolicy, VolumeSpec};
use shipyard_model::{Capacity, Container, ContainerRef, Problem, Profile};

/// Longest that Docker waits for a container to end unless told otherwise, and usual time between two health checks.
const STOP_SECONDS: u64 = 10;
const CHECK_MS: u64 = 30_000;
/// A container without a health check is there soon after its start.
const START_MS: u64 = 1_000;

/// What one container shall be.
pub(crate) struct Wish {
    pub(crate) subject: Subject,
    /// As it was made, with what shall be other.
    pub(crate) spec: ContainerSpec,
    /// Docker's id of the image that is meant, where that is one of earlier.
    pub(crate) image_id: Option<String>,
}

/// A change that is ready to be carried out, if its plan has no problem.
#[derive(Default)]
pub(crate) struct Prepared {
    pub(crate) plan: ChangePlan,
    pub(crate) tasks: Vec<Task>,
    pub(crate) wanted: Vec<Wanted>,
    /// What each reserves before and after.
    pub(crate) growth: Vec<Growth>,
}

/// A specification by which the container keeps its anonymous volumes.
fn successor_of(spec: &ContainerSpec, made: &Made) -> ContainerSpec {
    let mut spec = spec.clone();
    for kept in &made.anonymous {
        let is_its = |volume: &VolumeSpec| volume.target == kept.target;
        if spec
            .volumes
            .iter()
            .any(|volume| is_its(volume) && !volume.source.is_empty())
            || spec.tmpfs.iter().any(|tmpfs| tmpfs.target == kept.target)
        {
            continue;
        }
        spec.volumes.retain(|volume| !is_its(volume));
        spec.volumes.push(kept.clone());
    }
    spec
}

/// How long a container is away at most: until it has ended, and is well again.
fn away_ms(made: &Made) -> u64 {
    let spec = &made.spec;
    let stop = spec.stop_timeout.map_or(STOP_SECONDS, u64::from).saturating_mul(1000);
    let start = match &spec.healthcheck {
        Some(check) if check.start_interval_ms > 0 => check.start_interval_ms,
        Some(check) if check.interval_ms > 0 => check.interval_ms,
        Some(_) => CHECK_MS,
        None => START_MS,
    };
    stop.saturating_add(start)
}

/// The labels that it bears besides: those that it had, its reservation with the figures of now.
fn labels(made: &Made, from: &ContainerSpec, to: &ContainerSpec) -> Vec<(String, String)> {
    let had = |label: &str| made.kept_labels.iter().any(|(key, _)| key == label);
    let mut labels = made.kept_labels.clone();
    for (label, was, is) in [
        (LABEL_CPUS, from.cpus.nanos(), to.cpus.nanos()),
        (LABEL_MEMORY, from.memory.get(), to.memory.get()),
    ] {
        if was == is {
            continue;
        }
        labels.retain(|(key, _)| key != label);
        if is > 0 && (was > 0 && had(label) || was == 0 || had(LABEL_DEPLOY)) {
            labels.push((label.to_owned(), is.to_string()));
        }
    }
    labels
}

impl Yard {
    /// Plans what becomes of containers.
    pub(crate) async fn prepared(
        &self,
        actor: &Actor,
        fleet: &Scoped,
        wishes: Vec<Wish>,
        request: &ChangeRequest,
    ) -> Result<Prepared, Problem> {
        let mut prepared = Prepared::default();
        let mut stands = Stands::default();
        if request.at_once == 0 {
            let none = Problem::new(422, "change.at-once", "At least one container is changed at once.");
            prepared.plan.problems.push(none.field("at_once"));
        }
        for wish in wishes {
            self.prepare(actor, fleet, &wish, request, &mut stands, &mut prepared)
                .await?;
        }
        let all = fleet.whole().snapshot();
        let full = Growing::problems(fleet.whole(), &prepared.growth, &self.quotas(&all));
        prepared.plan.problems.extend(full);
        Ok(prepared)
    }

    async fn prepare(
        &self,
        actor: &Actor,
        fleet: &Scoped,
        wish: &Wish,
        request: &ChangeRequest,
        stands: &mut Stands,
        into: &mut Prepared,
    ) -> Result<(), Problem> {
        let subject = &wish.subject;
        let made = &subject.made;
        let before = made.successor();
        let (after, added, profile) = self.allowed(actor, fleet, subject, &successor_of(&wish.spec, made), into);
        let mut fields = diff(&before, &after);
        let image_id = wish.image_id.clone().filter(|id| *id != made.image_id);
        if let Some(id) = image_id.as_ref().filter(|_| after.image == before.image) {
            fields.push(other_state(&after.image, &made.image_id, id));
        }
        let in_place = !request.recreate && fields.iter().all(|field| field.in_place);
        let how = match fields.is_empty() {
            true if request.recreate => How::Recreate,
            true if request.pull == PullPolicy::Always => How::RecreateIfNewer,
            true => How::Nothing,
            false if in_place => How::InPlace,
            false => How::Recreate,
        };
        let anew = matches!(how, How::Recreate | How::RecreateIfNewer);
        into.growth.push(growth(subject, &before, &after, anew));
        into.plan.problems.extend(ports(fleet, subject, &before, &after));
        let target = into.wanted.len();
        into.wanted.push(wanted(subject));
        let mut planned = PlannedChange {
            name: subject.container.name.clone(),
            engine: subject.engine.engine.name.clone(),
            at: subject.at(),
            fields,
            how,
            away_ms: 0,
            dependants: Vec::new(),
            added,
        };
        let task = match how {
            How::Nothing => Task::Nothing { target },
            How::InPlace => Task::Amend(Box::new(amendment(target, subject, &before, &after))),
            How::Recreate | How::RecreateIfNewer => {
                let standing = match stands.on(&self.inner.asking, fleet, subject).await {
                    Ok(standing) => standing,
                    Err(why) => {
                        into.plan.problems.push(why);
                        Vec::new()
                    }
                };
                if subject.container.state.is_alive() {
                    planned.away_ms = away_ms(made);
                }
                let mut recreation = Recreation {
                    pieces: vec![piece(
                        target,
                        subject,
                        &before,
                        after,
                        image_id,
                        kept(subject, profile, into),
                    )],
                    before: vec![self.before(actor, fleet, subject, request, into)],
                    pull: request.pull,
                    unless: (how == How::RecreateIfNewer).then(|| made.image_id.clone()),
                };
                for one in standing {
                    let dependant = self.dependant(actor, fleet, &one, &mut recreation, into);
                    planned.dependants.push(dependant);
                }
                Task::Recreate(Box::new(recreation))
            }
        };
        into.plan.containers.push(planned);
        into.tasks.push(task);
        Ok(())
    }

    /// What policy makes of a specification for the place of a container; what speaks against it is put with the problems.
    fn allowed(
        &self,
        actor: &Actor,
        fleet: &Scoped,
        subject: &Subject,
        spec: &ContainerSpec,
        into: &mut Prepared,
    ) -> (ContainerSpec, Vec<String>, Profile) {
        let labels = &subject.engine.engine.labels;
        let grounds = actor.rights().grounds(labels, |area| area.admits(&subject.container));
        let judged = policy::judge(&[grounds], spec);
        policy::record(actor, &judged);
        let mut problems = judged.refused;
        problems.extend(validate::spec(&judged.spec));
        if !fleet.scope().has_container(labels, &relabelled(subject, &judged.spec)) {
            let beyond = Problem::new(
                403,
                "change.beyond-scope",
                "With these labels it would not be yours to change any more.",
            );
            problems.push(beyond.field("labels"));
        }
        for problem in problems {
            if !into.plan.problems.contains(&problem) {
                into.plan.problems.push(problem);
            }
        }
        (judged.spec, judged.added, judged.profile)
    }

    /// What a container is, to be made so again.
    fn before(
        &self,
        actor: &Actor,
        fleet: &Scoped,
        subject: &Subject,
        request: &ChangeRequest,
        into: &mut Prepared,
    ) -> Before {
        let spec = subject.made.successor();
        let (spec, kept) = if request.roll_back_on_failure {
            let (spec, _, profile) = self.allowed(actor, fleet, subject, &spec, into);
            (spec, kept(subject, profile, into))
        } else {
            (spec, Kept::default())
        };
        Before {
            spec,
            labels: subject.made.kept_labels.clone(),
            image_id: subject.made.image_id.clone(),
            kept,
        }
    }

    fn dependant(
        &self,
        actor: &Actor,
        fleet: &Scoped,
        one: &Standing,
        recreation: &mut Recreation,
        into: &mut Prepared,
    ) -> Dependant {
        let subject = &one.subject;
        let before = subject.made.successor();
        let (after, _, profile) = self.allowed(actor, fleet, subject, &before, into);
        let kept = kept(subject, profile, into);
        into.growth.push(growth(subject, &before, &after, true));
        let target = into.wanted.len();
        into.wanted.push(wanted(subject));
        recreation.before.push(Before {
            spec: after.clone(),
            labels: subject.made.kept_labels.clone(),
            image_id: subject.made.image_id.clone(),
            kept: kept.clone(),
        });
        let same_image = Some(subject.made.image_id.clone());
        recreation
            .pieces
            .push(piece(target, subject, &before, after, same_image, kept));
        Dependant {
            name: subject.container.name.clone(),
            at: subject.at(),
            field: one.field.to_owned(),
            away_ms: if subject.container.state.is_alive() {
                away_ms(&subject.made)
            } else {
                0
            },
        }
    }
}

fn wanted(subject: &Subject) -> Wanted {
    Wanted {
        name: subject.container.name.clone(),
        engine: subject.engine.engine.name.clone(),
        container: Some(subject.at()),
    }
}

fn piece(
    target: usize,
    subject: &Subject,
    before: &ContainerSpec,
    spec: ContainerSpec,
    image_id: Option<String>,
    kept: Kept,
) -> Piece {
    Piece {
        target,
        at: subject.at(),
        name: subject.container.name.clone(),
        labels: labels(&subject.made, before, &spec),
        spec,
        image_id,
        kept,
    }
}

/// What of a container goes to what takes its place besides; what speaks against that is put with the problems.
fn kept(subject: &Subject, profile: Profile, into: &mut Prepared) -> Kept {
    policy::kept(&subject.made, profile, &subject.container.name).unwrap_or_else(|why| {
        if !into.plan.problems.contains(&why) {
            into.plan.problems.push(why);
        }
        Kept::default()
    })
}

fn amendment(target: usize, subject: &Subject, before: &ContainerSpec, after: &ContainerSpec) -> Amendment {
    let now = subject.engine.reserves(&subject.container);
    let mut then = now;
    // What reserves nothing of the one or the other does not begin to: its labels cannot be changed.
    if now.cpus.nanos() > 0 {
        then.cpus = after.cpus;
    }
    if now.memory.get() > 0 {
        then.memory = after.memory;
    }
    Amendment {
        target,
        at: subject.at(),
        to: Amend::between(before, after),
        back: Amend::between(after, before),
        reserves: (then != now).then_some((then, now)),
    }
}

/// What counts of a container before and after. One that stands still counts for nothing, and for all of it when it is made
/// anew, as what takes its place is ready to run.
fn growth(subject: &Subject, before: &ContainerSpec, after: &ContainerSpec, anew: bool) -> Growth {
    let now = subject.engine.reserves(&subject.container);
    let counts = holds_reservation(&subject.container);
    let mut then = now;
    if before.cpus != after.cpus {
        then.cpus = after.cpus;
    }
    if before.memory != after.memory {
        then.memory = after.memory;
    }
    Growth {
        engine: subject.engine.engine.id.clone(),
        container: subject.container.id.clone(),
        name: subject.container.name.clone(),
        before: if counts { now } else { Capacity::default() },
        after: if counts || anew { then } else { Capacity::default() },
    }
}

fn relabelled(subject: &Subject, spec: &ContainerSpec) -> Container {
    let mut container = (*subject.container).clone();
    let before = &subject.made.spec.labels;
    let kept = container.labels.iter();
    let kept = kept.filter(|(key, _)| !before.iter().any(|(own, _)| own == key));
    let new = spec.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    container.labels = kept.chain(new).collect();
    container
}

/// The same reference, of another state.
pub(crate) fn other_state(image: &str, was: &str, is: &str) -> FieldChange {
    let short = |id: &str| {
        let digits = id.strip_prefix("sha256:").unwrap_or(id);
        format!("{image} ({})", digits.get(..12).unwrap_or(digits))
    };
    FieldChange {
        field: "image".to_owned(),
        item: String::new(),
        before: Some(short(was)),
        after: Some(short(is)),
        hidden: false,
        in_place: false,
    }
}

/// Ports of the engine that others have. What is out of scope is not named.
fn ports(fleet: &Scoped, subject: &Subject, before: &ContainerSpec, after: &ContainerSpec) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (row, port) in after
        .ports
        .iter()
        .enumerate()
        .filter(|(_, port)| !before.ports.contains(port))
    {
        let Some(host) = port.host else { continue };
        let has_it = |other: &&std::sync::Arc<Container>| {
            other.id != subject.container.id
                && other.ports.iter().any(|taken| {
                    let meets = taken.host_ip.is_empty() || port.host_ip.is_empty() || taken.host_ip == port.host_ip;
                    taken.host == Some(host) && taken.protocol == port.protocol && meets
                })
        };
        if let Some(other) = subject.engine.containers.iter().find(has_it) {
            let at = ContainerRef {
                engine: subject.engine.engine.id.clone(),
                id: other.id.clone(),
            };
            let is_mine = fleet.snapshot().container(&at).is_some();
            let by = if is_mine { other.name.as_str() } else { "…" };
            let detail = format!("Port {host} of “{}” is taken by “{by}”.", subject.engine.engine.name);
            problems.push(
                Problem::new(409, "change.port-taken", detail)
                    .field("ports")
                    .arg("row", row + 1)
                    .arg("port", host)
                    .arg("by", by),
            );
        }
    }
    problems
}
