//! Pools: engines with a label, and how much may run there.
use super::engines::{cpus, memory};
use crate::api::Api;
use crate::args::Listing;
use crate::error::{Failure, Outcome};
use crate::out::table::{Cell, Column, Tabled, column, wide};
use crate::out::{self, Out, escape};
use crate::{follow, http};
use hyper::Method;
use serde::Serialize;
use serde_json::json;
use shipyard_model::access::{Pool, PoolRow, Quota, constraints};
use shipyard_model::{Bytes, Cpus, Profile};

/// Help of `pools`.
pub const HELP: &str = "\
Example:
  shipyard pools set web --engines zone=a --engines zone=b --cpus 8 --memory 16g --profile baseline";

/// `pools`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Pools {
    #[command(subcommand)]
    verb: Option<PoolVerb>,
    #[command(flatten)]
    listing: Listing,
}

#[derive(Debug, clap::Subcommand)]
enum PoolVerb {
    /// Show a pool
    Show {
        /// Its name
        name: String,
    },
    /// Make a pool, or change one: what is not given is not limited
    Set {
        /// Its name
        name: String,
        /// Label that its engines have: zone=a; of one key each value is an alternative
        #[arg(long, value_name = "LABEL", required = true)]
        engines: Vec<String>,
        /// Most CPUs that its containers may reserve
        #[arg(long, value_parser = cpus)]
        cpus: Option<Cpus>,
        /// Most memory, in MB or with a unit
        #[arg(long, value_parser = memory)]
        memory: Option<Bytes>,
        /// Most containers
        #[arg(long)]
        containers: Option<u32>,
        /// How much a container may ask for: restricted, baseline, privileged
        #[arg(long, value_parser = profile)]
        profile: Option<Profile>,
        /// File with the finer rules of its policy (TOML)
        #[arg(long, value_name = "FILE")]
        policy: Option<std::path::PathBuf>,
    },
    /// Remove pools
    #[command(visible_alias = "rm")]
    Remove {
        /// Their names
        #[arg(required = true)]
        names: Vec<String>,
    },
}

fn profile(text: &str) -> Result<Profile, String> {
    let found = Profile::ALL.into_iter().find(|profile| profile.name() == text);
    found.ok_or_else(|| "write restricted, baseline or privileged".to_owned())
}

#[derive(Serialize)]
#[serde(transparent)]
struct ShownPool(PoolRow);

impl Tabled for ShownPool {
    const COLUMNS: &'static [Column] = &[
        column("Name"),
        column("Labels"),
        column("Engines"),
        column("Containers"),
        column("Cpus"),
        column("Memory"),
        wide("Profile"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let (row, pool) = (&self.0, &self.0.pool);
        let of = |used: String, most: Option<String>| most.map_or(used.clone(), |most| format!("{used} of {most}"));
        let labels: Vec<String> = pool.engines.iter().map(ToString::to_string).collect();
        vec![
            pool.name.clone().into(),
            labels.join(",").into(),
            row.engines.join(",").into(),
            of(
                row.containers.to_string(),
                pool.quota.containers.map(|most| most.to_string()),
            )
            .into(),
            of(row.cpus.to_string(), pool.quota.cpus.map(|most| most.to_string())).into(),
            of(row.memory.to_string(), pool.quota.memory.map(|most| most.to_string())).into(),
            pool.profile.map_or("-", Profile::name).into(),
        ]
    }

    fn name(&self) -> String {
        self.0.pool.name.clone()
    }
}

/// Lists pools, or does something with one.
///
/// # Errors
/// When the server refuses.
pub async fn pools(api: &Api, out: &Out, args: &Pools) -> Outcome {
    let path = |name: &str| format!("/api/v1/pools/{}", http::piece(name));
    match &args.verb {
        None => follow::list(api, out, "/api/v1/pools", &[], &args.listing, ShownPool).await,
        Some(PoolVerb::Show { name }) => out.data(&api.get::<serde_json::Value>(path(name)).await?),
        Some(PoolVerb::Set {
            name,
            engines,
            cpus,
            memory,
            containers,
            profile,
            policy,
        }) => {
            let text = |path: &std::path::PathBuf| {
                std::fs::read_to_string(path)
                    .map_err(|e| Failure::usage(format!("“{}” cannot be read.", path.display())).because(&e))
            };
            let pool = Pool {
                name: name.clone(),
                engines: constraints(&engines.join(" ")).map_err(|bad| Failure::usage(format!("{bad}.")))?,
                quota: Quota {
                    cpus: *cpus,
                    memory: *memory,
                    containers: *containers,
                },
                profile: *profile,
                policy: policy.as_ref().map(text).transpose()?.unwrap_or_default(),
            };
            api.act(Method::PUT, path(name), Some(&json!(pool))).await?;
            out::print(&format!("set {}\n", escape::line(name)))
        }
        Some(PoolVerb::Remove { names }) => {
            for name in names {
                api.act(Method::DELETE, path(name), None).await?;
                out::print(&format!("removed {}\n", escape::line(name)))?;
            }
            Ok(())
        }
    }
}
