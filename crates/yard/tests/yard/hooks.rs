//! Hooks over days that no test can wait for, and accounts that come and go. Nothing leaves the machine: no address is
//! allowed that these lead to.
use crate::place::{PASSWORD, Place, actor, close, supplied};
use shipyard_model::activity::ActivityQuery;
use shipyard_model::hook::{Delivery, Hook, NewHook};
use shipyard_model::{Millis, Permission, Role};
use shipyard_yard::{Actor, Yard};
use std::time::{Duration, Instant};

const DAY_MS: i64 = 24 * 3600 * 1000;

async fn begin(place: &Place) -> (Yard, Actor) {
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    (yard, admin)
}

fn new(name: &str) -> NewHook {
    NewHook {
        name: name.to_owned(),
        url: "https://localhost:1/".to_owned(),
        actions: vec!["role".to_owned()],
        refused_too: false,
        engines: Vec::new(),
        enabled: true,
    }
}

async fn act(yard: &Yard, admin: &Actor) {
    let role = Role {
        name: "looker".to_owned(),
        meaning: String::new(),
        permissions: vec![Permission::FleetView],
        built_in: false,
    };
    yard.role_put(admin, role).await.unwrap();
}

async fn until_hook(yard: &Yard, admin: &Actor, id: &str, is: impl Fn(&Hook) -> bool) -> Hook {
    let began = Instant::now();
    loop {
        let hook = yard.hook(admin, id).unwrap();
        if is(&hook) {
            return hook;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{hook:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn until_tried(yard: &Yard, admin: &Actor, id: &str) -> Delivery {
    let began = Instant::now();
    loop {
        if let Some(delivery) = yard.hook_deliveries(admin, id).await.unwrap().first() {
            return delivery.clone();
        }
        assert!(began.elapsed() < Duration::from_secs(10), "nothing was tried");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn why(hook: &Hook) -> &str {
    hook.stopped.as_ref().map_or("", |why| &why.code)
}

#[tokio::test]
async fn a_receiver_that_takes_nothing_for_a_day_is_given_up() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let id = yard.hook_create(&admin, new("chat")).await.unwrap().hook.id;
    act(&yard, &admin).await;
    let tried = until_tried(&yard, &admin, &id).await;
    assert_eq!(tried.error.map(|error| error.code).as_deref(), Some("hook.off-limits"));
    assert!(tried.next_try.is_some());
    close(yard).await;

    // A day passes.
    let store = place.store();
    let mut row = store.hooks().deliveries(&id).await.unwrap().remove(0);
    row.delivery.began = Millis(row.delivery.began.0 - DAY_MS);
    row.delivery.next_try = Some(Millis::now());
    store.hooks().put_delivery(&row, None).await.unwrap();
    drop(store);

    let (yard, admin) = begin(&place).await;
    let hook = until_hook(&yard, &admin, &id, |hook| !hook.enabled).await;
    assert_eq!(why(&hook), "hook.gave-up");
    let rows = yard.hook_deliveries(&admin, &id).await.unwrap();
    assert_eq!((rows.len(), rows[0].next_try, rows[0].delivered), (1, None, false));
    assert!(rows[0].attempt > tried.attempt && rows[0].id == tried.id);
    let query = ActivityQuery {
        action: "hook.stop".to_owned(),
        ..ActivityQuery::default()
    };
    assert_eq!(yard.activity(&admin, query).await.unwrap().records.len(), 1);

    // Off stays off over a restart; turned on, it begins with what happens then.
    close(yard).await;
    let (yard, admin) = begin(&place).await;
    assert_eq!(why(&yard.hook(&admin, &id).unwrap()), "hook.gave-up");
    act(&yard, &admin).await;
    let hook = yard.hook_change(&admin, &id, new("chat")).await.unwrap();
    assert!(hook.enabled && hook.stopped.is_none());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(yard.hook_deliveries(&admin, &id).await.unwrap().len(), 1);
    close(yard).await;
}

#[tokio::test]
async fn turned_off_by_hand_nothing_waits_any_more() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let id = yard.hook_create(&admin, new("chat")).await.unwrap().hook.id;
    act(&yard, &admin).await;
    until_tried(&yard, &admin, &id).await;
    let off = NewHook {
        enabled: false,
        ..new("chat")
    };
    yard.hook_change(&admin, &id, off).await.unwrap();
    assert_eq!(yard.hook_deliveries(&admin, &id).await.unwrap()[0].next_try, None);
    close(yard).await;
}

#[tokio::test]
async fn another_account_of_the_makers_name_answers_for_nothing() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let id = yard.hook_create(&admin, new("chat")).await.unwrap().hook.id;
    close(yard).await;
    // As if the account had been removed and made again between two looks.
    let store = place.store();
    let (mut record, cursor) = store.hooks().all().await.unwrap().remove(0);
    record.maker_since = Millis(record.maker_since.0 - 1);
    store.hooks().put(&record, Some(cursor)).await.unwrap();
    drop((store, record));
    let (yard, admin) = begin(&place).await;
    let hook = until_hook(&yard, &admin, &id, |hook| !hook.enabled).await;
    assert_eq!(why(&hook), "hook.maker");
    close(yard).await;
}

#[tokio::test]
async fn there_are_only_so_many() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    for number in 0..50 {
        let off = NewHook {
            enabled: false,
            ..new(&format!("h{number}"))
        };
        yard.hook_create(&admin, off).await.unwrap();
    }
    let refused = yard.hook_create(&admin, new("one more")).await.unwrap_err();
    assert_eq!((refused.status, refused.code.as_str()), (409, "hook.too-many"));
    assert_eq!(yard.hooks(&admin).unwrap().len(), 50);
    close(yard).await;
}
