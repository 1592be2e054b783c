//! The deploy as text: a `docker run` line and a Compose file are views of what the form shows. Any of them can be pasted
//! anywhere. The server reads and writes them.
use super::Deploy;
use super::fill::fill;
use super::form::Form;
use crate::calls::{CallError, deploy_like, text_read, text_write};
use crate::interop::{address, paste};
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, effect};
use crate::parts::fetch::{Fetched, fetch};
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use leptos::task::spawn_local;
use shipyard_model::Problem;
use shipyard_model::deploy::DeployRequest;
use shipyard_model::text::{TextForm, TextRead, TextToRead, TextToWrite, TextWritten};
use std::time::Duration;

/// The texts of the page.
#[derive(Clone, Copy)]
pub struct Texts {
    /// Which is shown; `None` for the form.
    pub form: RwSignal<Option<TextForm>>,
    /// What was typed or pasted.
    typed: RwSignal<Option<TextToRead>>,
    /// What of it cannot be read.
    problem: RwSignal<Option<Problem>>,
    /// Whether it is being read.
    reading: RwSignal<bool>,
    /// The view that is shown once it was read.
    next: RwSignal<Option<Option<TextForm>>>,
    /// What is told of it.
    notes: RwSignal<Vec<Problem>>,
    /// The request as text.
    written: Fetched<TextWritten>,
    request: Memo<(DeployRequest, Vec<Problem>)>,
}

impl Texts {
    /// Of a form and what it asks for.
    pub fn new(form: Form, request: Memo<(DeployRequest, Vec<Problem>)>) -> Self {
        let shown = RwSignal::new(None::<TextForm>);
        let typed = RwSignal::new(None::<TextToRead>);
        let notes = RwSignal::new(Vec::new());
        let read = fetch(move || typed.get(), Duration::from_millis(300), text_read);
        effect(move || {
            read.data.with(|read| {
                if let Some(read) = read {
                    take(form, notes, read);
                }
            });
        });
        // What is typed is not written anew under the hands of who types.
        let written = fetch(
            move || {
                let form = shown.get().filter(|_| typed.with(Option::is_none))?;
                Some(TextToWrite {
                    form,
                    request: request.with(|(request, _)| request.clone()),
                })
            },
            Duration::ZERO,
            text_write,
        );
        let texts = Self {
            form: shown,
            typed,
            problem: read.problem,
            reading: read.busy,
            next: RwSignal::new(None),
            notes,
            written,
            request,
        };
        effect(move || {
            if texts.reading.get() {
                return;
            }
            if let Some(form) = texts.next.get_untracked() {
                texts.next.set(None);
                if texts.problem.with_untracked(Option::is_none) {
                    texts.turn(form);
                }
            }
        });
        texts.start_from_address(form);
        texts
    }

    /// What the address brings: a whole deploy, or the name of a container that is there.
    fn start_from_address(self, form: Form) {
        let hash = address::hash();
        if hash.contains("spec=") {
            self.typed.set(Some(TextToRead {
                text: hash,
                form: Some(TextForm::Link),
                base: None,
            }));
        }
        let (like, values) = untrack(|| (address::query().get("like"), address::query().get("values")));
        let Some((engine, name)) = like.as_deref().and_then(|like| like.split_once('/')) else {
            return;
        };
        let (engine, name) = (engine.to_owned(), name.to_owned());
        spawn_local(async move {
            match deploy_like(engine, name, values.is_some()).await {
                Ok(read) => take(form, self.notes, &read),
                Err(CallError(problem)) => self.problem.set(Some(problem)),
            }
        });
    }

    /// Shows another view of the deploy, once what was typed into this one was read.
    fn show(self, form: Option<TextForm>) {
        if self.reading.get_untracked() {
            self.next.set(Some(form));
        } else {
            self.turn(form);
        }
    }

    fn turn(self, form: Option<TextForm>) {
        self.typed.set(None);
        self.problem.set(None);
        self.notes.set(Vec::new());
        self.written.data.set(None);
        self.form.set(form);
    }

    /// Reads a line or file that is pasted into any field.
    pub fn pasted(self, event: &web_sys::Event) {
        let Some(text) = paste::text(event).filter(|_| self.form.with_untracked(Option::is_none)) else {
            return;
        };
        let begins = text.trim_start().trim_start_matches("$ ").trim_start_matches("sudo ");
        let is_line = ["docker run ", "docker container run ", "docker create ", "podman run "]
            .iter()
            .any(|start| begins.starts_with(start));
        if is_line || text.starts_with("services:") || text.contains("\nservices:") {
            event.prevent_default();
            self.typed.set(Some(TextToRead {
                text,
                form: None,
                base: None,
            }));
        }
    }
}

fn take(form: Form, notes: RwSignal<Vec<Problem>>, read: &TextRead) {
    fill(form, &read.request);
    notes.set(read.notes.clone());
}

/// The choice of a view.
#[component]
pub fn Tabs(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let texts = deploy.texts;
    let tab = move |form: Option<TextForm>, text: &'static str| {
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=bound(move || (texts.form.get() == form).to_string())
                on:click=move |_| texts.show(form)
            >
                {text}
            </button>
        }
    };
    view! {
        <div class="chips" role="group" aria-label=t!("deploy.views")>
            {tab(None, t!("deploy.view.form"))} {tab(Some(TextForm::DockerRun), "docker run")} {tab(Some(TextForm::Compose), "Compose")}
        </div>
    }
}

/// What is told of what was read, and what keeps it from being read.
#[component]
pub fn Told(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let texts = deploy.texts;
    let notes = move || {
        let mut all = texts.notes.get();
        let written = texts
            .written
            .data
            .with(|written| written.as_ref().map(|it| it.notes.clone()));
        if texts.typed.with(Option::is_none) {
            all.extend(written.into_iter().flatten());
        }
        all.iter()
            .map(|note| {
                let text = crate::text::problem(note);
                view! {
                    <p class="note" role="status">
                        <Icon name="info" />
                        <span class="grow">{text}</span>
                    </p>
                }
            })
            .collect_view()
    };
    view! {
        <ProblemBox problem=texts.problem />
        {dynamic(notes)}
    }
}

/// The text of the chosen view.
#[component]
pub fn Text(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let texts = deploy.texts;
    let value = move || {
        let typed = texts.typed.with(|typed| typed.as_ref().map(|typed| typed.text.clone()));
        typed.or_else(|| {
            texts
                .written
                .data
                .with(|written| written.as_ref().map(|it| it.text.clone()))
        })
    };
    let typed = move |event: web_sys::Event| {
        let before = texts
            .typed
            .with_untracked(|typed| typed.as_ref().map(|typed| typed.base.clone()));
        // What the first text was written of is what the typed one changes.
        let base = before.unwrap_or_else(|| Some(texts.request.with_untracked(|(request, _)| request.clone())));
        texts.typed.set(Some(TextToRead {
            text: event_target_value(&event),
            form: texts.form.get_untracked(),
            base,
        }));
    };
    view! {
        <Show when=move || texts.form.get().is_some()>
            <div class="in form">
                <textarea
                    class="spec"
                    rows="18"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-label=t!("deploy.text")
                    aria-invalid=bound(move || texts.problem.with(Option::is_some).then_some("true"))
                    prop:value=bound(move || value().unwrap_or_default())
                    on:input=typed
                ></textarea>
                <p class="faint">{t!("deploy.text-hint")}</p>
            </div>
        </Show>
    }
}
