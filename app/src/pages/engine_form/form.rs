//! The form's state, what it sends, and the form itself.
use super::credentials::Credentials;
use super::fields::{Basics, Capacity};
use super::tried::Found;
use crate::calls::{CallError, engine_add, engine_edit, engine_try};
use crate::interop::address;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, memo};
use crate::parts::change::Answer;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::step_up::proved;
use crate::parts::toast::toasts;
use leptos::task::spawn_local;
use shipyard_model::engine::{EngineDraft, EngineProbe, TlsCredentials};
use shipyard_model::{Engine, EngineAddress, Problem, Secret};

/// Fields whose problems are shown beside them.
const FIELDS: [&str; 8] = [
    "name",
    "address",
    "labels",
    "cpus",
    "memory",
    "certificate",
    "key",
    "authority",
];

/// What is being waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Busy {
    No,
    Trying,
    Saving,
}

/// What the typed address asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Tls,
    Plain,
    Unix,
}

/// The form's state.
#[derive(Clone, Copy)]
pub struct Form {
    /// The engine being changed.
    pub(super) engine: StoredValue<Option<Engine>>,
    pub(super) name: RwSignal<String>,
    pub(super) address: RwSignal<String>,
    pub(super) labels: RwSignal<String>,
    pub(super) cpus: RwSignal<String>,
    pub(super) memory: RwSignal<String>,
    pub(super) certificate: RwSignal<String>,
    pub(super) key: RwSignal<String>,
    pub(super) authority: RwSignal<String>,
    pub(super) problem: RwSignal<Option<Problem>>,
    pub(super) found: RwSignal<Option<EngineProbe>>,
    pub(super) busy: RwSignal<Busy>,
}

impl Form {
    /// For a new engine, or for changing one.
    pub fn new(engine: Option<Engine>) -> Self {
        let text = |of: &dyn Fn(&Engine) -> String| RwSignal::new(engine.as_ref().map(of).unwrap_or_default());
        Self {
            name: text(&|e| e.name.to_string()),
            address: match &engine {
                Some(engine) => RwSignal::new(engine.address.to_string()),
                None => RwSignal::new("https://".to_owned()),
            },
            labels: text(&|e| e.labels.to_string()),
            cpus: text(&|e| e.cpus_override.map(|cpus| cpus.to_string()).unwrap_or_default()),
            memory: text(&|e| {
                e.memory_override
                    .map(|memory| memory.get().to_string())
                    .unwrap_or_default()
            }),
            certificate: RwSignal::default(),
            key: RwSignal::default(),
            authority: RwSignal::default(),
            problem: RwSignal::new(None),
            found: RwSignal::new(None),
            busy: RwSignal::new(Busy::No),
            engine: StoredValue::new(engine),
        }
    }

    /// What the address asks for, as far as it is typed.
    pub(super) fn kind(self) -> Memo<Kind> {
        memo(move || {
            self.address.with(|address| match EngineAddress::parse(address) {
                Ok(EngineAddress::Plain { .. }) => Kind::Plain,
                Ok(EngineAddress::Unix { .. }) => Kind::Unix,
                Err(_) if address.trim_start().starts_with("http://") => Kind::Plain,
                Err(_) if address.trim_start().starts_with("unix:") => Kind::Unix,
                _ => Kind::Tls,
            })
        })
    }

    /// Whether credentials of the engine are stored already.
    pub(super) fn has_stored(self) -> bool {
        self.engine
            .with_value(|engine| engine.as_ref().is_some_and(|engine| engine.certificate_ends.is_some()))
    }

    fn draft(self) -> EngineDraft {
        let tls = TlsCredentials {
            certificate: self.certificate.get_untracked(),
            key: Secret::new(self.key.get_untracked()),
            authority: self.authority.get_untracked(),
        };
        let empty = tls.certificate.trim().is_empty() && tls.key.is_empty() && tls.authority.trim().is_empty();
        let is_tls = self.kind().get_untracked() == Kind::Tls;
        EngineDraft {
            name: self.name.get_untracked(),
            address: self.address.get_untracked(),
            labels: self.labels.get_untracked(),
            cpus: self.cpus.get_untracked(),
            memory: self.memory.get_untracked(),
            tls: (is_tls && !empty).then_some(tls),
        }
    }

    /// Tries the connection and shows what was found.
    fn try_connection(self) {
        self.begin(Busy::Trying);
        let id = self
            .engine
            .with_value(|engine| engine.as_ref().map(|engine| engine.id.clone()));
        let draft = self.draft();
        let call = move || -> Answer<EngineProbe> { Box::pin(engine_try(draft.clone(), id.clone())) };
        spawn_local(async move {
            match proved(call).await {
                Ok(probe) => {
                    self.found.try_set(Some(probe));
                    self.busy.try_set(Busy::No);
                }
                Err(error) => self.failed(error),
            }
        });
    }

    /// Adds or changes the engine; `done` is given its name and whether it is new.
    fn save(self, done: impl FnOnce(Engine, bool) + 'static) {
        self.begin(Busy::Saving);
        let id = self
            .engine
            .with_value(|engine| engine.as_ref().map(|engine| engine.id.clone()));
        let draft = self.draft();
        let is_new = id.is_none();
        let call = move || -> Answer<Engine> {
            match &id {
                Some(id) => Box::pin(engine_edit(id.clone(), draft.clone())),
                None => Box::pin(engine_add(draft.clone())),
            }
        };
        spawn_local(async move {
            match proved(call).await {
                Ok(engine) => done(engine, is_new),
                Err(error) => self.failed(error),
            }
        });
    }

    fn begin(self, busy: Busy) {
        self.problem.set(None);
        self.found.set(None);
        self.busy.set(busy);
    }

    fn failed(self, CallError(problem): CallError) {
        let field = problem.field.clone();
        self.problem.try_set(Some(problem));
        self.busy.try_set(Busy::No);
        if let Some(field) = field {
            browser::focus(&format!("engine-{field}"));
        }
    }
}

/// The form.
#[component]
pub fn EngineForm(
    /// Its state.
    form: Form,
) -> impl IntoView {
    let toasts = toasts();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if form.busy.get_untracked() != Busy::No {
            return;
        }
        form.save(move |engine, is_new| {
            toasts.good(if is_new {
                t!("engine.added", name = engine.name)
            } else {
                t!("form.saved", name = engine.name)
            });
            address::visit(&format!("/engines/{}", engine.name));
        });
    };
    // What no field shows is shown for the form as a whole.
    let general = Signal::derive(move || {
        form.problem
            .get()
            .filter(|p| !p.field.as_deref().is_some_and(|field| FIELDS.contains(&field)))
    });
    let tls = form.kind();
    view! {
        <form class="engine-form narrow stacked" on:submit=save on:dragover=refuse_beside novalidate autocomplete="off">
            <section class="card">
                <div class="in form"><Basics form /></div>
                <Capacity form />
            </section>
            <Show when=move || tls.get() == Kind::Tls>
                <Credentials form />
            </Show>
            <ProblemBox problem=general />
            <Found form />
            <Buttons form />
        </form>
    }
}

/// A file let go beside the fields is not taken, and not opened by the browser in the place of the form either.
fn refuse_beside(event: web_sys::DragEvent) {
    let Some(data) = event.data_transfer().filter(|_| !event.default_prevented()) else {
        return;
    };
    if data.types().includes(&"Files".into(), 0) {
        event.prevent_default();
        data.set_drop_effect("none");
    }
}

#[component]
fn Buttons(form: Form) -> impl IntoView {
    let busy = form.busy;
    let is_new = form.engine.with_value(Option::is_none);
    let waiting = move || (busy.get() != Busy::No).then(|| t!("form.trying", address = form.address.get()));
    let back = form.engine.with_value(|engine| {
        engine
            .as_ref()
            .map_or_else(|| "/engines".to_owned(), |engine| format!("/engines/{}", engine.name))
    });
    view! {
        <div class="buttons">
            <button class="btn primary" disabled=bound(move || busy.get() != Busy::No)>
                {if is_new { t!("action.add-engine") } else { t!("action.save") }}
            </button>
            <button
                type="button"
                class="btn"
                disabled=bound(move || busy.get() != Busy::No)
                aria-busy=bound(move || (busy.get() == Busy::Trying).then_some("true"))
                on:click=move |_| form.try_connection()
            >
                <Icon name="refresh-cw" />
                {t!("form.try")}
            </button>
            <a class="btn quiet" href=back>{t!("action.cancel")}</a>
            <span class="muted" role="status">{dynamic(waiting)}</span>
        </div>
    }
}
