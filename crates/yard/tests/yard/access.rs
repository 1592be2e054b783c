//! Accounts by invitation, grants, links, second factors and tokens: what each gives, and what it never does.
use crate::place::{PASSWORD, Place, actor, close, secret, supplied};
use shipyard_model::access::{NewToken, Quota, constraints};
use shipyard_model::live::{View, ViewData};
use shipyard_model::{Grant, Permission, Pool, Problem, Role, Secret};
use shipyard_yard::{Actor, SignInError, Who, Yard};
use totp_rs::{Builder, Totp};

const NEW: &str = "three boats on the lake";

async fn begin(place: &Place) -> (Yard, Actor) {
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    (yard, admin)
}

fn code<T>(done: Result<T, Problem>) -> String {
    done.err().map(|problem| problem.code).unwrap_or_default()
}

fn secret_of(path: &str) -> Secret {
    secret(path.split_once('#').unwrap().1)
}

async fn join(yard: &Yard, admin: &Actor, name: &str, grants: Vec<Grant>) -> Actor {
    let link = yard.account_create(admin, name, grants).await.unwrap();
    yard.link_use(&secret_of(&link.text), &secret(NEW), None).await.unwrap();
    actor(yard, name, NEW).await
}

fn restarter() -> Role {
    Role {
        name: "restarter".to_owned(),
        meaning: "restarts".to_owned(),
        permissions: vec![Permission::FleetView, Permission::ContainerOperate],
        built_in: false,
    }
}

fn pool(name: &str) -> Pool {
    Pool {
        name: name.to_owned(),
        engines: constraints("zone=a").unwrap(),
        quota: Quota::default(),
        profile: None,
        policy: String::new(),
    }
}

#[tokio::test]
async fn an_invited_person_sets_the_password_and_the_link_is_used_up() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let link = yard
        .account_create(&admin, "margot", vec![Grant::everywhere("viewer")])
        .await
        .unwrap();
    assert!(matches!(
        yard.sign_in("margot", &secret(""), None).await,
        Err(SignInError::Wrong)
    ));
    let opens = secret_of(&link.text);
    assert_eq!(yard.link_account(&opens).await.unwrap(), "margot");
    assert_eq!(
        code(yard.link_use(&opens, &secret("short"), None).await),
        "password.too-short"
    );
    // A hundred at once: one has it.
    let tries = (0..100).map(|n| {
        let (yard, opens) = (yard.clone(), opens.clone());
        tokio::spawn(async move {
            yard.link_use(&opens, &secret(&format!("{NEW} number {n}")), None)
                .await
                .is_ok()
        })
    });
    let mut won = 0;
    for one in tries.collect::<Vec<_>>() {
        won += usize::from(one.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(code(yard.link_account(&opens).await), "link.gone");
    assert_eq!(
        code(yard.account_create(&admin, "Margot", Vec::new()).await),
        "account.taken"
    );
    assert_eq!(
        code(yard.account_create(&admin, "../x", Vec::new()).await),
        "access.name"
    );
    // A later link ends an earlier one, and neither changes anything until it is used.
    let first = yard.account_link(&admin, "margot").await.unwrap();
    let second = yard.account_link(&admin, "margot").await.unwrap();
    assert_eq!(code(yard.link_account(&secret_of(&first.text)).await), "link.gone");
    close(yard).await;
    let told = [&link.text, &first.text, &second.text].map(|text| secret_of(text));
    for (file, content) in place.files() {
        for secret in &told {
            let found = content.windows(52).any(|part| part == secret.reveal().as_bytes());
            assert!(!found, "a link's secret lies in {}", file.display());
        }
    }
}

#[tokio::test]
async fn grants_change_at_once_and_the_last_administrator_stays() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let margot = join(&yard, &admin, "margot", vec![Grant::everywhere("viewer")]).await;
    assert_eq!(code(yard.access(&margot)), "forbidden");
    assert_eq!(code(yard.account_disable(&margot, "admin", true).await), "forbidden");
    for refused in [
        code(yard.account_disable(&admin, "admin", true).await),
        code(yard.account_remove(&admin, "admin").await),
        code(
            yard.account_grants(&admin, "admin", vec![Grant::everywhere("operator")])
                .await,
        ),
    ] {
        assert_eq!(refused, "account.last");
    }
    yard.account_grants(&admin, "margot", vec![Grant::everywhere("admin")])
        .await
        .unwrap();
    let margot = actor(&yard, "margot", NEW).await;
    yard.account_grants(&margot, "admin", vec![Grant::everywhere("operator")])
        .await
        .unwrap();
    let admin = actor(&yard, "admin", PASSWORD).await;
    assert_eq!(code(yard.access(&admin)), "forbidden");
    assert_eq!(
        code(
            yard.account_grants(&margot, "admin", vec![Grant::everywhere("pirate")])
                .await
        ),
        "grant.role"
    );
    let page = yard.access(&margot).unwrap();
    let rows: Vec<_> = page.accounts.iter().map(|row| (row.name.as_str(), row.ready)).collect();
    assert_eq!(rows, [("admin", true), ("margot", true)]);
}

#[tokio::test]
async fn who_manages_accounts_gives_no_more_than_they_have() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let desk = Role {
        name: "helpdesk".to_owned(),
        meaning: String::new(),
        permissions: vec![Permission::AccountManage, Permission::AccessView, Permission::FleetView],
        built_in: false,
    };
    yard.role_put(&admin, desk).await.unwrap();
    let desk = join(&yard, &admin, "desk", vec![Grant::everywhere("helpdesk")]).await;
    join(&yard, &admin, "wall", vec![Grant::everywhere("observer")]).await;
    // A link to an administrator's account would be a way to become one.
    assert_eq!(code(yard.account_link(&desk, "admin").await), "access.beyond-own");
    assert_eq!(
        code(yard.account_disable(&desk, "admin", true).await),
        "access.beyond-own"
    );
    assert_eq!(
        code(
            yard.account_create(&desk, "evil", vec![Grant::everywhere("admin")])
                .await
        ),
        "forbidden"
    );
    assert!(yard.account_link(&desk, "wall").await.is_ok());
    // On a pool, neither accounts nor grants are managed.
    yard.pool_put(&admin, pool("web")).await.unwrap();
    let on_pool = Grant {
        role: "admin".to_owned(),
        pool: Some("web".to_owned()),
        narrow: None,
    };
    let local = join(&yard, &admin, "local", vec![on_pool]).await;
    assert_eq!(code(yard.account_link(&local, "wall").await), "forbidden");
    assert_eq!(code(yard.pool_put(&local, pool("x")).await), "forbidden");
    assert_eq!(code(yard.pool_remove(&admin, "web").await), "pool.in-use");
}

#[tokio::test]
async fn a_role_and_a_pool_are_data() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    yard.role_put(&admin, restarter()).await.unwrap();
    for (name, wanted) in [("admin", "role.built-in"), ("a b", "access.name")] {
        let role = Role {
            name: name.to_owned(),
            ..restarter()
        };
        assert_eq!(code(yard.role_put(&admin, role).await), wanted);
    }
    let empty = Role {
        permissions: vec![Permission::OwnAccount],
        ..restarter()
    };
    assert_eq!(code(yard.role_put(&admin, empty).await), "role.empty");
    let pat = join(&yard, &admin, "pat", vec![Grant::everywhere("restarter")]).await;
    assert!(yard.session(&pat).may.contains(&Permission::ContainerOperate));
    assert_eq!(code(yard.role_remove(&admin, "restarter").await), "role.in-use");
    let less = Role {
        permissions: vec![Permission::FleetView],
        ..restarter()
    };
    yard.role_put(&admin, less).await.unwrap();
    let pat = actor(&yard, "pat", NEW).await;
    assert!(!yard.session(&pat).may.contains(&Permission::ContainerOperate));
    close(yard).await;
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    assert_eq!(yard.access(&admin).unwrap().roles.len(), 7, "roles survive a restart");
}

#[tokio::test]
async fn disabled_removed_or_signed_out_nothing_of_an_account_holds() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    join(&yard, &admin, "margot", vec![Grant::everywhere("viewer")]).await;
    let session = yard.sign_in("margot", &secret(NEW), None).await.unwrap();
    let holds = |epoch| matches!(yard.actor("margot", epoch, None, None), Who::Actor(..));
    let token = new_token(&yard, &actor(&yard, "margot", NEW).await, Vec::new()).await;
    assert!(holds(session.epoch) && yard.token_actor(&token, None).is_some());
    yard.account_sign_out(&admin, "margot").await.unwrap();
    assert!(!holds(session.epoch) && yard.token_actor(&token, None).is_some());
    yard.account_disable(&admin, "margot", true).await.unwrap();
    assert!(yard.token_actor(&token, None).is_none());
    assert!(matches!(
        yard.sign_in("margot", &secret(NEW), None).await,
        Err(SignInError::Wrong)
    ));
    yard.account_disable(&admin, "margot", false).await.unwrap();
    assert!(yard.token_actor(&token, None).is_some());
    let link = yard.account_link(&admin, "margot").await.unwrap();
    yard.account_remove(&admin, "margot").await.unwrap();
    assert!(yard.token_actor(&token, None).is_none());
    assert_eq!(code(yard.link_account(&secret_of(&link.text)).await), "link.gone");
    // Another person under the same name has nothing of the first.
    yard.account_create(&admin, "margot", Vec::new()).await.unwrap();
    assert!(!holds(session.epoch) && yard.token_actor(&token, None).is_none());
    assert_eq!(code(yard.account_remove(&admin, "nobody").await), "not-found");
}

async fn new_token(yard: &Yard, owner: &Actor, grants: Vec<Grant>) -> Secret {
    let new = NewToken {
        description: "test".to_owned(),
        grants,
        days: 1,
    };
    Secret::new(yard.token_create(owner, new).await.unwrap().text)
}

#[tokio::test]
async fn a_token_does_no_more_than_its_owner_and_nothing_for_people_only() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let whole = new_token(&yard, &admin, Vec::new()).await;
    let machine = yard.token_actor(&whole, None).unwrap();
    assert!(matches!(yard.view(&machine, &View::Frame), Ok(ViewData::Frame(_))));
    for refused in [
        code(yard.own(&machine)),
        code(yard.account_remove(&machine, "admin").await),
        code(
            yard.token_create(
                &machine,
                NewToken {
                    description: "x".into(),
                    grants: vec![],
                    days: 1,
                },
            )
            .await,
        ),
        code(yard.pool_put(&machine, pool("x")).await),
    ] {
        assert_eq!(refused, "forbidden");
    }
    let narrow = new_token(&yard, &admin, vec![Grant::everywhere("observer")]).await;
    assert_eq!(
        yard.session(&yard.token_actor(&narrow, None).unwrap()).may,
        [Permission::FleetView]
    );
    let margot = join(&yard, &admin, "margot", vec![Grant::everywhere("viewer")]).await;
    let more = new_token(&yard, &margot, vec![Grant::everywhere("admin")]).await;
    let more = yard.session(&yard.token_actor(&more, None).unwrap());
    assert_eq!(
        more.may,
        [
            Permission::FleetView,
            Permission::ContainerLogs,
            Permission::ContainerInspect
        ]
    );
    // A letter more or less, another's secret: nothing.
    let (text, other) = (whole.reveal(), narrow.reveal());
    let (id, _) = text[4..].split_once('_').unwrap();
    let (_, secret_of_other) = other[4..].split_once('_').unwrap();
    for wrong in [
        &text[..text.len() - 1],
        &format!("{text}a"),
        "",
        "shp_",
        "shp__",
        &format!("shp_{id}_{secret_of_other}"),
        &format!("shp_{id}_"),
    ] {
        assert!(yard.token_actor(&secret(wrong), None).is_none(), "{wrong}");
    }
    assert_eq!(
        code(yard.token_revoke(&margot, id).await),
        "not-found",
        "somebody else's is not there"
    );
    yard.token_revoke(&admin, id).await.unwrap();
    assert!(yard.token_actor(&whole, None).is_none());
    for (description, days, wanted) in [
        ("", 1, "token.description"),
        ("x", 0, "token.days"),
        ("x", 731, "token.days"),
    ] {
        let new = NewToken {
            description: description.to_owned(),
            grants: Vec::new(),
            days,
        };
        assert_eq!(code(yard.token_create(&admin, new).await), wanted);
    }
    close(yard).await;
    for (file, content) in place.files() {
        let found = content.windows(52).any(|part| part == secret_of_other.as_bytes());
        assert!(!found, "a token's secret lies in {}", file.display());
    }
    // The newest use of a token is still being noted: the folder is free when that is done.
    let mut again = place.try_open(supplied()).await;
    for _ in 0..100 {
        if again.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        again = place.try_open(supplied()).await;
    }
    let (yard, _) = again.unwrap();
    assert!(yard.token_actor(&narrow, None).is_some(), "tokens survive a restart");
}

#[tokio::test]
async fn what_can_hurt_most_asks_for_a_fresh_proof() {
    let place = Place::new();
    let (yard, _) = begin(&place).await;
    let signed_in = yard.sign_in("admin", &secret(PASSWORD), None).await.unwrap();
    let long_ago = shipyard_model::Millis(shipyard_model::Millis::now().0 - 11 * 60 * 1000);
    for proved in [None, Some(long_ago)] {
        let Who::Actor(stale, _) = yard.actor("admin", signed_in.epoch, None, proved) else {
            panic!("signed in");
        };
        assert_eq!(code(yard.account_create(&stale, "x", Vec::new()).await), "step-up");
        assert_eq!(code(yard.pool_put(&stale, pool("x")).await), "step-up");
        assert_eq!(code(yard.two_factor_off(&stale).await), "step-up");
        assert!(yard.access(&stale).is_ok(), "looking asks for nothing");
        assert_eq!(code(yard.prove(&stale, &secret("wrong")).await), "proof.wrong");
        assert_eq!(code(yard.prove(&stale, &secret(PASSWORD)).await), "");
    }
}

/// The person's app, with the secret that it was shown.
fn app(secret: &str) -> Totp {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    Builder::new().with_secret(secret).build().unwrap()
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_holds_once() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let setup = yard.two_factor_setup(&admin).unwrap();
    assert_eq!(setup.code.len(), setup.code[0].len());
    assert!(
        !yard
            .sign_in("admin", &secret(PASSWORD), None)
            .await
            .unwrap()
            .second_factor,
        "not on yet"
    );
    assert_eq!(
        code(yard.two_factor_confirm(&admin, &secret("000000")).await),
        "code.wrong"
    );
    let totp = app(&setup.secret);
    let now = totp.generate_current().to_string();
    let codes = yard.two_factor_confirm(&admin, &secret(&now)).await.unwrap();
    assert_eq!(codes.len(), 10);
    let half = yard.sign_in("admin", &secret(PASSWORD), None).await.unwrap();
    assert!(half.second_factor);
    let try_code = |text: String| {
        let yard = yard.clone();
        async move {
            yard.sign_in_code("admin", half.epoch, &Secret::new(text), None)
                .await
                .is_ok()
        }
    };
    assert!(!try_code(now).await, "the code that turned it on was used");
    assert!(try_code(codes[0].clone()).await);
    assert!(!try_code(codes[0].clone()).await, "once");
    assert_eq!(yard.own(&admin).unwrap().recovery_codes, 9);
    // Back in by a link, without the factor.
    let margot = join(&yard, &admin, "margot", vec![Grant::everywhere("admin")]).await;
    let link = yard.account_link(&margot, "admin").await.unwrap();
    close(yard).await;
    let bytes = totp_rs::Secret::try_from_base32(&setup.secret).unwrap();
    for (file, content) in place.files() {
        assert!(
            !content.windows(20).any(|part| part == bytes.as_ref()),
            "the secret lies in {}",
            file.display()
        );
    }
    let (yard, _) = place.open(supplied()).await;
    assert!(
        yard.sign_in("admin", &secret(PASSWORD), None)
            .await
            .unwrap()
            .second_factor,
        "survives a restart"
    );
    yard.link_use(&secret_of(&link.text), &secret(NEW), None).await.unwrap();
    assert!(!yard.sign_in("admin", &secret(NEW), None).await.unwrap().second_factor);
}

#[tokio::test]
async fn two_administrators_cannot_shut_each_other_out_at_once() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let margot = join(&yard, &admin, "margot", vec![Grant::everywhere("admin")]).await;
    for _ in 0..10 {
        let both = tokio::join!(
            yard.account_disable(&admin, "margot", true),
            yard.account_disable(&margot, "admin", true)
        );
        let codes = [code(both.0), code(both.1)];
        assert!(
            codes.contains(&String::new()) && codes.contains(&"account.last".to_owned()),
            "{codes:?}"
        );
        let (left, gone) = if codes[0].is_empty() {
            (&admin, "margot")
        } else {
            (&margot, "admin")
        };
        yard.account_disable(left, gone, false).await.unwrap();
    }
}

#[tokio::test]
async fn the_last_who_manages_keeps_a_role_that_does() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let all = Role {
        name: "steward".to_owned(),
        permissions: Permission::ALL.to_vec(),
        ..restarter()
    };
    yard.role_put(&admin, all.clone()).await.unwrap();
    let steward = join(&yard, &admin, "steward", vec![Grant::everywhere("steward")]).await;
    yard.account_remove(&steward, "admin").await.unwrap();
    let less = Role {
        permissions: vec![Permission::FleetView],
        ..all
    };
    assert_eq!(code(yard.role_put(&steward, less).await), "account.last");
    assert!(yard.access(&steward).is_ok());
}

#[tokio::test]
async fn a_right_password_forgives_no_wrong_codes() {
    let place = Place::new();
    let (yard, admin) = begin(&place).await;
    let setup = yard.two_factor_setup(&admin).unwrap();
    let totp = app(&setup.secret);
    yard.two_factor_confirm(&admin, &secret(&totp.generate_current().to_string()))
        .await
        .unwrap();
    let from = Some("192.0.2.7".parse().unwrap());
    for _ in 0..12 {
        let half = yard.sign_in("admin", &secret(PASSWORD), from).await.unwrap();
        match yard
            .sign_in_code("admin", half.epoch, &secret("no-such-code"), from)
            .await
        {
            Err(SignInError::Wrong) => {}
            Err(SignInError::Slow { .. }) => return,
            _ => panic!("a wrong code was taken"),
        }
    }
    panic!("codes can be guessed as fast as a password is typed");
}
