//! Emptying engines, and the deploys that the server looks after.
use crate::api::Api;
use crate::args::Listing;
use crate::error::Outcome;
use crate::out::table::{Cell, Column, Tabled, Tone, column, wide};
use crate::out::{self, Out, escape, time};
use crate::{find, follow, http, progress};
use hyper::Method;
use serde::Serialize;
use serde_json::json;
use shipyard_model::EngineRow;
use shipyard_model::moving::{DrainPlan, LastingDeploy, PlannedMove, Staying};
use shipyard_model::operation::Operation;

/// Help of `drain`.
pub const DRAIN_HELP: &str = "\
The engine takes nothing new from then on. What Shipyard deployed to it is made on other engines, and removed once the new
container is well. What cannot go stays, and is told with the reason.

Examples:
  shipyard drain node1 --plan     what would go where, and what would stay
  shipyard drain node1
  shipyard undrain node1          let it take new containers again";

const DEPLOYS: &str = "/api/v1/deploys";

/// `drain`.
#[derive(Debug, clap::Args)]
pub struct Drain {
    /// Name or id of the engine
    #[arg(value_name = "ENGINE")]
    engine: String,
    /// Show what would go where and what would stay, and do nothing
    #[arg(long)]
    plan: bool,
    /// Also those with volumes or paths of the engine; what is in them stays behind
    #[arg(long)]
    leave_volumes: bool,
    /// Do not wait: print the operation's id
    #[arg(short, long)]
    detach: bool,
}

fn path(row: &EngineRow, what: &str) -> String {
    format!("/api/v1/engines/{}/{what}", http::piece(row.engine.id.as_str()))
}

/// A container of a plan in a table.
#[derive(Serialize)]
#[serde(untagged)]
enum Line {
    Goes(Box<PlannedMove>),
    Stays(Box<Staying>),
}

impl Tabled for Line {
    const COLUMNS: &'static [Column] = &[
        column("Container"),
        column("To"),
        column("Reason"),
        wide("New Name"),
        wide("Added"),
    ];

    fn cells(&self) -> Vec<Cell> {
        match self {
            Self::Goes(one) => vec![
                one.name.clone().into(),
                Cell::toned(one.to.as_str(), Tone::Good),
                if one.left.is_empty() {
                    "-".to_owned()
                } else {
                    format!("leaves {}", one.left.join(", "))
                }
                .into(),
                one.new_name.clone().into(),
                one.added.join(" ").into(),
            ],
            Self::Stays(one) => vec![
                one.name.clone().into(),
                Cell::toned("stays", if one.wanted { Tone::Bad } else { Tone::Dim }),
                one.why.detail.clone().into(),
                "-".into(),
                "-".into(),
            ],
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Goes(one) => one.name.clone(),
            Self::Stays(one) => one.name.clone(),
        }
    }
}

/// Empties an engine, or shows what that would do.
///
/// # Errors
/// When it is not there, or something stayed that should go.
pub async fn drain(api: &Api, out: &Out, args: &Drain) -> Outcome {
    let row = find::engine(api, &args.engine).await?;
    let options = json!({ "leave_volumes": args.leave_volumes });
    if args.plan {
        let bytes = api.act(Method::POST, path(&row, "drain/plan"), Some(&options)).await?;
        let plan: DrainPlan = http::read(&bytes)?;
        if out.is_data() {
            return out.data(&plan);
        }
        let goes = plan.moves.into_iter().map(|one| Line::Goes(Box::new(one)));
        let stays = plan.stays.into_iter().map(|one| Line::Stays(Box::new(one)));
        return out.list(&goes.chain(stays).collect::<Vec<_>>());
    }
    let operation: Operation = api.make(&path(&row, "drain"), &options).await?;
    if args.detach {
        return super::ops::begun(out, &operation);
    }
    let ended = progress::follow(api, operation.id.as_str(), |target| {
        if out.is_data() {
            return Ok(());
        }
        out::print(&format!("moved {} to {}\n", escape::line(&target.name), target.engine))
    })
    .await?;
    if out.is_data() {
        out.data(&ended)?;
    }
    progress::verdict(&ended)
}

/// `undrain`.
#[derive(Debug, clap::Args)]
pub struct Undrain {
    /// Names, ids or beginnings of ids
    #[arg(required = true, value_name = "ENGINE")]
    names: Vec<String>,
}

/// Lets engines take new containers again.
///
/// # Errors
/// When one is not there, or the server refuses.
pub async fn undrain(api: &Api, args: &Undrain) -> Outcome {
    for name in &args.names {
        let row = find::engine(api, name).await?;
        api.act(Method::POST, path(&row, "undrain"), None).await?;
        out::print(&format!("took {} back\n", row.engine.name))?;
    }
    Ok(())
}

/// A deploy in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(LastingDeploy);

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("ID"),
        column("Name"),
        column("Image"),
        column("Kind"),
        column("Copies"),
        column("State"),
        wide("Account"),
        wide("Created"),
        wide("Left Out"),
        wide("Moved From"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let row = &self.0;
        let kind = match row.reschedule {
            _ if row.daemon => "daemon".to_owned(),
            Some(wish) => format!("moved after {} s", wish.after_seconds),
            None => "-".to_owned(),
        };
        let state = match &row.problem {
            Some(why) => Cell::toned(why.detail.clone(), Tone::Bad),
            None => Cell::toned("well", Tone::Good),
        };
        let left_out: Vec<_> = row.left_out.iter().map(|engine| engine.as_str()).collect();
        let moved: Vec<_> = row
            .moved
            .iter()
            .map(|it| format!("{}/{}", it.engine, it.name))
            .collect();
        vec![
            row.id.clone().into(),
            row.name.clone().into(),
            row.image.clone().into(),
            kind.into(),
            row.copies.len().to_string().into(),
            state,
            row.account.clone().into(),
            time::plain(row.created).into(),
            left_out.join(",").into(),
            moved.join(",").into(),
        ]
    }

    fn name(&self) -> String {
        self.0.id.clone()
    }
}

/// `deploys`.
#[derive(Debug, clap::Args)]
pub struct Deploys {
    #[command(flatten)]
    listing: Listing,
}

/// Lists the deploys that the server looks after.
///
/// # Errors
/// When the server refuses.
pub async fn deploys(api: &Api, out: &Out, args: &Deploys) -> Outcome {
    follow::made(out, &args.listing, async || {
        let rows: Vec<LastingDeploy> = api.all(DEPLOYS, &[], usize::MAX).await?;
        Ok(rows.into_iter().map(Shown).collect())
    })
    .await
}

/// `forget-deploy`.
#[derive(Debug, clap::Args)]
pub struct Forget {
    /// Ids of deploys, as `deploys` shows them
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

/// Has the server look after deploys no more.
///
/// # Errors
/// When one is not there, or the server refuses.
pub async fn forget(api: &Api, args: &Forget) -> Outcome {
    for id in &args.ids {
        api.act(Method::DELETE, format!("{DEPLOYS}/{}", http::piece(id)), None)
            .await?;
        out::print(&format!("forgot {}\n", escape::line(id)))?;
    }
    Ok(())
}
