//! The policy in front of whatever makes a container: who asks decides what it is judged by, and nothing is sent that was
//! not judged.
use crate::actor::Actor;
use shipyard_access::Ground;
use shipyard_access::policy::{self, Rules};
use shipyard_engine::{Beyond, Kept, Made};
use shipyard_fleet::validate;
use shipyard_model::spec::ContainerSpec;
use shipyard_model::{Pool, Problem, Profile};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest policy of a pool, in bytes.
const LONGEST: usize = 16 * 1024;

/// What became of a specification.
#[derive(Clone)]
pub(crate) struct Judged {
    /// As it will be sent: with what the profile fills in.
    pub(crate) spec: ContainerSpec,
    /// The profile that it was judged by.
    pub(crate) profile: Profile,
    /// What the profile filled in, as options of `docker run`.
    pub(crate) added: Vec<String>,
    /// What is refused; empty when it may be made.
    pub(crate) refused: Vec<Problem>,
}

/// Judges a specification, for each engine that it may go to by what holds there. The one way from what was asked for to
/// what is sent.
///
/// One and the same ground has to bear it on all of the engines. Where there is none that they share, it has to meet the
/// best of each.
pub(crate) fn judge(engines: &[Vec<Ground>], asked: &ContainerSpec) -> Judged {
    // What is too long for any engine is not gone through for each rule.
    let too_long = validate::lengths(asked);
    if !too_long.is_empty() {
        return Judged {
            spec: asked.clone(),
            profile: Profile::default(),
            added: Vec::new(),
            refused: too_long,
        };
    }
    let holds_everywhere = |ground: &&Ground| engines.iter().all(|grounds| grounds.contains(ground));
    let shared = engines.first().into_iter().flatten().filter(holds_everywhere);
    let mut judged = shared.map(|ground| by(&[ground], asked));
    let Some(first) = judged.next() else {
        let best: Vec<_> = engines.iter().filter_map(|grounds| grounds.first()).collect();
        return by(&best, asked);
    };
    if first.refused.is_empty() {
        return first;
    }
    judged.find(|other| other.refused.is_empty()).unwrap_or(first)
}

/// What goes from a container to what takes its place besides its specification. Nobody judges that, so it goes to those alone
/// who may have anything.
///
/// # Errors
/// `container.beyond-spec` when a container has more than a specification can say, for everybody else; and when it is removed as
/// soon as it ends, as it could not be put back.
pub(crate) fn kept(made: &Made, profile: Profile, container: &str) -> Result<Kept, Problem> {
    if made.spec.auto_remove {
        let options = vec!["AutoRemove".to_owned()];
        return Err(Beyond { options }.problem(container));
    }
    match made.kept.beyond() {
        _ if profile == Profile::Privileged => Ok(made.kept.clone()),
        None => Ok(Kept::default()),
        Some(beyond) => Err(beyond.problem(container)),
    }
}

/// What of a specification goes beyond the profile baseline, by Docker's options. What only an engine told is made elsewhere up to
/// there: an engine is not trusted, and a container beyond it may be root on the machine where it is made.
pub(crate) fn beyond_baseline(spec: &ContainerSpec) -> Vec<&'static str> {
    if !validate::lengths(spec).is_empty() {
        return vec!["entries"];
    }
    let (profile, rules) = (Profile::Baseline, Rules::default());
    // It is judged as it would be sent.
    let hardened = policy::harden(spec, profile, &rules);
    let mut options: Vec<_> = policy::check(&hardened, profile, &rules)
        .into_iter()
        .map(|violation| violation.option)
        .collect();
    options.dedup();
    options
}

/// Judges by all of these at once.
fn by(grounds: &[&Ground], asked: &ContainerSpec) -> Judged {
    let usual = Arc::new(Rules::default());
    let mut all: Vec<(Profile, Arc<Rules>)> = Vec::new();
    for ground in grounds {
        let own = ground.rules.iter().cloned();
        let rules: Vec<_> = if ground.rules.is_empty() {
            vec![Arc::clone(&usual)]
        } else {
            own.collect()
        };
        all.extend(rules.into_iter().map(|rules| (ground.profile, rules)));
    }
    if all.is_empty() {
        all.push((Profile::default(), usual));
    }
    let mut spec = asked.clone();
    for (profile, rules) in &all {
        spec = policy::harden(&spec, *profile, rules);
    }
    let mut refused: Vec<Problem> = Vec::new();
    for (profile, rules) in &all {
        for violation in policy::check(&spec, *profile, rules) {
            let problem = violation.problem(*profile);
            if !refused.contains(&problem) {
                refused.push(problem);
            }
        }
    }
    Judged {
        added: policy::added(asked, &spec),
        profile: all.iter().map(|(profile, _)| *profile).min().unwrap_or_default(),
        spec,
        refused,
    }
}

/// Reads a pool's policy.
///
/// # Errors
/// 422 `pool.bad-policy` with where it is wrong.
pub(crate) fn read(text: &str) -> Result<Rules, Problem> {
    if text.len() > LONGEST {
        let detail = format!("The policy is longer than {} KiB.", LONGEST / 1024);
        return Err(Problem::new(422, "pool.long-policy", detail)
            .arg("kib", LONGEST / 1024)
            .field("policy"));
    }
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| {
            text.get(..span.start).unwrap_or_default().matches('\n').count() + 1
        });
        let why = error.message();
        Problem::new(
            422,
            "pool.bad-policy",
            format!("Line {line} of the policy cannot be read: {why}."),
        )
        .hint("docs/policy.md lists what a policy may say.")
        .arg("line", line)
        .arg("why", why)
        .field("policy")
    })
}

/// The policies of pools that have one, by name; `None` where one cannot be read any more.
pub(crate) fn of(pools: &[Pool]) -> BTreeMap<String, Option<Arc<Rules>>> {
    let written = pools.iter().filter(|pool| !pool.policy.trim().is_empty());
    let read = written.map(|pool| {
        let rules = read(&pool.policy).inspect_err(|problem| {
            tracing::error!(pool = pool.name, %problem, "its policy cannot be read: nothing is deployed by grants on it");
        });
        (pool.name.clone(), rules.ok().map(Arc::new))
    });
    read.collect()
}

/// Writes to the log what was decided: each refusal, and what nobody but an administrator could have had.
pub(crate) fn record(actor: &Actor, judged: &Judged) {
    let account = actor.account();
    for problem in &judged.refused {
        tracing::warn!(account, args = ?problem.args, "refused by policy");
    }
    if judged.refused.is_empty() && judged.profile == Profile::Privileged {
        let beyond = policy::check(&judged.spec, Profile::Baseline, &Rules::default());
        let options: Vec<_> = beyond.iter().map(|it| (it.option, it.rule.name())).collect();
        if !options.is_empty() {
            tracing::warn!(account, ?options, "allowed to an administrator alone");
        }
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
