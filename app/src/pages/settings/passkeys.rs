//! One's own passkeys: signing in without a password, by a device that knows its owner.
use super::line::Line;
use super::own::Mine;
use crate::calls::{CallError, passkey_begin, passkey_finish, passkey_remove};
use crate::interop::passkey;
use crate::lean::dynamic;
use crate::lean::prelude::*;
use crate::parts::ask::{Ask, Question};
use crate::parts::change::{Answer, act};
use crate::parts::icon::Icon;
use crate::parts::table::heads;
use crate::parts::toast::toasts;
use crate::pure::browser_name;
use shipyard_model::Problem;
use shipyard_model::access::PasskeyRow;
use std::sync::Arc;

/// The card.
#[component]
pub fn Passkeys(
    /// The account.
    mine: Mine,
) -> impl IntoView {
    let rows = mine.part(|page| page.passkeys.clone());
    // Named after the browser that makes it: nothing has to be typed, and people know their devices by it.
    let sessions = mine.part(|page| page.sessions.clone());
    let toasts = toasts();
    let create = move |_| {
        let sessions = sessions.get_untracked().unwrap_or_default();
        let this = sessions.iter().find(|session| session.this);
        let name = this.map_or_else(
            || t!("session.unknown").to_owned(),
            |this| browser_name::of(&this.browser),
        );
        let call = move || -> Answer<()> { Box::pin(add(name.clone())) };
        act(toasts, call, move |()| {
            toasts.good(t!("passkey.added"));
            mine.refresh();
        });
    };
    let asking = RwSignal::new(None::<Question>);
    let lines = move || {
        let rows = rows.get().filter(|rows| !rows.is_empty())?;
        let lines = rows.into_iter().map(|row| line(row, asking)).collect_view();
        Some(view! {
            <div class="table-scroll">
                <table class="cards access">
                    <caption class="sr">{t!("passkey.title")}</caption>
                    {heads(&[t!("passkey.name"), t!("passkey.created"), t!("session.used"), ""])}
                    <tbody>{lines}</tbody>
                </table>
            </div>
        })
    };
    view! {
        <section class="card" aria-labelledby="passkeys-title">
            <header>
                <h2 id="passkeys-title">{t!("passkey.title")}</h2>
                <span class="grow"></span>
                <button type="button" class="btn small" on:click=create><Icon name="plus" />{t!("passkey.add")}</button>
            </header>
            <p class="in muted">{t!("passkey.hint")}</p>
            {dynamic(lines)}
        </section>
        <Ask asking after=mine.again() />
    }
}

fn line(row: PasskeyRow, asking: RwSignal<Option<Question>>) -> AnyView {
    let PasskeyRow { id, name, site, .. } = row;
    let label = t!("passkey.remove-one", name = name);
    let title = t!("passkey.remove-title", name = name);
    let ask = move |_| {
        let id = id.clone();
        asking.set(Some(Question {
            title: title.clone(),
            text: t!("passkey.remove-text").to_owned(),
            button: t!("passkey.remove"),
            done: t!("passkey.removed").to_owned(),
            call: Arc::new(move || -> Answer<()> { Box::pin(passkey_remove(id.clone())) }),
        }));
    };
    let button = t!("passkey.remove");
    let action =
        view! { <button type="button" class="btn small danger" aria-label=label on:click=ask>{button}</button> };
    let rest = Line {
        since: row.created,
        since_label: t!("passkey.created"),
        used: row.used,
        action: action.into_any(),
    };
    super::line::line(name, site, String::new(), rest)
}

/// Asks the server what to ask, the device for the key, and has the server keep it.
async fn add(name: String) -> Result<(), CallError> {
    let options = passkey_begin(name).await?;
    let answer = passkey::create(&options).await.map_err(|_| {
        Problem::new(422, "passkey.device", "No device made a passkey.")
            .hint("Try again, and confirm it on the device.")
    })?;
    passkey_finish(answer).await
}
