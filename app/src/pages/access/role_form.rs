//! Making a role of one's own and changing it: a name and a check box for each permission.
use super::Access;
use super::account::Buttons;
use super::roles::marks;
use crate::boot::may;
use crate::calls::role_put;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic};
use crate::parts::change::{Answer, Change};
use crate::parts::dialog::{Dialog, open_while};
use crate::parts::field::TextField;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::toast::toasts;
use shipyard_model::{Permission, Role};

/// What a permission allows, in the page's language.
pub fn means(permission: Permission) -> &'static str {
    match permission {
        Permission::FleetView => t!("permission.fleet-view"),
        Permission::ContainerLogs => t!("permission.container-logs"),
        Permission::ContainerInspect => t!("permission.container-inspect"),
        Permission::ContainerSecrets => t!("permission.container-secrets"),
        Permission::ContainerExec => t!("permission.container-exec"),
        Permission::ContainerOperate => t!("permission.container-operate"),
        Permission::ContainerRemove => t!("permission.container-remove"),
        Permission::Deploy => t!("permission.deploy"),
        Permission::EngineManage => t!("permission.engine-manage"),
        Permission::EngineRetry => t!("permission.engine-retry"),
        Permission::AccessView => t!("permission.access-view"),
        Permission::AccountManage => t!("permission.account-manage"),
        Permission::GrantManage => t!("permission.grant-manage"),
        Permission::ActivityRead => t!("permission.activity-read"),
        Permission::HookManage => t!("permission.hook-manage"),
        Permission::OwnAccount => t!("permission.own-account"),
    }
}

/// The button that makes a role, for who may.
#[component]
pub fn NewRole(
    /// The page.
    on: Access,
) -> impl IntoView {
    let opened = RwSignal::new(None);
    may(Permission::GrantManage).then(|| {
        view! {
            <button type="button" class="btn primary" on:click=move |_| opened.set(Some(None))><Icon name="plus" />{t!("role.new")}</button>
            <RoleDialog on opened />
        }
    })
}

/// The dialog, open for a role that is changed, or for none: a new one.
#[component]
pub fn RoleDialog(
    /// The page.
    on: Access,
    /// The role.
    opened: RwSignal<Option<Option<Role>>>,
) -> impl IntoView {
    let open = open_while(opened);
    let title = Signal::derive(move || {
        opened.with(|opened| match opened {
            Some(Some(role)) => t!("role.edit-title", name = role.name),
            _ => t!("role.new-title").to_owned(),
        })
    });
    view! {
        <Dialog open title>
            {dynamic(move || opened.get().map(|role| view! { <Form on role open /> }))}
        </Dialog>
    }
}

#[component]
fn Form(on: Access, role: Option<Role>, open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let toasts = toasts();
    let is_new = role.is_none();
    let role = role.unwrap_or_else(|| Role {
        name: String::new(),
        meaning: String::new(),
        permissions: vec![Permission::FleetView, Permission::OwnAccount],
        built_in: false,
    });
    let (name, meaning) = (RwSignal::new(role.name), RwSignal::new(role.meaning));
    let chosen = RwSignal::new(role.permissions);
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let role = Role {
            name: name.get_untracked().trim().to_owned(),
            meaning: meaning.get_untracked().trim().to_owned(),
            permissions: chosen.get_untracked(),
            built_in: false,
        };
        let done = t!("role.saved", name = role.name);
        let call = move || -> Answer<()> { Box::pin(role_put(role.clone())) };
        change.run(call, move |()| {
            toasts.good(done);
            open.try_set(false);
            on.refresh();
        });
    };
    change.focus_fault("role");
    let problem = Signal::derive(move || change.problem.get().filter(|p| p.field.as_deref() != Some("name")));
    let check = move |permission: Permission| {
        let switch = move |_| {
            chosen.update(|all| {
                let before = all.len();
                all.retain(|one| *one != permission);
                if all.len() == before {
                    all.push(permission);
                }
            });
        };
        view! {
            <label class="check">
                <input type="checkbox" prop:checked=bound(move || chosen.with(|all| all.contains(&permission))) on:change=switch />
                <span>{means(permission)}{marks(permission)}</span>
            </label>
        }
        .into_any()
    };
    let checks = Permission::ALL.into_iter().map(check).collect_view();
    view! {
        <form class="form" on:submit=send novalidate>
            {is_new.then(|| view! {
                <TextField id="role-name" name="name" label=t!("role.name") hint=t!("account.name-hint") value=name problem=change.problem />
            })}
            <TextField id="role-meaning" name="meaning" label=t!("role.meaning") hint=t!("role.meaning-hint") value=meaning problem=change.problem />
            <fieldset class="f"><legend class="label">{t!("role.allows")}</legend>{checks}</fieldset>
            <ProblemBox problem />
            <Buttons open busy=change.busy text=if is_new { t!("role.create") } else { t!("action.save") } />
        </form>
    }
}
