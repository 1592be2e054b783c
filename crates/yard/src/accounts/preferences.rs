//! What a person's pages are to look like, kept with the account so that another browser begins with it.
use crate::{Actor, Yard};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Permission, Preferences, Problem};
use shipyard_store::AccountRecord;

impl Yard {
    /// Keeps what a person chose; what they did not choose stays as it was.
    ///
    /// # Errors
    /// 403 with a token; 409 `account.changed-meanwhile`; the disk refuses.
    pub async fn preferences_put(&self, actor: &Actor, chosen: Preferences) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let subject = ActivitySubject::new("account", actor.account());
        let language = chosen.language.map(|language| language.code());
        let theme = chosen.theme.map(|theme| theme.name());
        let told: Vec<_> = language.into_iter().chain(theme).collect();
        let work = async {
            let record = self.own_record(actor)?;
            let mut new = AccountRecord::clone(&record);
            let preferences = &mut new.account.preferences;
            preferences.language = chosen.language.or(preferences.language);
            preferences.theme = chosen.theme.or(preferences.theme);
            let kept = self.inner.accounts.replace(inside.store, &record, new).await?;
            kept.map(|_| ()).ok_or_else(super::manage::changed_meanwhile)
        };
        self.recorded(actor, "account.preferences", subject, &told.join(", "), work)
            .await
    }
}
