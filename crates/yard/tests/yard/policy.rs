//! Whose profile judges a deploy, and that the plan and the deploy say the same.
use crate::place::{PASSWORD, Place, actor, close, supplied};
use shipyard_model::Bytes;
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest, PullPolicy, Strategy, Target};
use shipyard_yard::Yard;

/// A yard with an account for each role, named like it.
async fn staffed(place: &Place) -> Yard {
    close(place.open(supplied()).await.0).await;
    let store = place.store();
    let admin = store.account("admin").await.unwrap().unwrap();
    for role in ["operator", "deployer"] {
        let mut record = admin.clone();
        (record.account.name, record.account.grants) = (role.to_owned(), vec![shipyard_model::Grant::everywhere(role)]);
        store.put_account(&record).await.unwrap();
    }
    drop(store);
    place.open(supplied()).await.0
}

fn request(spec: ContainerSpec) -> DeployRequest {
    DeployRequest {
        spec,
        copies: Copies::Total(1),
        target: Target::All,
        strategy: Strategy::Spread,
        pull: PullPolicy::Missing,
        undo_on_failure: false,
        ..DeployRequest::default()
    }
}

#[tokio::test]
async fn each_role_has_its_profile_in_the_plan_and_in_the_deploy() {
    let place = Place::new();
    let yard = staffed(&place).await;
    let plain = ContainerSpec {
        image: "nginx".to_owned(),
        ..ContainerSpec::default()
    };
    let modest = ContainerSpec {
        user: "1000".to_owned(),
        memory: Bytes::mib(64),
        ..plain.clone()
    };
    let mighty = ContainerSpec {
        privileged: true,
        ..modest.clone()
    };
    let deployer = actor(&yard, "deployer", PASSWORD).await;
    let operator = actor(&yard, "operator", PASSWORD).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    for (actor, spec, refused) in [
        (&deployer, &modest, &[][..]),
        (
            &deployer,
            &plain,
            &[("user", "non-root"), ("memory", "memory-required")],
        ),
        (&deployer, &mighty, &[("privileged", "not-privileged")]),
        (&operator, &plain, &[]),
        (&operator, &mighty, &[("privileged", "not-privileged")]),
        (&admin, &mighty, &[]),
    ] {
        let role = actor.account();
        let plan = yard.deploy_plan(actor, request(spec.clone())).await.unwrap();
        let told: Vec<_> = (plan.problems.iter())
            .filter(|problem| problem.code == "policy.refused")
            .map(|problem| (problem.args["option"].as_str(), problem.args["rule"].as_str()))
            .collect();
        assert_eq!(told, refused, "{role}");
        // There is no engine, so nothing can be made; what is told first is the plan's first.
        let problem = yard.deploy(actor, request(spec.clone())).await.unwrap_err();
        assert_eq!(Some(&problem), plan.problems.first(), "{role}");
        assert_eq!(problem.code == "policy.refused", !refused.is_empty(), "{role}");
    }
    close(yard).await;
}
