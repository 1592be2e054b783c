//! One's own passkeys: signing in without a password, by a device that knows its owner.
use super::own::Mine;
use crate::calls::{CallError, passkey_begin, passkey_finish, passkey_remove};
use crate::interop::passkey;
use crate::lean::dynamic;
use crate::pages::access::account::Buttons;
use crate::parts::age::{Age, Ago};
use crate::parts::ask::{Ask, Question};
use crate::parts::change::{Answer, Change};
use crate::parts::dialog::Dialog;
use crate::parts::field::TextField;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::table::heads;
use leptos::prelude::*;
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
    let adding = RwSignal::new(false);
    let asking = RwSignal::new(None::<Question>);
    let lines = move || {
        let rows = rows.get()?;
        Some(if rows.is_empty() {
            view! { <p class="in muted">{t!("passkey.none")}</p> }.into_any()
        } else {
            let lines = rows.into_iter().map(|row| line(row, asking)).collect_view();
            view! {
                <div class="table-scroll">
                    <table class="cards access">
                        <caption class="sr">{t!("passkey.title")}</caption>
                        {heads(&[t!("passkey.name"), t!("passkey.created"), t!("passkey.used"), ""])}
                        <tbody>{lines}</tbody>
                    </table>
                </div>
            }
            .into_any()
        })
    };
    view! {
        <section class="card" aria-labelledby="passkeys-title">
            <header>
                <h2 id="passkeys-title">{t!("passkey.title")}</h2>
                <span class="grow"></span>
                <button type="button" class="btn small" on:click=move |_| adding.set(true)><Icon name="plus" />{t!("passkey.add")}</button>
            </header>
            {dynamic(lines)}
        </section>
        <Dialog open=adding title=t!("passkey.add-title").to_owned()>
            <Form mine open=adding />
        </Dialog>
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
    view! {
        <tr>
            <td class="name"><b>{name}</b><span>{site}</span></td>
            <td class="muted" data-label=t!("passkey.created")><Age since=row.created /></td>
            <td class="muted" data-label=t!("passkey.used")>
                {match row.used {
                    Some(since) => view! { <Ago since /> }.into_any(),
                    None => t!("token.never").into_any(),
                }}
            </td>
            <td class="num"><button type="button" class="btn small danger" aria-label=label on:click=ask>{t!("passkey.remove")}</button></td>
        </tr>
    }
    .into_any()
}

/// Asks the server what to ask, the device for the key, and has the server keep it.
async fn add(name: String) -> Result<(), CallError> {
    let options = passkey_begin().await?;
    let answer = passkey::create(&options).await.map_err(|_| {
        Problem::new(422, "passkey.device", "No device made a passkey.")
            .hint("Try again, and confirm it on the device.")
    })?;
    passkey_finish(name, answer).await
}

#[component]
fn Form(mine: Mine, open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let problem = change.problem;
    let name = RwSignal::new(String::new());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let text = name.get_untracked();
        let call = move || -> Answer<()> { Box::pin(add(text.clone())) };
        change.run(call, move |()| {
            name.set(String::new());
            open.set(false);
            mine.refresh();
        });
    };
    change.focus_fault("passkey");
    let general = Signal::derive(move || problem.get().filter(|p| p.field.is_none()));
    view! {
        <form class="form" on:submit=send novalidate>
            <p>{t!("passkey.text")}</p>
            <TextField id="passkey-name" name="name" label=t!("passkey.name") hint=t!("passkey.name-hint") value=name problem />
            <ProblemBox problem=general />
            <Buttons open busy=change.busy text=t!("passkey.create") />
        </form>
    }
}
