//! Operations in work and what containers were: there after a kill, sealed, and not without end.
use crate::place::{Place, files};
use shipyard_model::deploy::ContainerSpec;
use shipyard_model::{Millis, OperationId};
use shipyard_store::{HistoryRecord, OpenOperation};

type Open = OpenOperation<String, String, String>;

#[tokio::test]
async fn what_is_open_is_there_until_it_ended() {
    let place = Place::new();
    let id = OperationId::new("op-1");
    {
        let store = place.open().unwrap();
        let shelf = store.operations();
        shelf.begun(&id, "needle-begun".to_owned()).await.unwrap();
        shelf.unit(&id, 0, "making".to_owned()).await.unwrap();
        shelf.unit(&id, 2, "making".to_owned()).await.unwrap();
        shelf.unit(&id, 2, "needle-swapping".to_owned()).await.unwrap();
        let ended = vec![(0, "done".to_owned()), (1, "done with it".to_owned())];
        shelf.settled(&id, ended).await.unwrap();
    }
    let store = place.open().unwrap();
    let shelf = store.operations();
    let open: Vec<Open> = shelf.open().await.unwrap();
    assert_eq!(
        open,
        [OpenOperation {
            begun: "needle-begun".to_owned(),
            targets: vec![(0, "done".to_owned()), (1, "done with it".to_owned())],
            units: vec![(2, "needle-swapping".to_owned())],
        }]
    );
    shelf.ended(&id, "needle-ended".to_owned()).await.unwrap();
    assert!(shelf.open::<String, String, String>().await.unwrap().is_empty());
    shelf.settled(&id, vec![(2, "late".to_owned())]).await.unwrap();
    assert!(shelf.open::<String, String, String>().await.unwrap().is_empty());
    for number in 0..210 {
        let id = OperationId::new(format!("op-2{number:03}"));
        shelf.ended(&id, number.to_string()).await.unwrap();
    }
    let kept: Vec<String> = shelf.kept().await.unwrap();
    assert_eq!((kept.len(), &*kept[0], &*kept[199]), (200, "209", "10"));
    store.close().await.unwrap();
    drop(store);
    for (file, content) in files(&place.data()) {
        let shown = content.windows(6).any(|part| part == b"needle");
        assert!(!shown, "{file:?} shows what an operation did");
    }
}

#[tokio::test]
async fn ten_entries_of_a_container_are_kept_and_their_numbers_go_on() {
    let place = Place::new();
    let store = place.open().unwrap();
    let record = |number: u64| HistoryRecord {
        number: 0,
        at: Millis(1),
        actor: "ann".to_owned(),
        what: "change".to_owned(),
        operation: None,
        image_id: "sha256:1".to_owned(),
        spec: ContainerSpec {
            env: vec![("KEY".to_owned(), format!("needle-{number}"))],
            ..ContainerSpec::default()
        },
    };
    for number in 1..=12 {
        store.put_history("op-1/web", record(number)).await.unwrap();
        store.put_history("op-1/web", record(number)).await.unwrap();
    }
    store.put_history("op-1/web-2", record(1)).await.unwrap();
    let all = store.history("op-1/web").await.unwrap();
    let numbers: Vec<_> = all.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3], "the same twice is one");
    assert_eq!(all[0].spec, record(12).spec);
    assert_eq!(store.history("op-1/web-2").await.unwrap().len(), 1);
    store.put_history("op-1/gone", record(1)).await.unwrap();
    store.remove_histories(vec!["op-1/gone".to_owned()]).await.unwrap();
    assert_eq!(store.histories().await.unwrap(), ["op-1/web-2", "op-1/web"]);
    assert_eq!(store.history("op-1/web").await.unwrap().len(), 10);
    store.close().await.unwrap();
    drop(store);
    for (file, content) in files(&place.data()) {
        let shown = content.windows(6).any(|part| part == b"needle");
        assert!(!shown, "{file:?} shows an environment");
    }
}
