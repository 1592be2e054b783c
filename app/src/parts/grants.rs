//! Grants: shown as chips, and edited line by line. The same for accounts and for what a token is narrowed to.
use super::icon::Icon;
use crate::lean::prelude::*;
use crate::lean::{For, Show, bound, dynamic, memo};
use shipyard_model::{Grant, Narrow};

/// What a grant says: `operator on web · stack shop`.
pub fn says(grant: &Grant) -> String {
    let role = match &grant.pool {
        Some(pool) => t!("grant.on-pool", role = grant.role, pool = pool),
        None => t!("grant.everywhere", role = grant.role),
    };
    match &grant.narrow {
        None => role,
        Some(Narrow::Stack(stack)) => t!("grant.of-stack", grant = role, stack = stack),
        Some(Narrow::Label { key, value }) => format!("{role} · {key}={value}"),
    }
}

/// Grants as chips, or a word where there are none.
pub fn chips(grants: &[Grant], none: &'static str) -> AnyView {
    if grants.is_empty() {
        return view! { <span class="faint">{none}</span> }.into_any();
    }
    let all = grants
        .iter()
        .map(|grant| view! { <span class="tag">{says(grant)}</span> })
        .collect_view();
    view! { <span class="chips tight">{all}</span> }.into_any()
}

/// The roles and pools that can be named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Names of roles.
    pub roles: Vec<String>,
    /// Names of pools.
    pub pools: Vec<String>,
}

/// One grant that is being written. An empty pool is the whole fleet.
#[derive(Clone, Copy)]
struct Line {
    number: u32,
    role: RwSignal<String>,
    pool: RwSignal<String>,
    /// `all`, `stack` or `label`.
    what: RwSignal<String>,
    narrow: RwSignal<String>,
}

impl Line {
    fn new(number: u32, grant: &Grant) -> Self {
        let (what, narrow) = match &grant.narrow {
            None => ("all", String::new()),
            Some(Narrow::Stack(stack)) => ("stack", stack.clone()),
            Some(Narrow::Label { key, value }) => ("label", format!("{key}={value}")),
        };
        Self {
            number,
            role: RwSignal::new(grant.role.clone()),
            pool: RwSignal::new(grant.pool.clone().unwrap_or_default()),
            what: RwSignal::new(what.to_owned()),
            narrow: RwSignal::new(narrow),
        }
    }

    fn grant(self) -> Grant {
        let narrow = self.narrow.get_untracked().trim().to_owned();
        Grant {
            role: self.role.get_untracked(),
            pool: Some(self.pool.get_untracked()).filter(|pool| !pool.is_empty()),
            narrow: match self.what.get_untracked().as_str() {
                "stack" => Some(Narrow::Stack(narrow)),
                "label" => {
                    let (key, value) = narrow.split_once('=').unwrap_or((&narrow, ""));
                    Some(Narrow::Label {
                        key: key.trim().to_owned(),
                        value: value.trim().to_owned(),
                    })
                }
                _ => None,
            },
        }
    }
}

/// Grants that are being written.
#[derive(Clone, Copy)]
pub struct Draft(RwSignal<Vec<Line>>);

impl Draft {
    /// Begins with these.
    pub fn new(grants: &[Grant]) -> Self {
        let lines = grants.iter().zip(0..).map(|(grant, number)| Line::new(number, grant));
        Self(RwSignal::new(lines.collect()))
    }

    /// As they are written now.
    pub fn grants(self) -> Vec<Grant> {
        self.0
            .with_untracked(|lines| lines.iter().map(|line| line.grant()).collect())
    }

    fn add(self, role: &str) {
        self.0.update(|lines| {
            let number = lines.iter().map(|line| line.number + 1).max().unwrap_or(0);
            lines.push(Line::new(number, &Grant::everywhere(role)));
        });
    }
}

/// Lines of role, pool and what a grant is narrowed to.
#[component]
pub fn GrantsEditor(
    /// What is written.
    draft: Draft,
    /// What can be chosen.
    choices: Memo<Choices>,
    /// What it means that there is none.
    none: &'static str,
) -> impl IntoView {
    let is_empty = memo(move || draft.0.with(Vec::is_empty));
    // The least of the usual roles, so that a line added in a hurry gives little.
    let add = move |_| {
        let role = choices.with_untracked(|choices| {
            let viewer = choices.roles.iter().find(|role| *role == "viewer");
            viewer.or(choices.roles.first()).cloned().unwrap_or_default()
        });
        draft.add(&role);
    };
    view! {
        <fieldset class="f grants">
            <legend class="label">{t!("grant.title")}</legend>
            <Show when=move || is_empty.get()>
                <p class="faint">{none}</p>
            </Show>
            <For each=move || draft.0.get() key=|line| line.number let:line>
                <GrantLine line draft choices />
            </For>
            <div class="buttons">
                <button type="button" class="btn small" on:click=add><Icon name="plus" />{t!("grant.add")}</button>
            </div>
        </fieldset>
    }
}

/// A select over names, of which `fixed` come first with a text of their own.
fn select(
    label: &'static str,
    chosen: RwSignal<String>,
    fixed: Vec<(&'static str, &'static str)>,
    names: Vec<String>,
) -> AnyView {
    let mut all: Vec<(String, String)> = fixed
        .into_iter()
        .map(|(v, text)| (v.to_owned(), text.to_owned()))
        .collect();
    all.extend(names.into_iter().map(|name| (name.clone(), name)));
    let now = chosen.get_untracked();
    // What is granted stays to be seen, though it may be no choice any more.
    if !all.iter().any(|(value, _)| *value == now) {
        all.push((now.clone(), now.clone()));
    }
    let options = all
        .into_iter()
        .map(|(value, text)| {
            let selected = value == now;
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect_view();
    view! {
        <select aria-label=label on:change:target=move |event| chosen.set(event.target().value())>{options}</select>
    }
    .into_any()
}

#[component]
fn GrantLine(line: Line, draft: Draft, choices: Memo<Choices>) -> impl IntoView {
    let remove = move |_| draft.0.update(|lines| lines.retain(|one| one.number != line.number));
    let whats = vec![
        ("all", t!("grant.all-containers")),
        ("stack", t!("grant.stack")),
        ("label", t!("grant.label")),
    ];
    let narrowed = memo(move || line.what.with(|what| (what != "all").then(|| what == "stack")));
    let hint = move |stack| {
        if stack {
            t!("grant.stack-name")
        } else {
            t!("grant.label-pair")
        }
    };
    view! {
        <div class="grant">
            {dynamic(move || select(t!("grant.role"), line.role, vec![], choices.get().roles))}
            {dynamic(move || select(t!("grant.where"), line.pool, vec![("", t!("grant.whole-fleet"))], choices.get().pools))}
            {select(t!("grant.containers"), line.what, whats, vec![])}
            {dynamic(move || narrowed.get().map(|stack| view! {
                <input
                    type="text"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    aria-label=hint(stack)
                    placeholder=hint(stack)
                    prop:value=bound(move || line.narrow.get())
                    on:input:target=move |event| line.narrow.set(event.target().value())
                />
            }))}
            <button type="button" class="btn quiet square" aria-label=t!("grant.remove") on:click=remove><Icon name="x" /></button>
        </div>
    }
}
