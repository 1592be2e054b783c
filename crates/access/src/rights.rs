//! What an account or token may do: its grants, with roles and pools looked up.
use crate::policy;
use crate::role::BuiltIn;
use crate::scope::{Area, Scope};
use crate::table;
use shipyard_model::{Grant, Labels, Permission, Pool, Profile, Role};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The roles and pools that grants name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    roles: BTreeMap<String, Arc<Role>>,
    pools: BTreeMap<String, Arc<Pool>>,
    /// The finer rules of pools that have some; `None` where they cannot be read.
    policies: BTreeMap<String, Option<Arc<policy::Rules>>>,
}

/// What a container is judged by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// How far it may reach.
    pub profile: Profile,
    /// The finer rules, all of which it must meet; none for those that hold where a pool says nothing.
    pub rules: Vec<Arc<policy::Rules>>,
}

impl Rules {
    /// The built-in roles, custom ones and pools. A custom role never takes the place of a built-in one.
    pub fn new(custom: impl IntoIterator<Item = Role>, pools: impl IntoIterator<Item = Pool>) -> Self {
        let roles = custom.into_iter().chain(table::built_in());
        Self {
            roles: roles.map(|role| (role.name.clone(), Arc::new(role))).collect(),
            pools: pools
                .into_iter()
                .map(|pool| (pool.name.clone(), Arc::new(pool)))
                .collect(),
            policies: BTreeMap::new(),
        }
    }

    /// The same with the finer rules of pools, by name: what their [`Pool::policy`] says, `None` where that cannot be read.
    #[must_use]
    pub fn with_policies(self, policies: BTreeMap<String, Option<Arc<policy::Rules>>>) -> Self {
        Self { policies, ..self }
    }

    /// The same with a custom role, new or changed.
    #[must_use]
    pub fn with_role(&self, role: Role) -> Self {
        let custom = self.roles.values().filter(|known| !known.built_in);
        let custom = custom.map(|known| (**known).clone()).chain([role]);
        Self::new(
            custom.collect::<Vec<_>>(),
            self.pools.values().map(|pool| (**pool).clone()),
        )
        .with_policies(self.policies.clone())
    }

    /// The role of that name.
    pub fn role(&self, name: &str) -> Option<&Arc<Role>> {
        self.roles.get(name)
    }

    /// The pool of that name.
    pub fn pool(&self, name: &str) -> Option<&Arc<Pool>> {
        self.pools.get(name)
    }

    /// All roles: built-in ones first, then by name.
    pub fn roles(&self) -> Vec<Role> {
        let custom = self.roles.values().filter(|role| !role.built_in).map(|r| (**r).clone());
        table::built_in().into_iter().chain(custom).collect()
    }

    /// All pools by name.
    pub fn pools(&self) -> impl Iterator<Item = &Arc<Pool>> {
        self.pools.values()
    }
}

/// One grant with its role and pool looked up, cut by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Names of the roles, for people.
    pub role: String,
    /// What it allows.
    pub permissions: BTreeSet<Permission>,
    /// What containers are judged by that are deployed by it.
    pub ground: Ground,
    /// Where.
    pub area: Area,
}

/// All that somebody may do. Additive; nothing by default; nothing is taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights(Vec<Clause>);

impl Rights {
    /// What grants give. One whose role or pool is gone gives nothing.
    pub fn of(grants: &[Grant], rules: &Rules) -> Self {
        Self(grants.iter().filter_map(|grant| clause(grant, rules)).collect())
    }

    /// What both give: for a token, its own grants and those that its owner has at this moment.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let pairs = self.0.iter().flat_map(|a| other.0.iter().map(move |b| (a, b)));
        let both = pairs.map(|(a, b)| Clause {
            role: if a.role == b.role {
                a.role.clone()
            } else {
                format!("{} ∩ {}", a.role, b.role)
            },
            permissions: a.permissions.intersection(&b.permissions).copied().collect(),
            ground: Ground {
                profile: a.ground.profile.min(b.ground.profile),
                rules: union(&a.ground.rules, &b.ground.rules),
            },
            area: Area {
                pools: union(&a.area.pools, &b.area.pools),
                narrows: union(&a.area.narrows, &b.area.narrows),
            },
        });
        Self(both.filter(|clause| !clause.permissions.is_empty()).collect())
    }

    /// Without what asks for a fresh proof of a person: what a machine may do.
    #[must_use]
    pub fn of_machine(mut self) -> Self {
        for clause in &mut self.0 {
            clause
                .permissions
                .retain(|permission| !permission.needs_proof() && *permission != Permission::OwnAccount);
        }
        self
    }

    /// Only these permissions, where they hold.
    #[must_use]
    pub fn only(mut self, permissions: &[Permission]) -> Self {
        for clause in &mut self.0 {
            clause.permissions.retain(|permission| permissions.contains(permission));
        }
        self
    }

    /// Where a permission holds. A global one holds on the whole fleet or nowhere.
    pub fn scope(&self, permission: Permission) -> Scope {
        let having = self.0.iter().filter(|clause| clause.permissions.contains(&permission));
        let areas = having.map(|clause| clause.area.clone());
        Scope::of(if permission.is_global() {
            areas.filter(Area::is_whole).collect()
        } else {
            areas.collect()
        })
    }

    /// What is allowed somewhere, in the table's order.
    pub fn permissions(&self) -> Vec<Permission> {
        Permission::ALL
            .into_iter()
            .filter(|permission| !self.scope(*permission).is_empty())
            .collect()
    }

    /// Names of the roles, each once.
    pub fn roles(&self) -> String {
        let names: BTreeSet<&str> = self.0.iter().map(|clause| clause.role.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// What a container may be judged by that is deployed to an engine with these labels, of the grants whose area is one of
    /// `within`: to meet one is enough. The farthest-reaching profile first; none where nothing may be deployed.
    pub fn grounds(&self, labels: &Labels, within: impl Fn(&Area) -> bool) -> Vec<Ground> {
        let deploying = self.0.iter().filter(|clause| {
            clause.permissions.contains(&Permission::Deploy) && within(&clause.area) && clause.area.has_engine(labels)
        });
        let mut grounds: Vec<Ground> = Vec::new();
        for clause in deploying {
            if !grounds.contains(&clause.ground) {
                grounds.push(clause.ground.clone());
            }
        }
        grounds.sort_by_key(|ground| std::cmp::Reverse(ground.profile));
        grounds
    }
}

fn union<T: Clone + PartialEq>(a: &[T], b: &[T]) -> Vec<T> {
    let mut all = a.to_vec();
    all.extend(b.iter().filter(|item| !a.contains(item)).cloned());
    all
}

fn clause(grant: &Grant, rules: &Rules) -> Option<Clause> {
    let role = rules.role(&grant.role)?;
    let pools = match &grant.pool {
        None => Vec::new(),
        Some(name) => vec![Arc::clone(rules.pool(name)?)],
    };
    let by_role = profile(role);
    // A pool's own profile binds all but administrators: it can open a pool for a role, or close it.
    let profile = match pools.first().and_then(|pool| pool.profile) {
        Some(own) if by_role < Profile::Privileged => own,
        _ => by_role,
    };
    let mut permissions: BTreeSet<_> = role.permissions.iter().copied().collect();
    let policy = grant.pool.as_ref().and_then(|name| rules.policies.get(name));
    if matches!(policy, Some(None)) {
        // What it forbids is not known.
        permissions.remove(&Permission::Deploy);
    }
    Some(Clause {
        role: role.name.clone(),
        permissions,
        ground: Ground {
            profile,
            rules: policy.into_iter().flatten().cloned().collect(),
        },
        area: Area {
            pools,
            narrows: grant.narrow.iter().cloned().collect(),
        },
    })
}

/// How far a role's containers may reach by itself: an administrator's anywhere, those of a role that may see secrets
/// within Docker's defaults, all others' not beyond themselves.
fn profile(role: &Role) -> Profile {
    if role.built_in && role.name == BuiltIn::Admin.name() {
        Profile::Privileged
    } else if role.permissions.contains(&Permission::ContainerSecrets) {
        Profile::Baseline
    } else {
        Profile::Restricted
    }
}

#[cfg(test)]
#[path = "rights_tests.rs"]
mod tests;
