//! Templates: deploys that were saved to be made again.
use crate::Yard;
use crate::actor::Actor;
use crate::fault::store_problem;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::deploy::DeployRequest;
use shipyard_model::template::{Template, TemplateRow, TemplateValues};
use shipyard_model::{Millis, Permission, Problem};
use shipyard_store::Store;

/// Most templates that are shared: all of them are read for each list.
const MOST: usize = 500;
/// Most that one account keeps for itself.
const MOST_OF_ONE: usize = 50;
/// Most bytes of one, as JSON.
const LARGEST: usize = 64 * 1024;

async fn all(store: &Store) -> Result<Vec<TemplateRow>, Problem> {
    let mut all = store.templates().await.map_err(|e| store_problem(&e))?;
    // Those that were written before there was a choice.
    for row in all.iter_mut().filter(|row| row.since == Millis(0)) {
        row.template.shared = true;
    }
    Ok(all)
}

/// The templates that are there for somebody: their own, and those that are shared.
async fn seen(store: &Store, actor: &Actor) -> Result<Vec<TemplateRow>, Problem> {
    let mut rows = all(store).await?;
    rows.retain(|row| is_seen(actor, row));
    Ok(rows)
}

fn is_seen(actor: &Actor, row: &TemplateRow) -> bool {
    row.template.shared || actor.is(&row.by, row.since)
}

async fn find(store: &Store, actor: &Actor, name: &str) -> Result<Option<TemplateRow>, Problem> {
    let rows = seen(store, actor).await?;
    Ok(rows.into_iter().find(|row| row.template.name == name))
}

/// Whoever wrote a template changes it, and a shared one also who may change what others may do.
fn is_theirs(actor: &Actor, row: &TemplateRow) -> Result<(), Problem> {
    if actor.is(&row.by, row.since) || (row.template.shared && actor.may(Permission::GrantManage)) {
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

/// Refuses one template too many.
fn has_room(actor: &Actor, all: &[TemplateRow], new: &Template) -> Result<(), Problem> {
    let others = all.iter().filter(|row| row.template.name != new.name);
    let (count, most) = if new.shared {
        (others.filter(|row| row.template.shared).count(), MOST)
    } else {
        let mine = others.filter(|row| !row.template.shared && actor.is(&row.by, row.since));
        (mine.count(), MOST_OF_ONE)
    };
    if count < most {
        return Ok(());
    }
    let many = Problem::new(409, "template.too-many", format!("There are {most} templates."));
    Err(many.hint("Remove those that are not needed.").arg("most", most))
}

/// Removes what accounts kept for themselves that are no more.
pub(crate) async fn tidy(store: &Store, is_there: impl Fn(&str, Millis) -> bool) -> Result<(), Problem> {
    for row in all(store).await? {
        if !row.template.shared && !is_there(&row.by, row.since) {
            let removed = store.remove_template(&row.template.name).await;
            removed.map_err(|e| store_problem(&e))?;
        }
    }
    Ok(())
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
            let before = all.iter().find(|row| row.template.name == template.name);
            if let Some(row) = before {
                is_theirs(actor, row)?;
            }
            // Others may change what is shared; they neither take it nor take it away.
            let of_another = before.filter(|row| !actor.is(&row.by, row.since));
            if of_another.is_some() && !template.shared {
                let told = Problem::new(
                    422,
                    "template.stays-shared",
                    "Only whose template it is takes it away from others.",
                );
                return Err(told.hint("Share it, or save it under another name.").field("shared"));
            }
            has_room(actor, &all, &template)?;
            let row = TemplateRow {
                by: of_another.map_or(actor.account(), |row| &row.by).to_owned(),
                since: of_another.map_or(actor.since(), |row| row.since),
                at: Millis::now(),
                template,
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
