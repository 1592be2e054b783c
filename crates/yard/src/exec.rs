//! Running a command inside a container.
use crate::Yard;
use crate::activity::Intent;
use crate::actor::Actor;
use shipyard_engine::Exec;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::exec::ExecRequest;
use shipyard_model::{Permission, Problem};

/// Longest command, and longest environment, in bytes.
const MOST: usize = 32 * 1024;

/// A command that runs, and its place on record.
pub struct Executing {
    /// The command.
    pub exec: Exec,
    intent: Intent,
}

impl Yard {
    /// Runs a command inside a container. It may do there whatever the container may. Its name is put on record, not its
    /// arguments: they may hold a password.
    ///
    /// # Errors
    /// 403; 404; 422 without a command; `engine.down`; what Docker objects to.
    pub async fn exec(
        &self,
        actor: &Actor,
        engine: &str,
        name: &str,
        request: &ExecRequest,
    ) -> Result<Executing, Problem> {
        let (connection, id) = self.reach(actor, Permission::ContainerExec, engine, name)?;
        let Some(program) = request.command.first().filter(|program| !program.is_empty()) else {
            return Err(Problem::new(422, "exec.no-command", "Say which command is to run.").field("command"));
        };
        if request.command.iter().map(String::len).sum::<usize>() > MOST {
            return Err(Problem::new(422, "exec.too-long", "The command is too long.")
                .hint("Give it what it needs as input.")
                .field("command"));
        }
        if request.env.iter().map(String::len).sum::<usize>() > MOST || !request.env.iter().all(|pair| is_pair(pair)) {
            return Err(Problem::new(
                422,
                "exec.env",
                "An environment is pairs of NAME=value, not too many of them.",
            )
            .field("env"));
        }
        let subject = ActivitySubject::new("container", name).on(engine);
        let program: String = program.chars().take(200).collect();
        let intent = self
            .inner
            .activity
            .begin(actor, "container.exec", subject, &program)
            .await?;
        tracing::info!(account = actor.account(), engine, container = name, "exec");
        match connection.exec(&id, request).await {
            Ok(exec) => Ok(Executing { exec, intent }),
            Err(error) => intent.outcome(Err(error.problem())).await,
        }
    }
}

/// Whether it names a variable and gives it a value, which may be empty.
fn is_pair(text: &str) -> bool {
    let name = text.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && !text.contains('\0')
}

impl Executing {
    /// The command, and what is to be told when it is over.
    pub fn parts(self) -> (Exec, ExecRecord) {
        (self.exec, ExecRecord(self.intent))
    }
}

/// The open end of a command's record.
pub struct ExecRecord(Intent);

impl ExecRecord {
    /// The command is over, or nobody listens to it any more.
    pub async fn over(self) {
        if let Err(problem) = self.0.outcome(Ok(())).await {
            tracing::warn!(%problem, "the end of a command could not be recorded");
        }
    }
}
