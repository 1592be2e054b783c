//! The question before something is done that cannot be undone, or that others feel: it says what will happen.
use super::change::{Answer, Change};
use super::dialog::{Dialog, open_while};
use super::problem::ProblemBox;
use super::toast::toasts;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic};
use std::sync::Arc;

/// What is asked.
#[derive(Clone)]
pub struct Question {
    /// The question.
    pub title: String,
    /// What will happen.
    pub text: String,
    /// The verb on the button.
    pub button: &'static str,
    /// What is said when it was done.
    pub done: String,
    /// What is done.
    pub call: Arc<dyn Fn() -> Answer<()> + Send + Sync>,
}

/// Asks while `asking` holds a question.
#[component]
pub fn Ask(
    /// The question.
    asking: RwSignal<Option<Question>>,
    /// Called when it was done.
    after: Callback<()>,
) -> impl IntoView {
    let open = open_while(asking);
    let title = Signal::derive(move || asking.with(|it| it.as_ref().map(|it| it.title.clone()).unwrap_or_default()));
    view! {
        <Dialog open title>
            {dynamic(move || asking.get().map(|question| view! { <Answers question open after /> }))}
        </Dialog>
    }
}

#[component]
fn Answers(question: Question, open: RwSignal<bool>, after: Callback<()>) -> impl IntoView {
    let change = Change::default();
    let toasts = toasts();
    let Question {
        text,
        button,
        done,
        call,
        ..
    } = question;
    let act = move |_| {
        let (call, done) = (call.clone(), done.clone());
        change.run(
            move || call(),
            move |()| {
                toasts.good(done);
                open.try_set(false);
                after.try_run(());
            },
        );
    };
    view! {
        <p>{text}</p>
        <ProblemBox problem=change.problem />
        <div class="buttons">
            <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action.cancel")}</button>
            <button type="button" class="btn primary danger" disabled=bound(move || change.busy.get()) on:click=act>{button}</button>
        </div>
    }
}
