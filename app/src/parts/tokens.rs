//! A table of tokens, with revoking: one's own in the settings, everybody's in the access page.
use super::age::{Age, Ago};
use super::ask::{Ask, Question};
use super::change::Answer;
use super::grants;
use super::table::heads;
use crate::calls::token_revoke;
use crate::interop::clock;
use crate::lean::For;
use crate::lean::prelude::*;
use shipyard_model::access::TokenRow;
use std::sync::Arc;

/// The table.
#[component]
pub fn Tokens(
    /// The tokens.
    rows: Memo<Vec<TokenRow>>,
    /// Whether they are of several accounts.
    accounts: bool,
    /// Whether they may be revoked here.
    revocable: bool,
    /// Called when one was revoked.
    after: Callback<()>,
) -> impl IntoView {
    let asking = RwSignal::new(None::<Question>);
    let mut columns = vec![t!("token.description")];
    if accounts {
        columns.push(t!("token.account"));
    }
    columns.extend([
        t!("token.scope"),
        t!("token.created"),
        t!("token.used"),
        t!("token.ends"),
        "",
    ]);
    view! {
        <div class="table-scroll">
            <table class="cards access">
                <caption class="sr">{t!("token.title")}</caption>
                {heads(&columns)}
                <tbody>
                    // A token is made and revoked, and only its last use changes.
                    <For each=move || rows.get() key=|row| (row.id.clone(), row.used) let:row>
                        {line(row, accounts, revocable, asking)}
                    </For>
                </tbody>
            </table>
        </div>
        <Ask asking after />
    }
}

fn line(row: TokenRow, accounts: bool, revocable: bool, asking: RwSignal<Option<Question>>) -> AnyView {
    let ended = row.expires <= clock::now();
    let name = row.description.clone();
    let id = row.id.clone();
    let ask = move |_| {
        let id = id.clone();
        asking.set(Some(Question {
            title: t!("token.revoke-title", name = name),
            text: t!("token.revoke-text").to_owned(),
            button: t!("token.revoke"),
            done: t!("token.revoked", name = name),
            call: Arc::new(move || -> Answer<()> { Box::pin(token_revoke(id.clone())) }),
        }));
    };
    let label = t!("token.revoke-one", name = row.description);
    view! {
        <tr>
            <td class="name"><b>{row.description}</b><span>{format!("shp_{}_…", row.id)}</span></td>
            {accounts.then(|| view! { <td data-label=t!("token.account")>{row.account}</td> })}
            <td data-label=t!("token.scope")>{grants::chips(&row.grants, t!("token.all-of-owner"))}</td>
            <td class="muted" data-label=t!("token.created")><Age since=row.created /></td>
            <td class="muted" data-label=t!("token.used")>
                {match row.used {
                    Some(since) => view! { <Ago since /> }.into_any(),
                    None => t!("token.never").into_any(),
                }}
            </td>
            <td data-label=t!("token.ends") class:is-bad=ended>
                {if ended { t!("token.ended").to_owned() } else { clock::date(row.expires) }}
            </td>
            <td class="num">
                {revocable.then(|| view! { <button type="button" class="btn small danger" aria-label=label on:click=ask>{t!("token.revoke")}</button> })}
            </td>
        </tr>
    }
    .into_any()
}
