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

async fn find(store: &Store, name: &str) -> Result<Option<TemplateRow>, Problem> {
    Ok(all(store).await?.into_iter().find(|row| row.template.name == name))
}

/// Whoever wrote a template changes it, or who may change what others may do.
fn is_theirs(actor: &Actor, row: &TemplateRow) -> Result<(), Problem> {
    if row.by == actor.account() || actor.may(Permission::GrantManage) {
        return Ok(());
    }
    let detail = format!("The template “{}” is {}'s.", row.template.name, row.by);
    Err(Problem::new(403, "template.not-yours", detail)
        .hint("Save it under another name, or ask them.")
        .arg("template", &row.template.name)
        .arg("account", &row.by)
        .field("name"))
}

impl Yard {
    /// All templates, by name.
    ///
    /// # Errors
    /// 403.
    pub async fn templates(&self, actor: &Actor) -> Result<Vec<TemplateRow>, Problem> {
        all(self.inner.gate.enter(actor, Permission::Deploy)?.store).await
    }

    /// A template, if there is one of this name.
    ///
    /// # Errors
    /// 403.
    pub async fn template(&self, actor: &Actor, name: &str) -> Result<Option<TemplateRow>, Problem> {
        find(self.inner.gate.enter(actor, Permission::Deploy)?.store, name).await
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
        let row = find(store, name).await?;
        let row = row.ok_or_else(|| Problem::not_found("template", name))?;
        shipyard_text::template::fill(&row.template, values)
    }

    /// Keeps a template, new or changed.
    ///
    /// # Errors
    /// 403, also when it is somebody else's; 409 when there are too many; 422.
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
            let row = find(store, name).await?;
            is_theirs(actor, &row.ok_or_else(|| Problem::not_found("template", name))?)?;
            store.remove_template(name).await.map_err(|e| store_problem(&e))?;
            Ok(())
        };
        self.recorded(actor, "template.remove", subject, "", work).await
    }
}
