//! The words, icons and permissions of the verbs on containers.
use crate::boot;
use shipyard_model::{ContainerVerb as V, Permission};

/// The verb on a button.
pub fn label(verb: V) -> &'static str {
    match verb {
        V::Start => t!("verb.start"),
        V::Stop => t!("verb.stop"),
        V::Restart => t!("verb.restart"),
        V::Pause => t!("verb.pause"),
        V::Unpause => t!("verb.unpause"),
        V::Kill => t!("verb.kill"),
        V::Remove => t!("verb.remove"),
    }
}

/// The verb on a button that asks before it acts.
pub fn asking(verb: V) -> &'static str {
    match verb {
        V::Kill => t!("verb.kill.ask"),
        V::Remove => t!("verb.remove.ask"),
        other => label(other),
    }
}

/// What goes on: `Stopping 3 containers…`.
pub fn doing(verb: V, what: &str) -> String {
    match verb {
        V::Start => t!("verb.start.doing", what = what),
        V::Stop => t!("verb.stop.doing", what = what),
        V::Restart => t!("verb.restart.doing", what = what),
        V::Pause => t!("verb.pause.doing", what = what),
        V::Unpause => t!("verb.unpause.doing", what = what),
        V::Kill => t!("verb.kill.doing", what = what),
        V::Remove => t!("verb.remove.doing", what = what),
    }
}

/// What was done: `Stopped 3 of 3`.
pub fn done(verb: V, what: &str) -> String {
    match verb {
        V::Start => t!("verb.start.done", what = what),
        V::Stop => t!("verb.stop.done", what = what),
        V::Restart => t!("verb.restart.done", what = what),
        V::Pause => t!("verb.pause.done", what = what),
        V::Unpause => t!("verb.unpause.done", what = what),
        V::Kill => t!("verb.kill.done", what = what),
        V::Remove => t!("verb.remove.done", what = what),
    }
}

/// The verb's icon.
pub fn icon(verb: V) -> &'static str {
    match verb {
        V::Start | V::Unpause => "play",
        V::Stop => "square",
        V::Restart => "rotate-cw",
        V::Pause => "pause",
        V::Kill => "skull",
        V::Remove => "trash-2",
    }
}

/// Whether it does harm that cannot be undone.
pub fn is_harmful(verb: V) -> bool {
    matches!(verb, V::Kill | V::Remove)
}

/// The verbs that the signed-in account may use, in the order that menus show.
pub fn allowed() -> impl Iterator<Item = V> {
    V::ALL.into_iter().filter(|verb| {
        boot::may(match verb {
            V::Remove => Permission::ContainerRemove,
            _ => Permission::ContainerOperate,
        })
    })
}
