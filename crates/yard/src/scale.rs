//! Scaling: more or fewer containers like one.
//!
//! Alike are the containers of one deploy, as their label says. A container that no deploy made, or that is compared with
//! one of those, is alike when it was made from the same specification: the whole of it, not the image's name alone.
use crate::Yard;
use crate::activity::list;
use crate::actor::Actor;
use crate::deploy::{hide_others, room_known};
use crate::roll::inspected;
use crate::scoped::Scoped;
use crate::{containers, deploy as deploys, policy};
use futures_util::{StreamExt, stream};
use shipyard_engine::Made;
use shipyard_fleet::deploy::Joins;
use shipyard_fleet::names::without_number;
use shipyard_fleet::operations::{Wanted, new_id};
use shipyard_fleet::validate::MOST_COPIES;
use shipyard_fleet::{EngineState, Snapshot, deploy};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::container::{LABEL_DEPLOY, LABEL_PLACE};
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest, Plan, PullPolicy, Strategy, Target};
use shipyard_model::operation::What;
use shipyard_model::roll::{ScalePlan, Surplus};
use shipyard_model::{Container, ContainerRef, ContainerVerb, EngineName, OperationId, Permission, Problem};
use std::sync::Arc;

/// Containers that are asked about at once.
const AT_ONCE: usize = 16;

/// A container on its engine.
pub(crate) type Placed = (Arc<EngineState>, Arc<Container>);

/// The containers that are alike, and what it takes to have more of them.
struct Group {
    named: Placed,
    made: Made,
    /// The others, the newest first.
    others: Vec<Placed>,
}

impl Yard {
    /// What scaling a container would do now.
    ///
    /// # Errors
    /// 403; 404; `scale.none`, `scale.too-many`; `container.beyond-spec` with the options that no copy can have;
    /// `engine.down`.
    pub async fn scale_plan(&self, actor: &Actor, at: &ContainerRef, count: u16) -> Result<ScalePlan, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let _turn = self.inner.asking.plan(actor)?;
        let group = group(&fleet, at, count).await?;
        let mut plan = ScalePlan {
            now: group.now(),
            remove: group.surplus(count),
            ..ScalePlan::default()
        };
        let more = count.saturating_sub(group.now());
        if more > 0 {
            let (request, random_ports) = self.copies(actor, &fleet, &group, more).await;
            plan.random_ports = random_ports;
            plan.deploy = Some(self.planned(actor, &fleet, request));
        }
        Ok(plan)
    }

    /// Brings the number of containers like one to `count`, as one operation: removes the newest others, or deploys further
    /// ones.
    ///
    /// # Errors
    /// As [`Yard::scale_plan`]; 403 when what is too many is not the actor's to remove; `policy.refused`; the first problem
    /// of the deploy's plan; `operations.too-many`. Nothing happens then.
    pub async fn scale(&self, actor: &Actor, at: &ContainerRef, count: u16) -> Result<OperationId, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let _turn = self.inner.asking.plan(actor)?;
        let group = group(&fleet, at, count).await?;
        let surplus = group.surplus(count);
        if !surplus.is_empty() {
            self.may_remove(actor, &group)?;
        }
        let more = count.saturating_sub(group.now());
        let what = What::Scale {
            name: group.named.1.name.clone(),
            copies: count,
        };
        let names = surplus.iter().map(|one| format!("{} on {}", one.name, one.engine));
        let detail = format!("from {} to {count} {}", group.now(), list(names));
        let subject = ActivitySubject::new("container", &group.named.1.name).on(group.named.0.engine.name.as_str());
        let mut intent = self
            .inner
            .activity
            .begin(actor, "scale", subject, detail.trim())
            .await?;
        let account = actor.account().to_owned();
        if more > 0 {
            let (mut request, _) = self.copies(actor, &fleet, &group, more).await;
            let site = self.site(&fleet, actor, &request);
            let judged = policy::judge(&site.grounds, &request.spec);
            policy::record(actor, &judged);
            request.spec = judged.spec;
            if let Some(refused) = judged.refused.into_iter().next() {
                return intent.outcome(Err(refused)).await;
            }
            let mut bounds = site.bounds();
            // Copies may go where the ones before might.
            let placed = group.made.kept_labels.iter().find(|(key, _)| key == LABEL_PLACE);
            bounds.labels.extend(placed.cloned());
            bounds.joins = Some(Joins {
                deploy: group.label(),
                what,
            });
            let prepared = match deploy::prepare(fleet.whole(), request, &bounds, &account) {
                Ok(prepared) => prepared,
                Err(problem) => return intent.outcome(Err(problem)).await,
            };
            let id = prepared.id().clone();
            intent.operation(&id);
            tracing::info!(account, operation = %id, count, "scale up");
            tokio::spawn(deploys::carry_out(Arc::clone(&self.inner), prepared, intent));
            return Ok(id);
        }
        let wanted = surplus.iter().map(|one| Wanted {
            name: one.name.clone(),
            engine: one.engine.clone(),
            container: Some(one.at.clone()),
        });
        let operations = fleet.whole().operations();
        let running = match operations.start(new_id(), what, &account, wanted.collect()) {
            Ok(running) => running,
            Err(problem) => return intent.outcome(Err(problem)).await,
        };
        let id = running.id().clone();
        intent.operation(&id);
        tracing::info!(account, operation = %id, count, "scale down");
        let targets: Vec<_> = surplus.into_iter().map(|one| one.at).collect();
        let removing = self.lasting_removing(&targets).await;
        let (yard, fleet, begun) = (self.clone(), fleet.whole().clone(), id.clone());
        tokio::spawn(async move {
            let verb = ContainerVerb::Remove;
            containers::carry_out(fleet, running, verb, targets, account, intent).await;
            yard.lasting_removed(removing, &begun).await;
        });
        Ok(id)
    }

    /// The deploy of further copies, and the fixed ports that it leaves open because they would clash.
    async fn copies(&self, actor: &Actor, fleet: &Scoped, group: &Group, more: u16) -> (DeployRequest, Vec<u16>) {
        let (engine, container) = &group.named;
        let mut spec = without_addresses(&group.made.spec);
        if group.label().is_some() {
            without_number(&container.name).clone_into(&mut spec.name);
        }
        let mut request = DeployRequest {
            target: target(&fleet.snapshot(), engine, &spec),
            spec,
            copies: Copies::Total(more),
            strategy: Strategy::Spread,
            pull: PullPolicy::Missing,
            undo_on_failure: false,
            ..DeployRequest::default()
        };
        room_known(fleet.whole(), &request).await;
        let fixed: Vec<u16> = request.spec.ports.iter().filter_map(|port| port.host).collect();
        if fixed.is_empty() || self.planned(actor, fleet, request.clone()).problems.is_empty() {
            return (request, Vec::new());
        }
        for port in &mut request.spec.ports {
            port.host = None;
        }
        (request, fixed)
    }

    fn planned(&self, actor: &Actor, fleet: &Scoped, mut request: DeployRequest) -> Plan {
        let site = self.site(fleet, actor, &request);
        let judged = policy::judge(&site.grounds, &request.spec);
        request.spec = judged.spec;
        let mut plan = deploy::plan(fleet.whole(), &request, &site.bounds());
        hide_others(&mut plan, fleet);
        plan.problems.splice(..0, judged.refused);
        (plan.profile, plan.added) = (judged.profile, judged.added);
        plan.added.extend(site.added());
        plan
    }

    /// Refuses somebody who may not remove all of those that could be one too many.
    fn may_remove(&self, actor: &Actor, group: &Group) -> Result<(), Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::ContainerRemove)?.fleet;
        let is_mine = |(engine, container): &Placed| fleet.scope().has_container(&engine.engine.labels, container);
        if group.others.iter().all(is_mine) {
            return Ok(());
        }
        Err(Problem::forbidden())
    }
}

impl Group {
    fn now(&self) -> u16 {
        u16::try_from(self.others.len() + 1).unwrap_or(u16::MAX)
    }

    fn surplus(&self, count: u16) -> Vec<Surplus> {
        let too_many = usize::from(self.now().saturating_sub(count));
        let surplus = self.others.iter().take(too_many).map(|(engine, container)| Surplus {
            name: container.name.clone(),
            engine: engine.engine.name.clone(),
            at: ContainerRef {
                engine: engine.engine.id.clone(),
                id: container.id.clone(),
            },
        });
        surplus.collect()
    }

    /// The deploy that they are of: the named one's, or where it has none, that of its copies.
    fn label(&self) -> Option<String> {
        let all = std::iter::once(&self.named).chain(&self.others);
        all.filter_map(|(_, container)| container.labels.get(LABEL_DEPLOY))
            .next()
            .map(str::to_owned)
    }
}

async fn group(fleet: &Scoped, at: &ContainerRef, count: u16) -> Result<Group, Problem> {
    if count == 0 {
        return Err(Problem::new(422, "scale.none", "At least one container stays.")
            .hint("Remove the container instead.")
            .field("count"));
    }
    if count > MOST_COPIES {
        let detail = format!("At most {MOST_COPIES} containers are alike.");
        return Err(Problem::new(422, "scale.too-many", detail)
            .arg("most", MOST_COPIES)
            .field("count"));
    }
    let snapshot = fleet.snapshot();
    let found = snapshot.engines.get(&at.engine).and_then(|engine| {
        let container = engine.containers.get(&at.id)?;
        Some((Arc::clone(engine), Arc::clone(container)))
    });
    let named = found.ok_or_else(|| Problem::not_found("container", at.id.short()))?;
    let made = made_as(fleet, &named).await?;
    let alike = as_copy(&made.spec);
    let candidates = snapshot.engines.values().flat_map(|engine| {
        let containers = engine.containers.iter();
        containers.map(|container| (Arc::clone(engine), Arc::clone(container)))
    });
    let candidates = candidates.filter(|(engine, container)| {
        (&engine.engine.id, &container.id) != (&at.engine, &at.id) && may_be_alike(&named.1, container)
    });
    let (named, alike) = (&named, &alike);
    let judged = stream::iter(candidates.collect::<Vec<_>>()).map(|other| async move {
        let is_alike = match (named.1.labels.get(LABEL_DEPLOY), other.1.labels.get(LABEL_DEPLOY)) {
            (Some(ours), Some(theirs)) => ours == theirs,
            // What cannot be read is not known to be alike, so it is neither counted nor removed.
            _ => made_as(fleet, &other)
                .await
                .is_ok_and(|other| as_copy(&other.spec) == *alike),
        };
        is_alike.then_some(other)
    });
    let mut others: Vec<Placed> = judged
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    others.sort_by(|(_, a), (_, b)| b.created.cmp(&a.created).then_with(|| b.name.cmp(&a.name)));
    Ok(Group {
        named: named.clone(),
        made,
        others,
    })
}

/// How a container was made, in the words of its engine.
pub(crate) async fn made_as(fleet: &Scoped, (engine, container): &Placed) -> Result<Made, Problem> {
    let inspected = inspected(fleet.whole(), &engine.engine.id, container).await?;
    inspected.made().map_err(|beyond| beyond.problem(&container.name))
}

/// What of two containers can be told apart without asking their engines.
fn may_be_alike(named: &Container, other: &Container) -> bool {
    match (named.labels.get(LABEL_DEPLOY), other.labels.get(LABEL_DEPLOY)) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => named.image == other.image,
    }
}

/// A specification without what differs from copy to copy.
fn as_copy(spec: &ContainerSpec) -> ContainerSpec {
    let mut copy = ContainerSpec {
        name: String::new(),
        ..without_addresses(spec)
    };
    for port in &mut copy.ports {
        port.host = None;
    }
    copy
}

/// A specification without addresses in networks, which are one container's alone.
fn without_addresses(spec: &ContainerSpec) -> ContainerSpec {
    let mut spec = spec.clone();
    let further = spec.networks.iter_mut().map(|network| &mut network.endpoint);
    for endpoint in std::iter::once(&mut spec.endpoint).chain(further) {
        endpoint.ipv4.clear();
        endpoint.ipv6.clear();
        endpoint.link_local.clear();
        endpoint.mac.clear();
    }
    spec
}

/// Where copies may go: where what the named one stands on is there too.
pub(crate) fn target(snapshot: &Snapshot, engine: &EngineState, spec: &ContainerSpec) -> Target {
    let of_another = |mode: &str| mode.starts_with("container:");
    let stands_here = spec.volumes.iter().any(|volume| !volume.source.is_empty())
        || !spec.volumes_from.is_empty()
        || !spec.links.is_empty()
        || !spec.devices.is_empty()
        || !spec.device_requests.is_empty()
        || !spec.blkio_devices.is_empty()
        || [&spec.network, &spec.pid_mode, &spec.ipc_mode]
            .into_iter()
            .any(|mode| of_another(mode));
    // What goes beyond baseline is on its own engine's word, which is taken for nothing on another.
    if stands_here || !policy::beyond_baseline(spec).is_empty() {
        return Target::Named(vec![engine.engine.name.clone()]);
    }
    let further = spec.networks.iter().map(|network| &network.name);
    let networks: Vec<&String> = std::iter::once(&spec.network)
        .chain(further)
        .filter(|name| !matches!(name.as_str(), "" | "default" | "bridge" | "host" | "none"))
        .collect();
    if networks.is_empty() {
        return Target::All;
    }
    let has = |engine: &EngineState, name: &String| engine.containers.iter().any(|it| it.networks.contains(name));
    let joined = |engine: &&Arc<EngineState>| networks.iter().all(|name| has(engine, name));
    let engines = snapshot.engines.values().filter(joined);
    let mut names: Vec<EngineName> = engines.map(|engine| engine.engine.name.clone()).collect();
    if !names.contains(&engine.engine.name) {
        names.push(engine.engine.name.clone());
    }
    Target::Named(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::deploy::PortSpec;

    #[test]
    fn copies_differ_by_name_and_port_alone() {
        let one = ContainerSpec {
            name: "web-1".to_owned(),
            ports: vec![PortSpec {
                host: Some(8080),
                container: 80,
                ..PortSpec::default()
            }],
            ..ContainerSpec::default()
        };
        let mut other = one.clone();
        other.name = "web-2".to_owned();
        other.ports[0].host = None;
        assert_eq!(as_copy(&one), as_copy(&other));
        other.command.push("x".to_owned());
        assert_ne!(as_copy(&one), as_copy(&other));
    }

    #[test]
    fn the_number_of_a_copy_is_no_part_of_its_name() {
        for (name, base) in [
            ("web-2", "web"),
            ("web", "web"),
            ("web-", "web-"),
            ("a-1", "a-1"),
            ("web-1a", "web-1a"),
        ] {
            assert_eq!(without_number(name), base);
        }
    }
}
