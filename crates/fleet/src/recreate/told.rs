//! What is said when a container could not be made anew.
use shipyard_model::Problem;

pub(super) fn going_on() -> Problem {
    Problem::new(409, "roll.going-on", "Another operation is making this container anew.")
        .hint("Wait for it, then look whether this one is still needed.")
}

pub(super) fn was_put_back(why: &Problem) -> Problem {
    Problem::new(
        422,
        "roll.put-back",
        format!("{} The old container runs again.", why.detail),
    )
    .hint("Look at what was changed, or try the new image with docker run, before trying again.")
    .arg("why", &why.detail)
}

pub(super) fn was_not_put_back(why: &Problem, other: &Problem, aside: &str) -> Problem {
    Problem::new(
        502,
        "roll.not-put-back",
        format!(
            "{} The old container could not be put back: {} It may still be on the engine as “{aside}”.",
            why.detail, other.detail
        ),
    )
    .hint("Rename and start it with the docker command.")
    .arg("why", &why.detail)
    .arg("other", &other.detail)
    .arg("name", aside)
}

pub(super) fn old_is_left(why: &Problem, aside: &str) -> Problem {
    Problem::new(
        502,
        "roll.old-left",
        format!(
            "The new container runs, but the old one could not be removed: {} It is on the engine as “{aside}”.",
            why.detail
        ),
    )
    .hint("Remove it when the engine is well.")
    .arg("why", &why.detail)
    .arg("name", aside)
}
