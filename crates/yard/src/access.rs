//! Roles, pools, and the page that shows who may do what.
use crate::accounts::{beyond, has_all};
use crate::fault::store_problem;
use crate::happening;
use crate::{Actor, Yard, policy};
use shipyard_access::{Rules, check_pool, check_role};
use shipyard_model::access::{AccessPage, OwnPage, PoolRow, is_in_pool};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Bytes, Cpus, Permission, Pool, Problem, Role};
use shipyard_store::Store;

impl Yard {
    /// Accounts, roles, pools and tokens.
    ///
    /// # Errors
    /// 403.
    pub fn access(&self, actor: &Actor) -> Result<AccessPage, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::AccessView)?;
        let accounts = &self.inner.accounts;
        let rules = accounts.rules();
        let snapshot = inside.fleet.whole().snapshot();
        let pools = rules.pools().map(|pool| {
            let mut row = PoolRow {
                pool: (**pool).clone(),
                engines: Vec::new(),
                cpus: Cpus::default(),
                memory: Bytes::default(),
                containers: 0,
            };
            for engine in snapshot.engines.values().filter(|e| is_in_pool(pool, &e.engine.labels)) {
                let reserved = engine.reserved();
                row.engines.push(engine.engine.name.to_string());
                row.cpus += reserved.cpus;
                row.memory += reserved.memory;
                row.containers += u32::try_from(engine.containers.len()).unwrap_or(u32::MAX);
            }
            row.engines.sort();
            row
        });
        Ok(AccessPage {
            accounts: self.account_rows(),
            roles: rules.roles(),
            pools: pools.collect(),
            tokens: accounts.tokens(None),
        })
    }

    /// One's own account. Its sessions are the web server's to tell.
    ///
    /// # Errors
    /// 403, for tokens.
    pub fn own(&self, actor: &Actor) -> Result<OwnPage, Problem> {
        self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let accounts = &self.inner.accounts;
        let record = self.own_record(actor)?;
        let factor = record.second_factor.as_ref();
        Ok(OwnPage {
            grants: record.account.grants.clone(),
            two_factor: factor.is_some(),
            passkeys: crate::accounts::passkey_rows(&record.passkeys),
            recovery_codes: factor.map_or(0, |f| u32::try_from(f.recovery.len()).unwrap_or(0)),
            tokens: accounts.tokens(Some(actor.account())),
            sessions: Vec::new(),
        })
    }

    /// Keeps a custom role, new or changed. Whoever has it has the new permissions at once.
    ///
    /// # Errors
    /// 403, also when it allows more than the actor may do; 409 `account.last`; 422.
    pub async fn role_put(&self, actor: &Actor, role: Role) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::GrantManage)?;
        let subject = ActivitySubject::new("role", role.name.clone());
        let work = async {
            let mut role = Role {
                built_in: false,
                ..role
            };
            role.permissions.sort_unstable();
            role.permissions.dedup();
            let _turn = self.inner.accounts.rules_turn().await;
            check_role(&role, &self.inner.accounts.rules())?;
            if !has_all(actor, &role.permissions) {
                return Err(beyond());
            }
            self.still_managed_by(&self.inner.accounts.rules().with_role(role.clone()))?;
            inside.store.put_role(&role).await.map_err(|e| store_problem(&e))?;
            self.reload(inside.store).await?;
            inside
                .fleet
                .whole()
                .happened(happening::of(actor, "role-saved", &role.name));
            Ok(())
        };
        self.recorded(actor, "role.save", subject, "", work).await
    }

    /// Removes a custom role that nobody is granted.
    ///
    /// # Errors
    /// 403; 404; 409 `role.in-use`.
    pub async fn role_remove(&self, actor: &Actor, name: &str) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::GrantManage)?;
        let subject = ActivitySubject::new("role", name);
        let work = async {
            let _turn = self.inner.accounts.rules_turn().await;
            let rules = self.inner.accounts.rules();
            if rules.role(name).is_none_or(|role| role.built_in) {
                return Err(Problem::not_found("role", name));
            }
            if let Some(account) = self.first_with(|grant| grant.role == name) {
                return Err(
                    Problem::new(409, "role.in-use", format!("The account “{account}” has this role."))
                        .hint("Take it from all accounts first.")
                        .arg("account", account),
                );
            }
            inside.store.remove_role(name).await.map_err(|e| store_problem(&e))?;
            self.reload(inside.store).await?;
            inside
                .fleet
                .whole()
                .happened(happening::of(actor, "role-removed", name));
            Ok(())
        };
        self.recorded(actor, "role.remove", subject, "", work).await
    }

    /// Keeps a pool, new or changed. Grants on it reach the engines that it has from now on.
    ///
    /// # Errors
    /// 403; 422.
    pub async fn pool_put(&self, actor: &Actor, pool: Pool) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::GrantManage)?;
        let subject = ActivitySubject::new("pool", pool.name.clone());
        let work = async {
            let _turn = self.inner.accounts.rules_turn().await;
            check_pool(&pool)?;
            policy::read(&pool.policy)?;
            inside.store.put_pool(&pool).await.map_err(|e| store_problem(&e))?;
            self.reload(inside.store).await?;
            inside
                .fleet
                .whole()
                .happened(happening::of(actor, "pool-saved", &pool.name));
            Ok(())
        };
        self.recorded(actor, "pool.save", subject, "", work).await
    }

    /// Removes a pool that no grant is for.
    ///
    /// # Errors
    /// 403; 404; 409 `pool.in-use`.
    pub async fn pool_remove(&self, actor: &Actor, name: &str) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::GrantManage)?;
        let subject = ActivitySubject::new("pool", name);
        let work = async {
            let _turn = self.inner.accounts.rules_turn().await;
            if self.inner.accounts.rules().pool(name).is_none() {
                return Err(Problem::not_found("pool", name));
            }
            if let Some(account) = self.first_with(|grant| grant.pool.as_deref() == Some(name)) {
                return Err(Problem::new(
                    409,
                    "pool.in-use",
                    format!("The account “{account}” has a grant on this pool."),
                )
                .hint("Take it from all accounts first.")
                .arg("account", account));
            }
            inside.store.remove_pool(name).await.map_err(|e| store_problem(&e))?;
            self.reload(inside.store).await?;
            inside
                .fleet
                .whole()
                .happened(happening::of(actor, "pool-removed", name));
            Ok(())
        };
        self.recorded(actor, "pool.remove", subject, "", work).await
    }

    fn first_with(&self, has: impl Fn(&shipyard_model::Grant) -> bool) -> Option<String> {
        let all = self.inner.accounts.all();
        let found = all.iter().find(|record| record.account.grants.iter().any(&has));
        found.map(|record| record.account.name.clone())
    }

    async fn reload(&self, store: &Store) -> Result<(), Problem> {
        let rules = rules(store).await.map_err(|e| store_problem(&e))?;
        self.inner.accounts.set_rules(rules);
        Ok(())
    }
}

/// The roles and pools of the store.
pub(crate) async fn rules(store: &Store) -> Result<Rules, shipyard_store::StoreError> {
    let pools = store.pools().await?;
    let policies = policy::of(&pools);
    Ok(Rules::new(store.roles().await?, pools).with_policies(policies))
}
