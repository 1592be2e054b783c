//! A command inside a container that runs, with its input and output (`POST /containers/{id}/exec`, `/exec/{id}/start`).
use crate::call_error::CallError;
use crate::connection::{Connection, path_id};
use crate::wire::Limits;
use bollard::container::LogOutput;
use bollard::exec::{ResizeExecOptions, StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use futures_util::{Stream, StreamExt};
use hyper::body::Bytes;
use shipyard_model::ContainerId;
use shipyard_model::exec::ExecRequest;
use shipyard_model::stream::Output;
use std::pin::Pin;
use tokio::io::AsyncWrite;

/// What a command writes, piece by piece as it comes.
pub type ExecOutput = Pin<Box<dyn Stream<Item = Result<(Output, Bytes), CallError>> + Send>>;

/// A command that runs.
pub struct Exec {
    connection: Connection,
    id: String,
    /// What it writes; ends with it.
    pub output: ExecOutput,
    /// What it reads. Shut down, it reads an end.
    pub input: Pin<Box<dyn AsyncWrite + Send>>,
}

/// Sizes a command's terminal and asks how it ended, beside what flows.
#[derive(Clone)]
pub struct ExecHandle {
    connection: Connection,
    id: String,
}

impl Connection {
    /// Runs a command.
    ///
    /// # Errors
    /// [`CallError`] with Docker's reason; 409 when the container does not run.
    pub async fn exec(&self, id: &ContainerId, request: &ExecRequest) -> Result<Exec, CallError> {
        let container = path_id(id)?;
        let size = request.rows.zip(request.columns).filter(|_| request.tty);
        let options = ExecConfig {
            attach_stdin: Some(request.stdin),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(request.tty),
            cmd: Some(request.command.clone()),
            user: Some(request.user.clone()).filter(|user| !user.is_empty()),
            working_dir: Some(request.working_dir.clone()).filter(|folder| !folder.is_empty()),
            env: Some(request.env.clone()).filter(|env| !env.is_empty()),
            // Engines since API 1.42 begin with it, so that the command's first look is right; older ones are told after.
            console_size: size.map(|(rows, columns)| vec![rows.into(), columns.into()]),
            privileged: Some(false),
            ..ExecConfig::default()
        };
        let docker = self.docker(Limits::ACT)?;
        let made = self
            .wire()
            .call(Limits::ACT, docker.create_exec(container, options))
            .await?;
        let (docker, meter) = self.wire().docker_stream(self.version())?;
        let start = StartExecOptions {
            detach: false,
            tty: request.tty,
            output_capacity: None,
        };
        let begun = self
            .wire()
            .call(Limits::STREAM, docker.start_exec(&made.id, Some(start)))
            .await?;
        let StartExecResults::Attached { output, input } = begun else {
            return Err(CallError::Unreadable {
                reason: "the command was not attached to".to_owned(),
            });
        };
        let address = self.wire().address().clone();
        let output = output.map(move |piece| {
            meter.refill();
            match piece {
                Ok(LogOutput::StdErr { message }) => Ok((Output::Err, message)),
                Ok(other) => Ok((Output::Out, other.into_bytes())),
                Err(error) => Err(CallError::from_docker(
                    error,
                    &address,
                    Limits::STREAM.deadline.as_secs(),
                )),
            }
        });
        Ok(Exec {
            connection: self.clone(),
            id: made.id,
            output: Box::pin(output),
            input,
        })
    }
}

impl Exec {
    /// Its other side.
    pub fn handle(&self) -> ExecHandle {
        ExecHandle {
            connection: self.connection.clone(),
            id: self.id.clone(),
        }
    }
}

impl ExecHandle {
    /// Tells the terminal its size.
    ///
    /// # Errors
    /// [`CallError`]; the command may have ended meanwhile.
    pub async fn resize(&self, columns: u16, rows: u16) -> Result<(), CallError> {
        let docker = self.connection.docker(Limits::PROBE)?;
        let options = ResizeExecOptions {
            height: rows,
            width: columns,
        };
        let call = docker.resize_exec(&self.id, options);
        self.connection.wire().call(Limits::PROBE, call).await
    }

    /// With what it ended; `None` while it runs.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn exit_code(&self) -> Result<Option<i64>, CallError> {
        let docker = self.connection.docker(Limits::PROBE)?;
        let found = self
            .connection
            .wire()
            .call(Limits::PROBE, docker.inspect_exec(&self.id))
            .await?;
        Ok(if found.running == Some(true) {
            None
        } else {
            found.exit_code
        })
    }
}
