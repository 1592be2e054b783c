//! What the store refuses: a second process, another key, swapped secrets, an open key file, starting empty.
use crate::place::{Place, account, engine, files, material, open};
use shipyard_model::EngineId;
use shipyard_store::{CredentialsChange, KeyError, MasterKey, Store, StoreError};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn key_error(place: &Place) -> KeyError {
    MasterKey::load_or_create(&place.key_file(), &place.data())
        .err()
        .unwrap()
}

#[tokio::test]
async fn a_second_opener_is_refused_until_the_first_is_gone() {
    let place = Place::new();
    let first = place.open().unwrap();
    assert!(matches!(place.open().err().unwrap(), StoreError::InUse(_)));
    first.put_account(&account("a")).await.unwrap();
    drop(first);
    assert!(place.open().unwrap().account("A").await.unwrap().is_some());
}

#[tokio::test]
async fn files_are_for_their_owner_alone() {
    let place = Place::new();
    let nested = place.root.path().join("etc/shipyard/key");
    let store = open(&place.data(), &nested).unwrap();
    assert_eq!((mode(&place.data()), mode(&nested)), (0o700, 0o400));
    assert_eq!(mode(nested.parent().unwrap()), 0o700);
    drop(store);
}

#[tokio::test]
async fn another_key_is_told_and_nothing_is_touched() {
    let place = Place::new();
    let store = place.open().unwrap();
    let change = material("a");
    store
        .put_engine(&engine("a"), CredentialsChange::Set(&change))
        .await
        .unwrap();
    store.close().await.unwrap();
    drop(store);
    let before = files(&place.data());
    std::fs::remove_file(place.key_file()).unwrap();
    std::fs::write(place.key_file(), "ab".repeat(32)).unwrap();
    std::fs::set_permissions(place.key_file(), Permissions::from_mode(0o400)).unwrap();
    let error = place.open().err().unwrap();
    assert!(matches!(error, StoreError::WrongKey { .. }), "{error}");
    assert!(files(&place.data()) == before, "the data folder was changed");
}

#[tokio::test]
async fn a_wrong_key_is_told_without_the_file_beside_the_database_too() {
    let place = Place::new();
    drop(place.open().unwrap());
    std::fs::remove_file(place.data().join("key-check")).unwrap();
    drop(place.open().unwrap());
    assert!(place.data().join("key-check").exists());
    std::fs::remove_file(place.data().join("key-check")).unwrap();
    std::fs::remove_file(place.key_file()).unwrap();
    assert!(matches!(place.open().err().unwrap(), StoreError::WrongKey { .. }));
}

#[tokio::test]
async fn a_missing_key_file_is_not_made_again() {
    let place = Place::new();
    drop(place.open().unwrap());
    std::fs::remove_file(place.key_file()).unwrap();
    assert!(matches!(key_error(&place), KeyError::Missing(_)));
    assert!(!place.key_file().exists());
}

#[test]
fn key_files_that_are_none() {
    let place = Place::new();
    let put = |content: &[u8], mode| {
        let _ = std::fs::remove_file(place.key_file());
        std::fs::write(place.key_file(), content).unwrap();
        std::fs::set_permissions(place.key_file(), Permissions::from_mode(mode)).unwrap();
    };
    put(&[7; 32], 0o644);
    assert!(matches!(key_error(&place), KeyError::Exposed { mode: 0o644, .. }));
    put(&[7; 32], 0o440);
    assert!(matches!(key_error(&place), KeyError::Exposed { .. }));
    for bad in [&[7u8; 31][..], &[b'x'; 64], &[b'a'; 63], &[b'a'; 4096]] {
        put(bad, 0o400);
        assert!(matches!(key_error(&place), KeyError::Malformed(_)));
    }
    put(&[7; 32], 0o600);
    assert!(MasterKey::load_or_create(&place.key_file(), &place.data()).is_ok());
    put("0F".repeat(32).as_bytes(), 0o400);
    assert!(MasterKey::load_or_create(&place.key_file(), &place.data()).is_ok());
    put(b"", 0o400);
    assert!(MasterKey::load_or_create(&place.key_file(), &place.data()).is_ok());
    assert!(std::fs::read(place.key_file()).unwrap().len() > 32);
}

#[test]
fn a_key_inside_the_data_folder_is_refused_through_links_too() {
    let place = Place::new();
    std::fs::create_dir(place.data()).unwrap();
    std::os::unix::fs::symlink(place.data(), place.root.path().join("link")).unwrap();
    for key in ["data/key", "data/deep/er/key", "data/../data/key", "link/key"] {
        let key = place.root.path().join(key);
        let error = MasterKey::load_or_create(&key, &place.data()).err().unwrap();
        assert!(matches!(error, KeyError::InsideData(_)), "{error}");
    }
    assert!(files(&place.data()).is_empty());
}

#[tokio::test]
async fn no_file_of_the_data_folder_holds_a_key() {
    let place = Place::new();
    let store = place.open().unwrap();
    for id in ["a", "b"] {
        let change = material(id);
        store
            .put_engine(&engine(id), CredentialsChange::Set(&change))
            .await
            .unwrap();
    }
    store.put_engine(&engine("a"), CredentialsChange::Keep).await.unwrap();
    let kept = store.engine_credentials(&EngineId::new("a")).await.unwrap().unwrap();
    assert!(*kept.key == *material("a").key && *kept.authority == *material("a").authority);
    store.put_engine(&engine("b"), CredentialsChange::Remove).await.unwrap();
    assert!(store.engine_credentials(&EngineId::new("b")).await.unwrap().is_none());
    store.close().await.unwrap();
    drop(store);
    for (file, content) in files(&place.data()) {
        for text in [
            "secret-of-",
            "PRIVATE KEY",
            "abcdefghijkl",
            "authority-a",
            "certificate-a",
        ] {
            let found = content.windows(text.len()).any(|w| w == text.as_bytes());
            assert!(!found, "“{text}” is in {}", file.display());
        }
    }
}

/// With sled itself, as somebody who can write the files could.
fn swap(place: &Place) {
    let db = sled::open(place.data().join("db")).unwrap();
    let sealed = db.open_tree("engine-credentials").unwrap();
    let (a, b) = (sealed.get("a").unwrap().unwrap(), sealed.get("b").unwrap().unwrap());
    sealed.insert("a", b).unwrap();
    sealed.insert("b", a).unwrap();
    db.flush().unwrap();
}

#[tokio::test]
async fn swapped_credentials_do_not_open_and_the_rest_works() {
    let place = Place::new();
    let store = place.open().unwrap();
    for id in ["a", "b", "c"] {
        let change = material(id);
        store
            .put_engine(&engine(id), CredentialsChange::Set(&change))
            .await
            .unwrap();
    }
    drop(store);
    swap(&place);
    let store = place.open().unwrap();
    for id in ["a", "b"] {
        let error = store.engine_credentials(&EngineId::new(id)).await.err().unwrap();
        assert!(matches!(error, StoreError::Unsealable(_)), "{error}");
    }
    assert!(store.engine_credentials(&EngineId::new("c")).await.unwrap().is_some());
    assert_eq!(store.engines().await.unwrap().len(), 3);
    assert!(store.remove_engine(&EngineId::new("a")).await.unwrap());
    assert!(store.engine_credentials(&EngineId::new("a")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_used_folder_without_its_database_is_no_new_one() {
    let place = Place::new();
    drop(place.open().unwrap());
    std::fs::remove_dir_all(place.data().join("db")).unwrap();
    let error = place.open().err().unwrap();
    assert!(matches!(error, StoreError::Gone(_)), "{error}");
    assert!(!place.data().join("db").exists());
}

#[tokio::test]
async fn damage_is_an_error_and_not_an_empty_start() {
    let place = Place::new();
    let store = place.open().unwrap();
    for n in 0..200 {
        store.put_account(&account(&format!("name{n}"))).await.unwrap();
    }
    drop(store);
    let log = place.data().join("db/db");
    let length = std::fs::metadata(&log).unwrap().len();
    std::fs::write(&log, vec![0xa5; usize::try_from(length).unwrap()]).unwrap();
    let error = place.open().err().unwrap();
    assert!(
        matches!(error, StoreError::Damaged { .. } | StoreError::Gone(_)),
        "{error}"
    );
    assert!(error.to_string().contains("backup"), "{error}");
}

#[tokio::test]
async fn a_snapshot_that_a_kill_left_unfinished_is_no_damage() {
    let place = Place::new();
    let store = place.open().unwrap();
    store.put_account(&account("a")).await.unwrap();
    drop(store);
    let left = place.data().join("db/snap.FFFFFFFFFFFFFFFF.generating");
    std::fs::write(&left, b"half").unwrap();
    let store: Store = place.open().unwrap();
    assert!(store.account("a").await.unwrap().is_some());
    assert!(!left.exists());
}

#[tokio::test]
async fn a_newer_schema_is_told() {
    let place = Place::new();
    drop(place.open().unwrap());
    {
        let db = sled::open(place.data().join("db")).unwrap();
        db.open_tree("meta")
            .unwrap()
            .insert("schema", &99u16.to_be_bytes())
            .unwrap();
        db.flush().unwrap();
    }
    assert!(matches!(
        place.open().err().unwrap(),
        StoreError::TooNew { found: 99, .. }
    ));
}
