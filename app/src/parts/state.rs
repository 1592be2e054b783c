//! A state as shape, colour and word: round green, hollow grey, amber square, red diamond.
use crate::format;
use crate::lean::prelude::*;
use shipyard_model::live::Look;
use shipyard_model::{ContainerState, Health};

/// CSS class of a look.
pub fn class(look: Look) -> &'static str {
    match look {
        Look::Ok => "ok",
        Look::Warn => "warn",
        Look::Bad => "bad",
        Look::Idle => "idle",
    }
}

/// The shape alone, where the word stands beside it.
#[component]
pub fn Dot(
    /// What it says.
    look: Look,
) -> impl IntoView {
    view! { <i class=format!("dot {}", class(look)) aria-hidden="true"></i> }
}

/// Shape and word in a pill.
#[component]
pub fn StatePill(
    /// What it says.
    look: Look,
    /// Its word.
    word: String,
) -> impl IntoView {
    view! { <span class=format!("state {}", class(look))><Dot look /> {word}</span> }
}

/// The state of a container.
#[component]
pub fn ContainerStatePill(
    /// Docker's state.
    state: ContainerState,
    /// What its health check says.
    health: Option<Health>,
    /// Exit code of its newest run.
    exit_code: Option<i64>,
) -> impl IntoView {
    view! { <StatePill look=Look::of(state, health) word=format::state_word(state, health, exit_code) /> }
}
