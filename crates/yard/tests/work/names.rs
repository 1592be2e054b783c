//! A name of an account that is given again brings nothing of whoever had it before.
use crate::help::Work;
use crate::request;
use crate::scope::{code, grant, person, pool};
use shipyard_model::access::Quota;
use shipyard_model::deploy::{Copies, DeployRequest};
use shipyard_model::live::{View, ViewData};
use shipyard_model::template::Template;
use shipyard_model::{Bytes, Cpus, OperationId};
use shipyard_yard::Actor;

fn template(name: &str, shared: bool, request: &DeployRequest) -> Template {
    Template {
        name: name.to_owned(),
        shared,
        request: request.clone(),
        ..Template::default()
    }
}

async fn templates(work: &Work, actor: &Actor) -> Vec<String> {
    let rows = work.yard.templates(actor).await.unwrap();
    rows.into_iter().map(|row| row.template.name).collect()
}

fn sees(work: &Work, actor: &Actor, id: &OperationId) -> bool {
    let view = View::Operation { id: id.clone() };
    matches!(work.yard.view(actor, &view), Ok(ViewData::Operation(Some(_))))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_given_again_brings_nothing_of_before() {
    let work = Work::begin("yagain-").await;
    let (yard, admin) = (&work.yard, &work.admin);
    pool(&work, "a", "zone=a", Quota::default()).await;
    pool(&work, "b", "zone=b", Quota::default()).await;
    let first = person(&work, "dora", vec![grant("deployer", "a", None)]).await;
    let mut daemon = request("yagain-web", &["zone=a"], 1);
    daemon.copies = Copies::Daemon;
    daemon.spec.user = "1000".to_owned();
    daemon.spec.memory = Bytes::new(16 << 20);
    daemon.spec.cpus = Cpus::from_nanos(10_000_000);
    let id = yard.deploy(&first, daemon.clone()).await.unwrap();
    assert_eq!(work.end(&id).await.counts().0, 1);
    assert_eq!(yard.deploys(&first).unwrap().len(), 1);
    for (name, shared) in [("mine", false), ("ours", true)] {
        let template = template(name, shared, &daemon);
        yard.template_put(&first, template).await.unwrap();
    }
    assert_eq!(templates(&work, &first).await, ["mine", "ours"]);
    assert_eq!(
        templates(&work, admin).await,
        ["ours"],
        "not the administrator's to read"
    );
    assert!(yard.template(admin, "mine").await.unwrap().is_none());
    let taken = yard.template_put(admin, template("mine", true, &daemon)).await;
    assert_eq!(code(taken), "template.name-taken");
    assert_eq!(code(yard.template_remove(admin, "mine").await), "not-found");
    assert!(sees(&work, &first, &id));
    let taken_away = yard.template_put(admin, template("ours", false, &daemon)).await;
    assert_eq!(code(taken_away), "template.stays-shared");
    let row = yard.template_put(admin, template("ours", true, &daemon)).await.unwrap();
    assert_eq!(row.by, "dora", "whoever changes it does not take it");

    yard.account_remove(admin, "dora").await.unwrap();
    let second = person(&work, "dora", vec![grant("deployer", "b", None)]).await;
    assert_eq!(yard.deploys(&second).unwrap(), []);
    assert_eq!(code(yard.deploy_forget(&second, id.as_str()).await), "not-found");
    assert!(!sees(&work, &second, &id));
    assert!(sees(&work, admin, &id));
    assert_eq!(templates(&work, &second).await, ["ours"]);
    let shared = yard.template_put(&second, template("ours", true, &daemon)).await;
    assert_eq!(code(shared), "template.not-yours");
    yard.template_put(&second, template("mine", false, &daemon))
        .await
        .unwrap();
    assert_eq!(templates(&work, admin).await, ["ours"]);
    work.done().await;
}
