//! Who may do what: accounts, roles, pools of engines, and tokens; each tab is an address.
pub mod account;
pub mod accounts;
pub mod pool_form;
pub mod pools;
pub mod role_form;
pub mod roles;

use crate::boot::may;
use crate::calls::access;
use crate::frame;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, effect, memo};
use crate::pages::not_found::not_allowed;
use crate::parts::empty::Empty;
use crate::parts::fetch::{Fetched, fetch};
use crate::parts::grants::Choices;
use crate::parts::problem::ProblemBox;
use crate::parts::tokens::Tokens;
use crate::routes::named;
use send_wrapper::SendWrapper;
use shipyard_model::Permission;
use shipyard_model::access::AccessPage as Page;
use std::time::Duration;

/// What the tabs share.
#[derive(Clone, Copy)]
pub struct Access {
    page: Fetched<Page>,
    version: RwSignal<u32>,
}

impl Access {
    /// A part of the page's data; nothing before it has arrived.
    pub fn part<T: Default + PartialEq + Send + Sync + 'static>(self, take: fn(&Page) -> T) -> Memo<T> {
        memo(move || self.page.data.with(|page| page.as_ref().map(take).unwrap_or_default()))
    }

    /// Asks for the page's data anew, after a change.
    pub fn refresh(self) {
        self.version.try_update(|version| *version = version.wrapping_add(1));
    }

    /// The same, for parts that know nothing of the page.
    pub fn again(self) -> Callback<()> {
        Callback::new(move |()| self.refresh())
    }

    /// The roles and pools that a grant can name.
    pub fn choices(self) -> Memo<Choices> {
        self.part(choices)
    }
}

/// The roles and pools that a grant can name.
pub fn choices(page: &Page) -> Choices {
    Choices {
        roles: page.roles.iter().map(|role| role.name.clone()).collect(),
        pools: page.pools.iter().map(|row| row.pool.name.clone()).collect(),
    }
}

/// Accounts, roles, pools and tokens.
#[component]
pub fn AccessPage() -> impl IntoView {
    if !may(Permission::AccessView) {
        return not_allowed();
    }
    let tab = named("tab");
    let version = RwSignal::new(0);
    let page = fetch(move || Some(version.get()), Duration::ZERO, |_| access());
    let on = Access { page, version };
    // Others change it too: whoever comes back to the page sees it as it is.
    let focus = SendWrapper::new(browser::listen("focus", move |_: web_sys::Event| on.refresh()));
    on_cleanup(move || focus.take().stop());
    effect(move || frame::title(name_of(&tab.get())));
    let ready = memo(move || page.data.with(Option::is_some));
    view! {
        <div class="page-head">
            <h1>{t!("nav.access")}</h1>
            <span class="grow"></span>
            {dynamic(move || match tab.get().as_str() {
                "" => view! { <accounts::Invite on /> }.into_any(),
                "roles" => view! { <role_form::NewRole on /> }.into_any(),
                "pools" => view! { <pool_form::NewPool on /> }.into_any(),
                _ => ().into_any(),
            })}
        </div>
        <nav class="tabs" aria-label=t!("access.tabs")>
            {["", "roles", "pools", "tokens"].map(|one| view! { <Tab one tab on /> }).collect_view()}
        </nav>
        <ProblemBox problem=page.problem />
        {dynamic(move || match (ready.get(), tab.get().as_str()) {
            (false, _) => page.problem.with(Option::is_none).then(|| view! { <div class="card skeleton tall" aria-hidden="true"></div> }).into_any(),
            (true, "roles") => view! { <roles::Roles on /> }.into_any(),
            (true, "pools") => view! { <pools::Pools on /> }.into_any(),
            (true, "tokens") => view! { <AllTokens on /> }.into_any(),
            (true, _) => view! { <accounts::Accounts on /> }.into_any(),
        })}
    }
    .into_any()
}

fn name_of(tab: &str) -> &'static str {
    match tab {
        "roles" => t!("access.roles"),
        "pools" => t!("access.pools"),
        "tokens" => t!("access.tokens"),
        _ => t!("access.accounts"),
    }
}

#[component]
fn Tab(one: &'static str, tab: Memo<String>, on: Access) -> impl IntoView {
    let address = if one.is_empty() {
        "/access".to_owned()
    } else {
        format!("/access/{one}")
    };
    let count = on.part(match one {
        "roles" => |page| page.roles.len(),
        "pools" => |page| page.pools.len(),
        "tokens" => |page| page.tokens.len(),
        _ => |page| page.accounts.len(),
    });
    view! {
        <a href=address aria-current=bound(move || (tab.get() == one).then_some("page"))>
            {name_of(one)}
            <span class="faint">{dynamic(move || Some(count.get()).filter(|count| *count > 0))}</span>
        </a>
    }
}

#[component]
fn AllTokens(on: Access) -> impl IntoView {
    let rows = on.part(|page| page.tokens.clone());
    let none = memo(move || rows.with(Vec::is_empty));
    view! {
        <Show
            when=move || none.get()
            fallback=move || view! {
                <section class="card">
                    <Tokens rows accounts=true revocable=may(Permission::AccountManage) after=on.again() />
                </section>
            }
        >
            <section class="card">
                <Empty icon="key" title=t!("token.none").to_owned() text=t!("token.none-text").to_owned()>
                    <a class="btn" href="/settings">{t!("token.to-settings")}</a>
                </Empty>
            </section>
        </Show>
    }
}
