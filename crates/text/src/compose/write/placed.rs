//! How many and where, in the words that Compose has from Swarm.
use super::super::map::Map;
use super::super::service::{LABEL, NAME};
use super::super::yaml::Node;
use super::{FORM, is_cdi};
use crate::told::no_word;
use shipyard_model::deploy::{Copies, DeployRequest, DeviceRequestSpec, Strategy, Target};
use shipyard_model::{Constraint, Problem};
use std::collections::BTreeSet;

/// How many and where, in the words that Compose has from Swarm.
pub(super) fn placed(request: &DeployRequest, notes: &mut Vec<Problem>) -> Map {
    let mut deploy = Map::default();
    match request.copies {
        Copies::Total(1) => {}
        Copies::Total(count) => deploy.put("replicas", Node::Plain(count.to_string())),
        Copies::Daemon => deploy.text("mode", "global"),
        Copies::EachEngine => notes.push(no_word("copies", FORM)),
    }
    let mut placement = Map::default();
    match constraints(&request.target) {
        Some(all) => placement.list("constraints", all.into_iter().map(Node::Text)),
        None => notes.push(no_word("target", FORM)),
    }
    match &request.strategy {
        Strategy::Spread => {}
        Strategy::Fill => notes.push(no_word("strategy", FORM)),
        Strategy::SpreadOver(label) => {
            let mut map = Map::default();
            map.text("spread", &format!("{LABEL}{label}"));
            placement.list("preferences", [Node::Map(map.0)]);
        }
    }
    placement.number("max_replicas_per_node", request.most_per_engine.unwrap_or_default());
    deploy.map("placement", placement);
    let chosen = request
        .spec
        .device_requests
        .iter()
        .filter(|it| !is_cdi(it))
        .filter_map(|it| {
            let said = chosen(it);
            if said.is_none() {
                notes.push(no_word("device_requests", FORM));
            }
            said
        });
    let mut reservations = Map::default();
    reservations.list("devices", chosen.collect::<Vec<_>>());
    let mut resources = Map::default();
    resources.map("reservations", reservations);
    deploy.map("resources", resources);
    deploy
}

/// Which engines, if every constraint has to hold; several values of one key are alternatives, for which there is no word.
fn constraints(target: &Target) -> Option<Vec<String>> {
    match target {
        Target::All => Some(Vec::new()),
        Target::Named(names) => match names.as_slice() {
            [one] => Some(vec![format!("{NAME} == {one}")]),
            _ => None,
        },
        Target::Labels(all) => {
            let mut seen = BTreeSet::new();
            let said = |constraint: &Constraint| {
                let value = constraint.value.as_ref().filter(|_| constraint.or.is_empty())?;
                let key = match constraint.key.as_str() {
                    "engine" => NAME.to_owned(),
                    key => format!("{LABEL}{key}"),
                };
                let is = if constraint.not { "!=" } else { "==" };
                seen.insert(constraint.key.clone())
                    .then(|| format!("{key} {is} {value}"))
            };
            all.iter().map(said).collect()
        }
    }
}

/// Devices that a driver chooses. Compose can say one list of what they are able to do.
fn chosen(request: &DeviceRequestSpec) -> Option<Node> {
    let [able] = request.capabilities.as_slice() else {
        return None;
    };
    let mut map = Map::default();
    map.text("driver", &request.driver);
    match request.count {
        -1 => map.text("count", "all"),
        0 if request.ids.is_empty() => return None,
        0 => {}
        count => map.put("count", Node::Plain(count.to_string())),
    }
    map.texts("device_ids", &request.ids);
    map.texts("capabilities", able);
    map.pairs("options", &request.options);
    Some(Node::Map(map.0))
}
