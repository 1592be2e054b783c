//! One's own tokens, and making one: what it is for, how long it holds, and what it is narrowed to.
use super::own::Mine;
use crate::boot::may;
use crate::calls::{access, token_create};
use crate::lean::prelude::*;
use crate::lean::{dynamic, memo};
use crate::pages::access::account::Buttons;
use crate::pages::access::choices;
use crate::parts::change::{Answer, Change};
use crate::parts::dialog::{Dialog, open_while};
use crate::parts::fetch::fetch;
use crate::parts::field::TextField;
use crate::parts::grants::{Choices, Draft, GrantsEditor};
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::shown_once;
use crate::parts::tokens::Tokens;
use shipyard_model::access::{NewToken, OwnPage, ShownOnce};
use shipyard_model::{Permission, Problem};
use std::time::Duration;

/// The card.
#[component]
pub fn OwnTokens(
    /// The account.
    mine: Mine,
) -> impl IntoView {
    let tokens = mine.part(|page| page.tokens.clone());
    let none = memo(move || tokens.with(|tokens| tokens.as_ref().is_none_or(Vec::is_empty)));
    let rows = memo(move || tokens.get().unwrap_or_default());
    let making = RwSignal::new(None::<()>);
    view! {
        <section class="card" aria-labelledby="tokens-title">
            <header>
                <h2 id="tokens-title">{t!("token.title")}</h2>
                <span class="grow"></span>
                <button type="button" class="btn small" on:click=move |_| making.set(Some(()))><Icon name="plus" />{t!("token.new")}</button>
            </header>
            {dynamic(move || if none.get() {
                view! { <p class="in muted">{t!("token.own-none")}</p> }.into_any()
            } else {
                view! { <Tokens rows accounts=false revocable=true after=mine.again() /> }.into_any()
            })}
        </section>
        <TokenDialog mine making />
    }
}

#[component]
fn TokenDialog(mine: Mine, making: RwSignal<Option<()>>) -> impl IntoView {
    let open = open_while(making);
    let close = Callback::new(move |()| open.set(false));
    let made = RwSignal::new(None::<ShownOnce>);
    // Shown once: what was made goes when the dialog does.
    crate::lean::effect(move || {
        if !open.get() {
            made.set(None);
        }
    });
    view! {
        <Dialog open title=t!("token.new-title").to_owned()>
            {dynamic(move || match made.get() {
                Some(ShownOnce { text, expires }) => view! {
                    <shown_once::ShownOnce says=t!("token.shown") label=t!("token.text") text expires close />
                }
                .into_any(),
                None => view! { <Form mine made open /> }.into_any(),
            })}
        </Dialog>
    }
}

/// What a token can be narrowed to: one's own roles and pools, the roles that come with Shipyard, and all there are for
/// who may see them.
fn own_choices(mine: &OwnPage) -> Choices {
    let mut found = Choices {
        roles: shipyard_access::BuiltIn::ALL
            .map(|role| role.name().to_owned())
            .to_vec(),
        pools: Vec::new(),
    };
    for grant in &mine.grants {
        if !found.roles.contains(&grant.role) {
            found.roles.push(grant.role.clone());
        }
        if let Some(pool) = grant.pool.as_ref().filter(|pool| !found.pools.contains(pool)) {
            found.pools.push(pool.clone());
        }
    }
    found
}

#[component]
fn Form(mine: Mine, made: RwSignal<Option<ShownOnce>>, open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let problem = change.problem;
    let description = RwSignal::new(String::new());
    let days = RwSignal::new("90".to_owned());
    let draft = Draft::new(&[]);
    let all = fetch(
        || may(Permission::AccessView).then_some(()),
        Duration::ZERO,
        |()| access(),
    );
    let own = mine.part(own_choices);
    let choices = memo(move || {
        let all = all.data.with(|page| page.as_ref().map(choices));
        all.or_else(|| own.get()).unwrap_or_default()
    });
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Ok(days) = days.get_untracked().trim().parse() else {
            return problem.set(Some(Problem::new(422, "", t!("token.bad-days")).field("days")));
        };
        let new = NewToken {
            description: description.get_untracked().trim().to_owned(),
            grants: draft.grants(),
            days,
        };
        let call = move || -> Answer<ShownOnce> { Box::pin(token_create(new.clone())) };
        change.run(call, move |token| {
            made.try_set(Some(token));
            mine.refresh();
        });
    };
    change.focus_fault("token");
    let general = Signal::derive(move || {
        problem
            .get()
            .filter(|p| !matches!(p.field.as_deref(), Some("description" | "days")))
    });
    view! {
        <form class="form" on:submit=send novalidate>
            <TextField id="token-description" name="description" label=t!("token.description") hint=t!("token.description-hint") value=description problem />
            <TextField id="token-days" name="days" label=t!("token.days") hint=t!("token.days-hint") value=days problem />
            <GrantsEditor draft choices none=t!("token.not-narrowed") />
            <ProblemBox problem=general />
            <Buttons open busy=change.busy text=t!("token.create") />
        </form>
    }
}
