//! Accounts: who they are, what they were given, and what can be done with them.
use super::Access;
use super::account::{AccountDialog, Opened, asked_removal};
use crate::boot::{self, may};
use crate::calls::{account_disable, account_sign_out};
use crate::lean::prelude::*;
use crate::lean::{For, Show, dynamic, memo};
use crate::parts::age::Age;
use crate::parts::ask::{Ask, Question};
use crate::parts::change::{self, Answer};
use crate::parts::grants;
use crate::parts::icon::Icon;
use crate::parts::popover::Popover;
use crate::parts::state::StatePill;
use crate::parts::table::heads;
use crate::parts::toast::toasts;
use shipyard_model::Permission;
use shipyard_model::access::AccountRow;
use shipyard_model::live::Look;

/// The button that invites somebody, for who may.
#[component]
pub fn Invite(
    /// The page.
    on: Access,
) -> impl IntoView {
    let opened = RwSignal::new(None);
    may(Permission::AccountManage).then(|| {
        view! {
            <button type="button" class="btn primary" on:click=move |_| opened.set(Some(Opened::Invite))>
                <Icon name="plus" />{t!("account.invite")}
            </button>
            <AccountDialog on opened />
        }
    })
}

/// The table.
#[component]
pub fn Accounts(
    /// The page.
    on: Access,
) -> impl IntoView {
    let rows = on.part(|page| page.accounts.clone());
    let names = memo(move || rows.with(|rows| rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>()));
    let opened = RwSignal::new(None);
    let asking = RwSignal::new(None);
    view! {
        <section class="card">
            <div class="table-scroll">
                <table class="cards access">
                    <caption class="sr">{t!("access.accounts")}</caption>
                    {heads(&[
                        t!("account.name"),
                        t!("grant.title"),
                        t!("account.state"),
                        t!("two-factor.title"),
                        t!("access.tokens"),
                        t!("account.created"),
                        "",
                    ])}
                    <tbody>
                        <For each=move || names.get() key=Clone::clone let:name>
                            <Line rows name opened asking on />
                        </For>
                    </tbody>
                </table>
            </div>
        </section>
        <AccountDialog on opened />
        <Ask asking after=on.again() />
    }
}

fn state(row: &AccountRow) -> (Look, &'static str) {
    match (row.disabled, row.ready) {
        (true, _) => (Look::Idle, t!("account.disabled")),
        (_, false) => (Look::Warn, t!("account.invited")),
        _ => (Look::Ok, t!("account.ready")),
    }
}

#[component]
fn Line(
    rows: Memo<Vec<AccountRow>>,
    name: String,
    opened: RwSignal<Option<Opened>>,
    asking: RwSignal<Option<Question>>,
    on: Access,
) -> impl IntoView {
    let mine = boot::get().is_some_and(|boot| boot.session.account == name);
    let shown = name.clone();
    let row = memo(move || rows.with(|rows| rows.iter().find(|row| row.name == name).cloned()));
    let cells = move || {
        let row = row.get()?;
        let (look, word) = state(&row);
        Some(view! {
            <td data-label=t!("grant.title")>{grants::chips(&row.grants, t!("grant.none"))}</td>
            <td data-label=t!("account.state")><StatePill look word=word.to_owned() /></td>
            <td data-label=t!("two-factor.title")>{if row.two_factor { t!("two-factor.is-on") } else { "–" }}</td>
            <td data-label=t!("access.tokens")>{if row.tokens == 0 { "–".to_owned() } else { row.tokens.to_string() }}</td>
            <td class="muted" data-label=t!("account.created")><Age since=row.created /></td>
        })
    };
    view! {
        <tr>
            <td class="name"><b>{shown}</b>{mine.then(|| view! { " "<span class="tag">{t!("account.you")}</span> })}</td>
            {dynamic(cells)}
            <td class="num more">
                <Show when=|| may(Permission::AccountManage) || may(Permission::GrantManage)>
                    <Menu row opened asking on />
                </Show>
            </td>
        </tr>
    }
}

#[component]
fn Menu(
    row: Memo<Option<AccountRow>>,
    opened: RwSignal<Option<Opened>>,
    asking: RwSignal<Option<Question>>,
    on: Access,
) -> impl IntoView {
    let label = Signal::derive(move || t!("account.menu", name = row.get().map(|row| row.name).unwrap_or_default()));
    let dots = view! { <i class="dots"></i> }.into_any();
    view! {
        <Popover label class="btn quiet small square" trigger=dots menu=true end=true>
            {dynamic(move || row.get().map(|row| view! { <Items row opened asking on /> }))}
        </Popover>
    }
}

#[component]
fn Items(
    row: AccountRow,
    opened: RwSignal<Option<Opened>>,
    asking: RwSignal<Option<Question>>,
    on: Access,
) -> impl IntoView {
    let toasts = toasts();
    let row = StoredValue::new(row);
    let name = move || row.with_value(|row| row.name.clone());
    let disabled = row.with_value(|row| row.disabled);
    // What harms nothing is done at once, with a note of what happened.
    let act = move |call: Box<dyn Fn() -> Answer<()>>, done: String| {
        change::act(toasts, call, move |()| {
            toasts.good(done);
            on.refresh();
        });
    };
    let sign_out = move |_| {
        let name = name();
        let done = t!("account.signed-out", name = name);
        act(Box::new(move || Box::pin(account_sign_out(name.clone()))), done);
    };
    let switch = move |_| {
        let name = name();
        let done = if disabled {
            t!("account.enabled-done", name = name)
        } else {
            t!("account.disabled-done", name = name)
        };
        act(
            Box::new(move || Box::pin(account_disable(name.clone(), !disabled))),
            done,
        );
    };
    let grants = may(Permission::GrantManage).then(|| {
        view! {
            <button type="button" on:click=move |_| opened.set(Some(Opened::Grants(row.get_value())))>
                <Icon name="shield" />{t!("account.edit-grants")}
            </button>
        }
    });
    let rest = may(Permission::AccountManage).then(|| {
        view! {
            <button type="button" on:click=move |_| opened.set(Some(Opened::Link(name())))><Icon name="key" />{t!("account.new-link")}</button>
            <button type="button" on:click=sign_out><Icon name="log-out" />{t!("account.sign-out")}</button>
            <button type="button" on:click=switch>
                <Icon name=if disabled { "unlock" } else { "lock" } />
                {if disabled { t!("account.enable") } else { t!("account.disable") }}
            </button>
            <hr />
            <button type="button" class="danger" on:click=move |_| asking.set(Some(asked_removal(name())))>
                <Icon name="trash-2" />{t!("action.remove-ask")}
            </button>
        }
    });
    view! { {grants}{rest} }
}
