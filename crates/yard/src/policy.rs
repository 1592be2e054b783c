//! The policy in front of whatever makes a container: who asks decides the profile, and nothing is sent that was not judged.
use crate::actor::Actor;
use shipyard_access::policy::{self, Rules};
use shipyard_model::spec::ContainerSpec;
use shipyard_model::{Problem, Profile};

/// What became of a specification.
pub(crate) struct Judged {
    /// As it will be sent: with what the profile fills in.
    pub(crate) spec: ContainerSpec,
    /// What the profile filled in, as options of `docker run`.
    pub(crate) added: Vec<String>,
    /// What is refused; empty when it may be made.
    pub(crate) refused: Vec<Problem>,
}

/// Judges a specification by the profile that an actor has where it goes. The one way from what was asked for to what is
/// sent.
pub(crate) fn judge(profile: Profile, spec: &ContainerSpec) -> Judged {
    let rules = Rules::default();
    let asked = spec;
    let spec = policy::harden(asked, profile, &rules);
    let refused = policy::check(&spec, profile, &rules)
        .iter()
        .map(|violation| violation.problem(profile))
        .collect();
    let added = policy::added(asked, &spec);
    Judged { spec, added, refused }
}

/// Writes to the log what was decided: each refusal, and what nobody but an administrator could have had.
pub(crate) fn record(actor: &Actor, profile: Profile, judged: &Judged) {
    let account = actor.account();
    for problem in &judged.refused {
        tracing::warn!(account, args = ?problem.args, "refused by policy");
    }
    if judged.refused.is_empty() && profile == Profile::Privileged {
        let beyond = policy::check(&judged.spec, Profile::Baseline, &Rules::default());
        let options: Vec<_> = beyond.iter().map(|it| (it.option, it.rule.name())).collect();
        if !options.is_empty() {
            tracing::warn!(account, ?options, "allowed to an administrator alone");
        }
    }
}
