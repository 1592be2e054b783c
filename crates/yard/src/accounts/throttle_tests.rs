//! The throttle by examples and by properties.
use super::*;
use proptest::prelude::*;

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

/// Fails until told to wait; how often, and the wait.
fn fail(throttle: &mut Throttle, name: &str, from: Option<IpAddr>, now: Instant, most: usize) -> (usize, Duration) {
    for n in 0..most {
        if let Err(wait) = throttle.begin(name, from, now) {
            return (n, wait);
        }
    }
    (most, Duration::ZERO)
}

#[test]
fn a_few_failures_are_free_then_the_wait_doubles_up_to_five_minutes() {
    let (mut t, mut now) = (Throttle::default(), Instant::now());
    assert_eq!(fail(&mut t, "a", ip("192.0.2.1"), now, 99), (6, Duration::from_secs(1)));
    for seconds in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        let Err(wait) = t.begin("A ", ip("192.0.2.1"), now) else {
            panic!()
        };
        now += wait;
        assert!(t.begin("a", ip("192.0.2.1"), now).is_ok());
        assert_eq!(
            t.begin("a", ip("192.0.2.1"), now).err(),
            Some(Duration::from_secs(seconds))
        );
    }
}

#[test]
fn success_gives_the_free_failures_back() {
    let (mut t, now) = (Throttle::default(), Instant::now());
    assert_eq!(fail(&mut t, "a", ip("127.0.0.1"), now, 5).0, 5);
    let attempt = t.begin("a", ip("127.0.0.1"), now).unwrap_or_else(|_| panic!());
    t.succeeded(&attempt);
    assert_eq!(fail(&mut t, "a", ip("127.0.0.1"), now, 99).0, 6);
}

#[test]
fn one_wrong_person_does_not_lock_out_those_behind_the_same_proxy() {
    let (mut t, now) = (Throttle::default(), Instant::now());
    fail(&mut t, "wrong", ip("127.0.0.1"), now, 99);
    assert!(t.begin("other", ip("::1"), now).is_ok());
    assert!(t.begin("other", ip("127.0.0.1"), now).is_ok());
}

#[test]
fn a_stranger_does_not_lock_somebody_out_for_long() {
    let (mut t, now) = (Throttle::default(), Instant::now());
    fail(&mut t, "margot", ip("192.0.2.66"), now, 99);
    assert!(t.begin("margot", ip("198.51.100.1"), now).is_ok());
    let mut longest = Duration::ZERO;
    for host in 0..200 {
        let (_, wait) = fail(&mut t, "margot", ip(&format!("203.0.113.{host}")), now, 1);
        longest = longest.max(wait);
    }
    assert!(longest > Duration::ZERO && longest <= ACCOUNT.longest);
}

#[test]
fn an_address_that_tries_many_names_is_slowed_and_its_neighbours_in_one_64_with_it() {
    let (mut t, now) = (Throttle::default(), Instant::now());
    let tried = (0..99).find(|n| {
        t.begin(&format!("name{n}"), ip(&format!("2001:db8::{n:x}")), now)
            .is_err()
    });
    assert_eq!(tried, Some(21));
    assert!(t.begin("name", ip("2001:db8:0:1::1"), now).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is tried, memory stays bounded and no wait is longer than the longest.
    #[test]
    fn bounded(steps in proptest::collection::vec((0u8..4, 0u8..4, 0u64..100_000, any::<bool>()), 1..400)) {
        let (mut t, mut now) = (Throttle::default(), Instant::now());
        for (name, host, pause, success) in steps {
            now += Duration::from_millis(pause);
            match t.begin(&name.to_string(), ip(&format!("192.0.2.{host}")), now) {
                Err(wait) => prop_assert!(wait <= BOTH.longest),
                Ok(attempt) if success => t.succeeded(&attempt),
                Ok(_) => {}
            }
            prop_assert!(t.counts.len() <= 4 * 4 + 4 + 4);
        }
    }

    /// Guesses against one account from one address are few, however they are spread over a day.
    #[test]
    fn a_day_of_guessing_is_worth_little(pauses in proptest::collection::vec(0u64..60_000, 2000)) {
        let (mut t, start) = (Throttle::default(), Instant::now());
        let (mut now, mut tried) = (start, 0u32);
        for pause in pauses {
            now += Duration::from_millis(pause);
            tried += u32::from(t.begin("a", ip("192.0.2.1"), now).is_ok());
        }
        let hours = now.duration_since(start).as_secs() / 3600 + 1;
        prop_assert!(u64::from(tried) <= 16 + 13 * hours, "{tried} in {hours} h");
    }

    /// The answer does not depend on anything but the attempts: a name that exists is not known here at all.
    #[test]
    fn names_are_alike(name in "[a-z]{1,8}", other in "[a-z]{1,8}", tries in 1usize..20) {
        let now = Instant::now();
        let (mut a, mut b) = (Throttle::default(), Throttle::default());
        prop_assert_eq!(fail(&mut a, &name, ip("192.0.2.1"), now, tries), fail(&mut b, &other, ip("192.0.2.1"), now, tries));
    }
}

#[test]
fn a_flood_of_names_takes_bounded_memory() {
    let (mut t, mut now) = (Throttle::default(), Instant::now());
    for n in 0..30_000u32 {
        now += Duration::from_micros(10);
        let from = IpAddr::from((n.wrapping_mul(2_654_435_761) | 0x2000_0000).to_be_bytes());
        let _ = t.begin(&format!("name{n}"), Some(from), now);
    }
    assert!(t.counts.len() <= MOST + 3);
}
