//! An image that nobody has is told by its field before anything begins; what cannot be known beforehand, the operation tells.
use crate::help::{Work, docker};
use crate::roll::{codes, request, rows};
use shipyard_model::Problem;
use shipyard_model::change::{ChangeRequest, ChangeTo};
use shipyard_model::deploy::{DeployRequest, PullPolicy};

const UNKNOWN: &str = "10.210.0.1:5000/layers:no-such-tag";

fn told(problem: &Problem) -> (u16, &str, Option<&str>) {
    (problem.status, &problem.code, problem.field.as_deref())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_nobody_has_is_told_by_its_field_and_nothing_happens() {
    let work = Work::begin("yardimage-").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let of = |image: &str, pull| {
        let mut of = request(image, "yardimage-web", &["node1", "node2"]);
        of.spec.command = vec!["sleep".to_owned(), "1000".to_owned()];
        DeployRequest { pull, ..of }
    };
    let refused = yard.deploy(admin, of(UNKNOWN, PullPolicy::Missing)).await.unwrap_err();
    assert_eq!(told(&refused), (422, "deploy.image-unknown", Some("image")));
    assert!(refused.detail.contains("manifest unknown"), "{refused}");
    let refused = yard.deploy(admin, of(UNKNOWN, PullPolicy::Never)).await.unwrap_err();
    assert_eq!(told(&refused), (422, "deploy.image-missing", Some("image")));
    // An engine has it, though no registry does.
    let always = yard
        .deploy(admin, of("10.210.0.1:5000/busybox:lab", PullPolicy::Always))
        .await;
    assert_eq!(told(&always.unwrap_err()), (422, "deploy.image-unknown", Some("image")));
    assert_eq!(docker(1, &["ps", "-aq", "--filter", "name=yardimage-"]), "");

    // Nobody answers for that registry: the pull says so.
    let begun = yard.deploy(admin, of("10.210.0.1:1/web:1", PullPolicy::Missing)).await;
    let ended = work.end(&begun.unwrap()).await;
    assert_eq!(ended.counts(), (0, 2, 2), "{ended:?}");

    let made = yard
        .deploy(admin, of("busybox:lab", PullPolicy::Missing))
        .await
        .unwrap();
    assert_eq!(codes(&work.end(&made).await), ["done", "done"]);
    let at = rows(&work, "yardimage-web", 2).await.remove(0).at;
    let to = ChangeRequest {
        to: ChangeTo::Image(UNKNOWN.to_owned()),
        pull: PullPolicy::Always,
        ..ChangeRequest::default()
    };
    let refused = yard.change(admin, &at, to).await.unwrap_err();
    assert_eq!(told(&refused), (422, "deploy.image-unknown", Some("image")));
    assert!(
        rows(&work, "yardimage-web", 2).await.iter().any(|row| row.at == at),
        "as it was"
    );
    work.done().await;
}
