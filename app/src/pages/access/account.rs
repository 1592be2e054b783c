//! What is done with one account in a dialog: inviting it, giving it other grants, making it a new link.
use super::Access;
use crate::boot::may;
use crate::calls::{account_create, account_grants, account_link, account_remove};
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic};
use crate::parts::ask::Question;
use crate::parts::change::{Answer, Change};
use crate::parts::dialog::{Dialog, open_while};
use crate::parts::field::TextField;
use crate::parts::grants::{Draft, GrantsEditor};
use crate::parts::problem::ProblemBox;
use crate::parts::shown_once;
use crate::parts::toast::toasts;
use shipyard_model::Permission;
use shipyard_model::access::{AccountRow, ShownOnce};
use std::sync::Arc;

/// What the dialog is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    /// A new account.
    Invite,
    /// Other grants for an account.
    Grants(AccountRow),
    /// A new link for an account.
    Link(String),
}

/// The question before an account is removed.
pub fn asked_removal(name: String) -> Question {
    Question {
        title: t!("account.remove-title", name = name),
        text: t!("account.remove-text").to_owned(),
        button: t!("account.remove"),
        done: t!("account.removed", name = name),
        call: Arc::new(move || -> Answer<()> { Box::pin(account_remove(name.clone())) }),
    }
}

/// The dialog, open while it is for something.
#[component]
pub fn AccountDialog(
    /// The page.
    on: Access,
    /// What it is for.
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let open = open_while(opened);
    let title = Signal::derive(move || {
        opened.with(|opened| match opened {
            Some(Opened::Invite) => t!("account.invite-title").to_owned(),
            Some(Opened::Grants(row)) => t!("account.grants-title", name = row.name),
            Some(Opened::Link(name)) => t!("account.link-title", name = name),
            None => String::new(),
        })
    });
    view! {
        <Dialog open title>
            {dynamic(move || match opened.get() {
                Some(Opened::Grants(row)) => view! { <Grants on row open /> }.into_any(),
                Some(Opened::Invite) => view! { <Linked on name=None open /> }.into_any(),
                Some(Opened::Link(name)) => view! { <Linked on name=Some(name) open /> }.into_any(),
                None => ().into_any(),
            })}
        </Dialog>
    }
}

#[component]
fn Grants(on: Access, row: AccountRow, open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let toasts = toasts();
    let draft = Draft::new(&row.grants);
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (name, grants) = (row.name.clone(), draft.grants());
        let done = t!("account.grants-saved", name = name);
        let call = move || -> Answer<()> { Box::pin(account_grants(name.clone(), grants.clone())) };
        change.run(call, move |()| {
            toasts.good(done);
            open.try_set(false);
            on.refresh();
        });
    };
    view! {
        <form class="form" on:submit=send>
            <p class="muted">{t!("account.grants-text")}</p>
            <GrantsEditor draft choices=on.choices() none=t!("grant.none-text") />
            <ProblemBox problem=change.problem />
            <Buttons open busy=change.busy text=t!("action.save") />
        </form>
    }
}

/// What a form of a dialog ends with.
#[component]
pub fn Buttons(
    /// Closes the dialog.
    open: RwSignal<bool>,
    /// Whether an answer is awaited.
    busy: RwSignal<bool>,
    /// The verb.
    text: &'static str,
) -> impl IntoView {
    view! {
        <div class="buttons">
            <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action.cancel")}</button>
            <button class="btn primary" disabled=bound(move || busy.get())>{text}</button>
        </div>
    }
}

/// Makes a new account, or a new link for one; then shows the link, once.
#[component]
fn Linked(on: Access, name: Option<String>, open: RwSignal<bool>) -> impl IntoView {
    let link = RwSignal::new(None::<ShownOnce>);
    let close = Callback::new(move |()| open.set(false));
    let name = StoredValue::new(name);
    dynamic(move || match link.get() {
        Some(ShownOnce { text, expires }) => view! {
            <shown_once::ShownOnce
                says=t!("account.link-shown")
                label=t!("account.link")
                text=format!("{}{text}", browser::origin())
                expires
                close
            />
        }
        .into_any(),
        None => match name.get_value() {
            None => view! { <InviteForm on link open /> }.into_any(),
            Some(name) => view! { <NewLink on name link open /> }.into_any(),
        },
    })
}

#[component]
fn InviteForm(on: Access, link: RwSignal<Option<ShownOnce>>, open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let name = RwSignal::new(String::new());
    let draft = Draft::new(&[]);
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (name, grants) = (name.get_untracked(), draft.grants());
        let call = move || -> Answer<ShownOnce> { Box::pin(account_create(name.clone(), grants.clone())) };
        change.run(call, move |made| {
            link.try_set(Some(made));
            on.refresh();
        });
    };
    change.focus_fault("account");
    let problem = Signal::derive(move || change.problem.get().filter(|p| p.field.as_deref() != Some("name")));
    view! {
        <form class="form" on:submit=send novalidate>
            <p class="muted">{t!("account.invite-text")}</p>
            <TextField id="account-name" name="name" label=t!("account.name") hint=t!("account.name-hint") value=name problem=change.problem />
            {may(Permission::GrantManage).then(|| view! { <GrantsEditor draft choices=on.choices() none=t!("grant.none-text") /> })}
            <ProblemBox problem />
            <Buttons open busy=change.busy text=t!("account.invite-button") />
        </form>
    }
}

#[component]
fn NewLink(on: Access, name: String, link: RwSignal<Option<ShownOnce>>, open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let name = name.clone();
        let call = move || -> Answer<ShownOnce> { Box::pin(account_link(name.clone())) };
        change.run(call, move |made| {
            link.try_set(Some(made));
            on.refresh();
        });
    };
    view! {
        <form class="form" on:submit=send>
            <p>{t!("account.link-text")}</p>
            <ProblemBox problem=change.problem />
            <Buttons open busy=change.busy text=t!("account.link-button") />
        </form>
    }
}
