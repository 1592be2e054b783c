//! One's own account: what it may do, how one signs in, its tokens and sessions.
use super::passkeys::Passkeys;
use super::sessions::Sessions;
use super::token_form::OwnTokens;
use super::two_factor::TwoFactor;
use crate::boot::{self, may};
use crate::calls::own;
use crate::lean::prelude::*;
use crate::lean::{dynamic, memo};
use crate::parts::fetch::{Fetched, fetch};
use crate::parts::grants;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use shipyard_model::Permission;
use shipyard_model::access::OwnPage;
use std::time::Duration;

/// What the cards share.
#[derive(Clone, Copy)]
pub struct Mine {
    page: Fetched<OwnPage>,
    version: RwSignal<u32>,
}

impl Mine {
    /// A part of what is known of the account, once it is.
    pub fn part<T: PartialEq + Send + Sync + 'static>(self, take: fn(&OwnPage) -> T) -> Memo<Option<T>> {
        memo(move || self.page.data.with(|page| page.as_ref().map(take)))
    }

    /// Asks anew, after a change.
    pub fn refresh(self) {
        self.version.try_update(|version| *version = version.wrapping_add(1));
    }

    /// The same, for parts that know nothing of the page.
    pub fn again(self) -> Callback<()> {
        Callback::new(move |()| self.refresh())
    }
}

/// The cards of the account.
#[component]
pub fn OwnAccount() -> impl IntoView {
    let version = RwSignal::new(0);
    let allowed = may(Permission::OwnAccount);
    let page = fetch(move || allowed.then(|| version.get()), Duration::ZERO, |_| own());
    let mine = Mine { page, version };
    view! {
        <Account mine allowed />
        <ProblemBox problem=page.problem />
        {allowed.then(|| view! {
            <Passkeys mine />
            <OwnTokens mine />
            <Sessions mine />
        })}
    }
}

#[component]
fn Account(mine: Mine, allowed: bool) -> impl IntoView {
    let name = boot::get().map(|boot| boot.session.account.clone()).unwrap_or_default();
    let all = mine.part(|page| page.grants.clone());
    view! {
        <section class="card" aria-labelledby="account-title">
            <header><h2 id="account-title">{t!("settings.account")}</h2></header>
            <div class="setting">
                <div>
                    <b>{name}</b>
                    {dynamic(move || all.get().map(|all| grants::chips(&all, t!("grant.none"))))}
                </div>
            </div>
            {allowed.then(|| view! {
                <div class="setting">
                    <div><b>{t!("settings.password")}</b><span class="faint">{t!("settings.password-hint")}</span></div>
                    // Another page of the server's own, so the router must not take it.
                    <a class="btn" href="/welcome" rel="external"><Icon name="key" />{t!("settings.password-change")}</a>
                </div>
                <TwoFactor mine />
            })}
            <form class="setting" method="post" action="/logout">
                <div><b>{t!("frame.sign-out")}</b><span class="faint">{t!("settings.sign-out-hint")}</span></div>
                <button class="btn"><Icon name="log-out" />{t!("frame.sign-out")}</button>
            </form>
        </section>
    }
}
