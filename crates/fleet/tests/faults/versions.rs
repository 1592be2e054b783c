//! F12, F13: Dockers of many years, and one that becomes another while it is followed.
use crate::fleet::{Both, SOON, id};
use shipyard_model::{ContainerState, ContainerVerb};
use shipyard_sim::{Act, Config, Fault, Transport, Version};
use std::time::Duration;

async fn of(version: &str) -> (Both, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let both = Both::with(Config {
        containers: 10,
        transport: Transport::Unix(folder.path().to_owned()),
        version: Version::parse(version).unwrap(),
        ..Config::default()
    })
    .await;
    (both, folder)
}

#[tokio::test]
async fn every_docker_since_19_03_is_followed_and_asked_in_its_own_version() {
    for version in ["1.40", "1.41", "1.43", "1.44", "1.47", "1.48", "1.51", "1.56"] {
        let (both, _folder) = of(version).await;
        both.all_up(SOON).await;
        both.engine(0).act_at(0, Act::Stop);
        both.engine(0).act_at(1, Act::Rename);
        both.engine(0).act_at(2, Act::Create);
        both.until_true(SOON).await;
        let known = both.known(0);
        let spoken = known
            .probe
            .as_ref()
            .map(|probe| probe.api_version.clone())
            .unwrap_or_default();
        let minor = |text: &str| text.trim_start_matches("1.").parse::<u32>().unwrap();
        assert!(minor(&spoken) <= minor(version), "{version}: {spoken}");
        let running = known
            .containers
            .iter()
            .find(|c| c.state == ContainerState::Running)
            .unwrap();
        let connection = both.fleet.connect(&id(0)).unwrap();
        connection.act(&running.id, ContainerVerb::Stop).await.unwrap();
        connection.inspect(&running.id).await.unwrap();
        both.until_true(SOON).await;
    }
}

#[tokio::test]
async fn an_older_docker_is_refused_with_what_is_needed() {
    for version in ["1.24", "1.30", "1.39"] {
        let (both, _folder) = of(version).await;
        both.until(SOON, "refused", |both| both.why(0).is_some()).await;
        assert_eq!(both.why(0).as_deref(), Some("engine.api-too-old"), "{version}");
    }
}

#[tokio::test]
async fn an_engine_that_comes_back_as_another_docker_is_asked_in_the_new_version() {
    let (both, _folder) = of("1.43").await;
    both.all_up(SOON).await;
    for version in ["1.41", "1.47"] {
        let to = Version::parse(version);
        both.engine(0).put(Fault::Restart { version: to }).await.unwrap();
        both.until(Duration::from_secs(30), "in its new version", |both| {
            let known = both.known(0);
            known.health.is_up() && known.probe.as_ref().is_some_and(|probe| probe.api_version == version)
        })
        .await;
        both.engine(0).act_at(0, Act::Create);
        both.until_true(SOON).await;
        assert!(both.is_up(0), "and stays so");
    }
}
