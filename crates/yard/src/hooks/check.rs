//! What a person writes of a hook, checked; and the problems that hooks have. Pure.
use crate::Actor;
use shipyard_courier::{Address, Allowed, Answer, BadAddress, PostError};
use shipyard_model::hook::NewHook;
use shipyard_model::{EngineName, Permission, Problem};

/// Most actions, and most engines, of a hook.
const MOST: usize = 100;
/// Most letters of an action.
const ACTION: usize = 64;
/// Most letters of a name.
const NAME: usize = 100;

/// Whether somebody may have activity sent: they manage hooks, and read all that is sent.
pub(super) fn may_send(actor: &Actor) -> bool {
    actor.may(Permission::HookManage) && actor.may(Permission::ActivityRead)
}

/// The hook with its texts trimmed.
///
/// # Errors
/// 422, with the field.
pub(super) fn check(new: NewHook, allowed: Allowed) -> Result<NewHook, Problem> {
    let new = NewHook {
        name: new.name.trim().to_owned(),
        url: new.url.trim().to_owned(),
        ..new
    };
    if new.name.is_empty() || new.name.chars().count() > NAME {
        let told = format!("A hook has a name of at most {NAME} letters.");
        return Err(Problem::new(422, "hook.name", told).arg("most", NAME).field("name"));
    }
    address(&new.url, allowed)?;
    let is_action = |action: &String| {
        let letters = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'-');
        action == "*" || ((1..=ACTION).contains(&action.len()) && action.bytes().all(letters))
    };
    if new.actions.is_empty() || new.actions.len() > MOST || !new.actions.iter().all(is_action) {
        return Err(Problem::new(
            422,
            "hook.actions",
            "Name the actions that are sent, such as container.stop or deploy, or * for all.",
        )
        .field("actions"));
    }
    let is_engine = |name: &String| EngineName::parse(name).is_ok();
    if new.engines.len() > MOST || !new.engines.iter().all(is_engine) {
        return Err(Problem::new(422, "hook.engines", "One of the engines has no name of an engine.").field("engines"));
    }
    Ok(new)
}

/// An address that something may be sent to.
pub(super) fn address(url: &str, allowed: Allowed) -> Result<Address, Problem> {
    Address::parse(url, allowed).map_err(|bad| {
        let problem = match bad {
            BadAddress::Malformed => Problem::new(
                422,
                "hook.address",
                "This is no address such as https://example.org/path.",
            ),
            BadAddress::NotHttps => Problem::new(422, "hook.address-plain", "The address must begin with https://.")
                .hint("The operator may allow others with --webhook-allow-plain."),
            BadAddress::Credentials => Problem::new(
                422,
                "hook.address-credentials",
                "The address holds a name or password before the host.",
            )
            .hint("Take them out: requests are signed."),
            BadAddress::OffLimits => off_limits(),
        };
        problem.field("url")
    })
}

fn off_limits() -> Problem {
    Problem::new(422, "hook.off-limits", "Nothing is sent to such an address.")
        .hint("The operator may allow those of private networks with --webhook-allow-private.")
}

/// Why a try failed.
pub(super) fn failed(error: &PostError) -> Problem {
    match error {
        PostError::NameNotFound => Problem::new(502, "hook.name-not-found", "The host name was not found."),
        PostError::OffLimits => Problem {
            status: 502,
            ..off_limits()
        },
        PostError::NoConnection(kind) => Problem::new(
            502,
            "hook.no-connection",
            format!("The receiver cannot be reached: {kind}."),
        )
        .arg("why", kind),
        PostError::Tls(why) => Problem::new(
            502,
            "hook.tls",
            format!("The receiver did not prove who it is by TLS: {why}."),
        )
        .hint("An authority of your own is named with --webhook-ca.")
        .arg("why", why),
        PostError::Late => Problem::new(504, "hook.late", "The receiver did not answer in time."),
        PostError::Protocol(why) => Problem::new(
            502,
            "hook.protocol",
            format!("What the receiver answered is no HTTP: {why}."),
        )
        .arg("why", why),
    }
}

/// Why an answer is none that takes the message.
pub(super) fn not_taken(answer: &Answer) -> Problem {
    let status = answer.status;
    Problem::new(
        502,
        "hook.status",
        format!("The receiver answered with status {status}."),
    )
    .arg("status", status)
}

pub(super) fn gave_up() -> Problem {
    Problem::new(
        502,
        "hook.gave-up",
        "The receiver took nothing for a day, so the hook was turned off.",
    )
    .hint("See to the receiver, then turn the hook on. What happened meanwhile is in the activity.")
}

pub(super) fn gone() -> Problem {
    Problem::new(
        410,
        "hook.gone",
        "The receiver said that it wants no more (410), so the hook was turned off.",
    )
}

pub(super) fn maker_problem(name: &str) -> Problem {
    let told = format!("The account “{name}” may not have activity sent any more, so the hook was turned off.");
    Problem::new(409, "hook.maker", told)
        .hint("Whoever may can save it anew, and answers for it then.")
        .arg("name", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewHook {
        NewHook {
            name: " chat ".into(),
            url: "https://example.org/?secret=needle".into(),
            actions: vec!["*".into(), "container".into(), "sign-in".into()],
            refused_too: false,
            engines: vec!["node1".into()],
            enabled: true,
        }
    }

    #[test]
    fn what_is_no_hook_is_refused_by_field_and_repeats_no_address() {
        let none = Allowed::default();
        assert_eq!(check(new(), none).map(|hook| hook.name), Ok("chat".to_owned()));
        type Change = fn(&mut NewHook);
        let cases: [(&str, Change); 11] = [
            ("name", |hook| hook.name = " ".into()),
            ("name", |hook| hook.name = "x".repeat(101)),
            ("url", |hook| hook.url = "http://example.org/?secret=needle".into()),
            ("url", |hook| hook.url = "https://a:needle@example.org/".into()),
            ("url", |hook| hook.url = "https://127.0.0.1/needle".into()),
            ("url", |hook| hook.url = "needle".into()),
            ("actions", |hook| hook.actions.clear()),
            ("actions", |hook| hook.actions = vec!["Deploy".into()]),
            ("actions", |hook| hook.actions = vec!["a\r\nb: c".into()]),
            ("engines", |hook| hook.engines = vec!["no name".into()]),
            ("engines", |hook| hook.engines = vec!["node1".into(); 101]),
        ];
        for (field, change) in cases {
            let mut hook = new();
            change(&mut hook);
            let problem = check(hook, none).unwrap_err();
            assert_eq!((problem.status, problem.field.as_deref()), (422, Some(field)));
            assert!(!format!("{problem:?}").contains("needle"));
        }
    }
}
