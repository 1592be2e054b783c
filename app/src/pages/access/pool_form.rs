//! Making a pool and changing it: the labels of its engines, and how much may run on it.
use super::Access;
use super::account::Buttons;
use super::pools::profile_word;
use crate::boot::may;
use crate::calls::pool_put;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic};
use crate::parts::change::{Answer, Change};
use crate::parts::dialog::{Dialog, open_while};
use crate::parts::field::{Field, TextField, forgive, is_at_fault};
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::toast::toasts;
use shipyard_model::access::{Profile, Quota, constraints};
use shipyard_model::{Bytes, Cpus, Permission, Pool, Problem};

/// Fields whose problems are shown beside them.
const FIELDS: [&str; 6] = ["name", "engines", "cpus", "memory", "containers", "policy"];

/// The button that makes a pool, for who may.
#[component]
pub fn NewPool(
    /// The page.
    on: Access,
) -> impl IntoView {
    let opened = RwSignal::new(None);
    may(Permission::GrantManage).then(|| {
        view! {
            <button type="button" class="btn primary" on:click=move |_| opened.set(Some(None))><Icon name="plus" />{t!("pool.new")}</button>
            <PoolDialog on opened />
        }
    })
}

/// The dialog, open for a pool that is changed, or for none: a new one.
#[component]
pub fn PoolDialog(
    /// The page.
    on: Access,
    /// The pool.
    opened: RwSignal<Option<Option<Pool>>>,
) -> impl IntoView {
    let open = open_while(opened);
    let title = Signal::derive(move || {
        opened.with(|opened| match opened {
            Some(Some(pool)) => t!("pool.edit-title", name = pool.name),
            _ => t!("pool.new-title").to_owned(),
        })
    });
    view! {
        <Dialog open title>
            {dynamic(move || opened.get().map(|pool| view! { <Form on pool open /> }))}
        </Dialog>
    }
}

/// What is written.
#[derive(Clone, Copy)]
struct Written {
    name: RwSignal<String>,
    engines: RwSignal<String>,
    cpus: RwSignal<String>,
    memory: RwSignal<String>,
    containers: RwSignal<String>,
    profile: RwSignal<String>,
    policy: RwSignal<String>,
}

impl Written {
    fn new(pool: Option<&Pool>) -> Self {
        let text = |of: &dyn Fn(&Pool) -> Option<String>| RwSignal::new(pool.and_then(of).unwrap_or_default());
        let labels = |pool: &Pool| {
            pool.engines
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        Self {
            name: text(&|pool| Some(pool.name.clone())),
            engines: text(&|pool| Some(labels(pool))),
            cpus: text(&|pool| pool.quota.cpus.map(|cpus| cpus.to_string())),
            memory: text(&|pool| pool.quota.memory.map(size)),
            containers: text(&|pool| pool.quota.containers.map(|most| most.to_string())),
            profile: text(&|pool| pool.profile.map(|profile| profile.name().to_owned())),
            policy: text(&|pool| Some(pool.policy.clone())),
        }
    }

    fn pool(self) -> Result<Pool, Problem> {
        let profile = self.profile.get_untracked();
        Ok(Pool {
            name: self.name.get_untracked().trim().to_owned(),
            engines: self
                .engines
                .with_untracked(|text| constraints(text))
                .map_err(|bad| Problem::new(422, "", t!("pool.bad-label", label = bad.text)).field("engines"))?,
            quota: Quota {
                cpus: limit(self.cpus, "cpus", t!("deploy.bad-cpus"), |text| Cpus::parse(text).ok())?,
                memory: limit(self.memory, "memory", t!("deploy.bad-memory"), |text| {
                    Bytes::parse(text).ok()
                })?,
                containers: limit(self.containers, "containers", t!("pool.bad-containers"), |text| {
                    text.parse().ok()
                })?,
            },
            profile: PROFILES.into_iter().find(|one| one.name() == profile),
            policy: self.policy.get_untracked(),
        })
    }
}

const PROFILES: [Profile; 3] = [Profile::Restricted, Profile::Baseline, Profile::Privileged];

/// A size as a person would write it, where that is exact.
fn size(bytes: Bytes) -> String {
    let short = bytes.to_string();
    if Bytes::parse(&short) == Ok(bytes) {
        short
    } else {
        bytes.get().to_string()
    }
}

/// A limit, or none where nothing is written.
fn limit<T>(
    value: RwSignal<String>,
    field: &str,
    says: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let text = value.get_untracked();
    match text.trim() {
        "" => Ok(None),
        text => parse(text)
            .map(Some)
            .ok_or_else(|| Problem::new(422, "", says).field(field)),
    }
}

#[component]
fn Form(on: Access, pool: Option<Pool>, open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let toasts = toasts();
    let is_new = pool.is_none();
    let form = Written::new(pool.as_ref());
    let problem = change.problem;
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let pool = match form.pool() {
            Ok(pool) => pool,
            Err(fault) => return problem.set(Some(fault)),
        };
        let done = t!("pool.saved", name = pool.name);
        let call = move || -> Answer<()> { Box::pin(pool_put(pool.clone())) };
        change.run(call, move |()| {
            toasts.good(done);
            open.try_set(false);
            on.refresh();
        });
    };
    change.focus_fault("pool");
    let general = Signal::derive(move || {
        problem
            .get()
            .filter(|p| !p.field.as_deref().is_some_and(|field| FIELDS.contains(&field)))
    });
    let wrong = is_at_fault("policy", problem);
    let now = form.profile.get_untracked();
    let option = |value: &'static str, text: &'static str| {
        let selected = value == now;
        view! { <option value=value selected=selected>{text}</option> }.into_any()
    };
    let mut options = vec![option("", t!("pool.by-role"))];
    options.extend(PROFILES.map(|profile| option(profile.name(), profile_word(profile))));
    view! {
        <form class="form" on:submit=send novalidate>
            {is_new.then(|| view! {
                <TextField id="pool-name" name="name" label=t!("pool.name") hint=t!("account.name-hint") value=form.name problem />
            })}
            <TextField id="pool-engines" name="engines" label=t!("pool.labels") hint=t!("pool.labels-hint") value=form.engines problem />
            <div class="row three">
                <TextField id="pool-cpus" name="cpus" label=t!("pool.most-cpus") value=form.cpus problem />
                <TextField id="pool-memory" name="memory" label=t!("pool.most-memory") value=form.memory problem />
                <TextField id="pool-containers" name="containers" label=t!("pool.most-containers") value=form.containers problem />
            </div>
            <p class="faint">{t!("pool.quota-text")}</p>
            <Field id="pool-profile" label=t!("pool.profile").to_owned() hint=t!("pool.profile-hint")>
                <select id="pool-profile" aria-describedby="pool-profile-hint" on:change:target=move |event| form.profile.set(event.target().value())>
                    {options}
                </select>
            </Field>
            <Field id="pool-policy" label=t!("pool.policy").to_owned() hint=t!("pool.policy-hint") name="policy" problem>
                <textarea
                    id="pool-policy"
                    rows="4"
                    spellcheck="false"
                    autocomplete="off"
                    aria-describedby="pool-policy-hint"
                    aria-invalid=bound(move || wrong.get().then_some("true"))
                    prop:value=bound(move || form.policy.get())
                    on:input=move |event| {
                        form.policy.set(event_target_value(&event));
                        forgive("policy", problem);
                    }
                ></textarea>
            </Field>
            <ProblemBox problem=general />
            <Buttons open busy=change.busy text=if is_new { t!("pool.create") } else { t!("action.save") } />
        </form>
    }
}
