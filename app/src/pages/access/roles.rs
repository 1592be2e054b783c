//! Roles: what each is for, and the table of what each allows.
use super::Access;
use super::role_form::{RoleDialog, means};
use crate::boot::may;
use crate::calls::role_remove;
use crate::lean::dynamic;
use crate::lean::prelude::*;
use crate::parts::ask::{Ask, Question};
use crate::parts::change::Answer;
use crate::parts::icon::Icon;
use crate::parts::table::heads;
use crate::text;
use shipyard_model::{Permission, Role};
use std::sync::Arc;

/// Roles and the table.
#[component]
pub fn Roles(
    /// The page.
    on: Access,
) -> impl IntoView {
    let roles = on.part(|page| page.roles.clone());
    let opened = RwSignal::new(None::<Option<Role>>);
    let asking = RwSignal::new(None::<Question>);
    view! {
        <section class="card">
            <div class="table-scroll">
                <table class="cards access">
                    <caption class="sr">{t!("access.roles")}</caption>
                    {heads(&[t!("role.name"), t!("role.meaning"), ""])}
                    <tbody>
                        {dynamic(move || roles.get().into_iter().map(|role| line(role, opened, asking)).collect_view())}
                    </tbody>
                </table>
            </div>
        </section>
        <section class="card" aria-labelledby="matrix-title">
            <header><h2 id="matrix-title">{t!("role.matrix")}</h2></header>
            <div class="table-scroll" tabindex="0" role="group" aria-labelledby="matrix-title">
                <table class="matrix">
                    {dynamic(move || matrix(&roles.get()))}
                </table>
            </div>
        </section>
        <RoleDialog on opened />
        <Ask asking after=on.again() />
    }
}

/// For whom a role is: those that come with Shipyard in the page's language.
fn meaning(role: &Role) -> String {
    let known = text::find(&format!("role.is.{}", role.name)).filter(|_| role.built_in);
    known.map_or_else(|| role.meaning.clone(), str::to_owned)
}

fn line(role: Role, opened: RwSignal<Option<Option<Role>>>, asking: RwSignal<Option<Question>>) -> AnyView {
    let means = meaning(&role);
    let name = role.name.clone();
    let tag = role
        .built_in
        .then(|| view! { " "<span class="tag">{t!("role.built-in")}</span> });
    let actions = (!role.built_in && may(Permission::GrantManage)).then(|| {
        let name = role.name.clone();
        let (edit, remove) = (t!("role.edit-one", name = name), t!("role.remove-one", name = name));
        let ask = move |_| {
            let name = name.clone();
            asking.set(Some(Question {
                title: t!("role.remove-title", name = name),
                text: t!("role.remove-text").to_owned(),
                button: t!("role.remove"),
                done: t!("role.removed", name = name),
                call: Arc::new(move || -> Answer<()> { Box::pin(role_remove(name.clone())) }),
            }));
        };
        view! {
            <span class="buttons end">
                <button type="button" class="btn small square" aria-label=edit on:click=move |_| opened.set(Some(Some(role.clone())))>
                    <Icon name="pencil" />
                </button>
                <button type="button" class="btn small square danger" aria-label=remove on:click=ask><Icon name="trash-2" /></button>
            </span>
        }
    });
    view! {
        <tr>
            <td class="name"><b>{name}</b>{tag}</td>
            <td class="wrap muted">{means}</td>
            <td class="num">{actions}</td>
        </tr>
    }
    .into_any()
}

/// A line for each permission, a column for each role.
fn matrix(roles: &[Role]) -> AnyView {
    let has = |role: &Role, permission| match role.permissions.contains(&permission) {
        true => view! { <td><Icon name="check" /><span class="sr">{t!("role.yes")}</span></td> }.into_any(),
        false => {
            view! { <td><span class="faint" aria-hidden="true">"–"</span><span class="sr">{t!("role.no")}</span></td> }
                .into_any()
        }
    };
    let row = |permission: Permission| {
        let cells = roles.iter().map(|role| has(role, permission)).collect_view();
        view! {
            <tr>
                <th scope="row">{means(permission)}{marks(permission)}</th>
                {cells}
            </tr>
        }
        .into_any()
    };
    let heads = roles
        .iter()
        .map(|role| view! { <th scope="col">{role.name.clone()}</th> })
        .collect_view();
    view! {
        <thead><tr><th scope="col">{t!("role.permission")}</th>{heads}</tr></thead>
        <tbody>{Permission::ALL.into_iter().map(row).collect_view()}</tbody>
    }
    .into_any()
}

/// What is special about a permission.
pub fn marks(permission: Permission) -> AnyView {
    let mark = |on: bool, word: &'static str, why: &'static str| {
        on.then(|| view! { " "<span class="tag" title=why>{word}</span> })
    };
    view! {
        {mark(permission.is_global(), t!("permission.global"), t!("permission.global-why"))}
        {mark(permission.needs_proof(), t!("permission.proof"), t!("permission.proof-why"))}
    }
    .into_any()
}
