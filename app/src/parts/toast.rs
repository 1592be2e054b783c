//! Short notes of what happened, in a corner, read out by screen readers; they go by themselves.
use super::icon::Icon;
use crate::lean::For;
use crate::lean::prelude::*;
use shipyard_model::Problem;
use std::time::Duration;

/// One note.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    id: u32,
    bad: bool,
    text: String,
    link: Option<(String, String)>,
}

/// The page's notes.
#[derive(Clone, Copy)]
pub struct Toasts {
    all: RwSignal<Vec<Toast>>,
    next: RwSignal<u32>,
}

/// Makes the notes. Called once, by the root component.
pub fn provide_toasts() {
    provide_context(Toasts {
        all: RwSignal::new(Vec::new()),
        next: RwSignal::new(0),
    });
}

/// The page's notes.
pub fn toasts() -> Toasts {
    use_context().unwrap_or_else(|| Toasts {
        all: RwSignal::new(Vec::new()),
        next: RwSignal::new(0),
    })
}

impl Toasts {
    /// Says that something went well.
    pub fn good(self, text: impl Into<String>) {
        self.show(false, text.into(), None);
    }

    /// Says that something went well, with a link (address and text).
    pub fn good_with_link(self, text: impl Into<String>, address: String, link: impl Into<String>) {
        self.show(false, text.into(), Some((address, link.into())));
    }

    /// Says what failed.
    pub fn bad(self, problem: &Problem) {
        self.show(true, crate::text::problem(problem), None);
    }

    /// Says that something small did not work, where there is no problem to show.
    pub fn warn(self, text: impl Into<String>) {
        self.show(true, text.into(), None);
    }

    fn show(self, bad: bool, text: String, link: Option<(String, String)>) {
        let id = self.next.get_untracked();
        self.next.set(id.wrapping_add(1));
        self.all.update(|all| {
            all.push(Toast { id, bad, text, link });
            if all.len() > 4 {
                all.remove(0);
            }
        });
        set_timeout(move || self.close(id), Duration::from_secs(if bad { 12 } else { 6 }));
    }

    fn close(self, id: u32) {
        self.all.update(|all| all.retain(|toast| toast.id != id));
    }
}

/// Where the notes are shown; one for the page.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.all.get() key=|toast| toast.id let:toast>
                <div class="toast" class:bad=toast.bad>
                    <Icon name=if toast.bad { "triangle-alert" } else { "check" } />
                    <span>{toast.text}</span>
                    {toast.link.map(|(address, text)| view! { <a href=address>{text}</a> })}
                    <button class="btn quiet small" aria-label=t!("action.close") on:click=move |_| toasts.close(toast.id)>
                        <Icon name="x" />
                    </button>
                </div>
            </For>
        </div>
    }
}
