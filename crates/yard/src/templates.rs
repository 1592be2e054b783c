//! Templates: deploys that were saved to be made again.
use crate::Yard;
use crate::actor::Actor;
use crate::fault::store_problem;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::deploy::DeployRequest;
use shipyard_model::template::{Template, TemplateRow, TemplateValues};
use shipyard_model::{Millis, Permission, Problem};
use shipyard_store::Store;

/// Most templates: all of them are read for each list.
const MOST: usize = 500;
/// Most bytes of one, as JSON.
const LARGEST: usize = 64 * 1024;

async fn all(store: &Store) -> Result<Vec<TemplateRow>, Problem> {
    store.templates().await.map_err(|e| store_problem(&e))
}

/// The templates that are there for somebody: their own, and those that are shared.
async fn seen(store: &Store, actor: &Actor) -> Result<Vec<TemplateRow>, Problem> {
    let mut rows = all(store).await?;
    rows.retain(|row| is_seen(actor, row));
    Ok(rows)
}

fn is_seen(actor: &Actor, row: &TemplateRow) -> bool {
    row.template.shared || actor.made(&row.by, row.at)
}

async fn find(store: &Store, actor: &Actor, name: &str) -> Result<Option<TemplateRow>, Problem> {
    let rows = seen(store, actor).await?;
    Ok(rows.into_iter().find(|row| row.template.name == name))
}

/// Whoever wrote a template changes it, and a shared one also who may change what others may do.
fn is_theirs(actor: &Actor, row: &TemplateRow) -> Result<(), Problem> {
    if actor.made(&row.by, row.at) || (row.template.shared && actor.may(Permission::GrantManage)) {
        return Ok(());
    }
    if !row.template.shared {
        // Its name is all that is told of it: there can be no two of one name.
        let detail = format!(
            "The name “{}” is taken by a template of somebody else.",
            row.template.name
        );
        return Err(Problem::new(409, "template.name-taken", detail)
            .hint("Save it under another name.")
            .arg("template", &row.template.name)
            .field("name"));
    }
    let detail = format!("The template “{}” is {}'s.", row.template.name, row.by);
    Err(Problem::new(403, "template.not-yours", detail)
        .hint("Save it under another name, or ask them.")
        .arg("template", &row.template.name)
        .arg("account", &row.by)
        .field("name"))
}

/// Removes what an account that is removed kept for itself; what it shared stays.
pub(crate) async fn remove_of(store: &Store, account: &str) -> Result<(), Problem> {
    for row in all(store).await? {
        if row.by == account && !row.template.shared {
            let removed = store.remove_template(&row.template.name).await;
            removed.map_err(|e| store_problem(&e))?;
        }
    }
    Ok(())
}

impl Yard {
    /// One's own templates and those that are shared, by name.
    ///
    /// # Errors
    /// 403.
    pub async fn templates(&self, actor: &Actor) -> Result<Vec<TemplateRow>, Problem> {
        seen(self.inner.gate.enter(actor, Permission::Deploy)?.store, actor).await
    }

    /// A template, if there is one of this name.
    ///
    /// # Errors
    /// 403.
    pub async fn template(&self, actor: &Actor, name: &str) -> Result<Option<TemplateRow>, Problem> {
        find(self.inner.gate.enter(actor, Permission::Deploy)?.store, actor, name).await
    }

    /// The deploy of a template, with values in its places.
    ///
    /// # Errors
    /// 403; 404; 422, by place.
    pub async fn template_fill(
        &self,
        actor: &Actor,
        name: &str,
        values: &TemplateValues,
    ) -> Result<DeployRequest, Problem> {
        let store = self.inner.gate.enter(actor, Permission::Deploy)?.store;
        let row = find(store, actor, name).await?;
        let row = row.ok_or_else(|| Problem::not_found("template", name))?;
        shipyard_text::template::fill(&row.template, values)
    }

    /// Keeps a template, new or changed.
    ///
    /// # Errors
    /// 403, also when it is somebody else's; 409 when there are too many, or one of somebody else that is not shared has the
    /// name; 422.
    pub async fn template_put(&self, actor: &Actor, template: Template) -> Result<TemplateRow, Problem> {
        let store = self.inner.gate.enter(actor, Permission::Deploy)?.store;
        let subject = ActivitySubject::new("template", template.name.clone());
        let work = async {
            shipyard_text::template::check(&template)?;
            let size = serde_json::to_vec(&template).map_or(usize::MAX, |json| json.len());
            if size > LARGEST {
                let detail = format!("A template has at most {} KiB.", LARGEST / 1024);
                return Err(Problem::new(422, "template.too-large", detail).arg("kib", LARGEST / 1024));
            }
            let all = all(store).await?;
            match all.iter().find(|row| row.template.name == template.name) {
                Some(row) => is_theirs(actor, row)?,
                None if all.len() >= MOST => {
                    return Err(
                        Problem::new(409, "template.too-many", format!("There are {MOST} templates."))
                            .hint("Remove those that are not needed.")
                            .arg("most", MOST),
                    );
                }
                None => {}
            }
            let row = TemplateRow {
                template,
                by: actor.account().to_owned(),
                at: Millis::now(),
            };
            store.put_template(&row).await.map_err(|e| store_problem(&e))?;
            Ok(row)
        };
        self.recorded(actor, "template.save", subject, "", work).await
    }

    /// Removes a template. What was deployed of it stays.
    ///
    /// # Errors
    /// 403, also when it is somebody else's; 404.
    pub async fn template_remove(&self, actor: &Actor, name: &str) -> Result<(), Problem> {
        let store = self.inner.gate.enter(actor, Permission::Deploy)?.store;
        let subject = ActivitySubject::new("template", name);
        let work = async {
            let row = find(store, actor, name).await?;
            is_theirs(actor, &row.ok_or_else(|| Problem::not_found("template", name))?)?;
            store.remove_template(name).await.map_err(|e| store_problem(&e))?;
            Ok(())
        };
        self.recorded(actor, "template.remove", subject, "", work).await
    }
}
