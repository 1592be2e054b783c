//! What can be done to a container that exists.
use crate::call_error::CallError;
use crate::connection::{Connection, path_id};
use crate::wire::Limits;
use bollard::query_parameters::{KillContainerOptions, RemoveContainerOptions, RenameContainerOptions};
use shipyard_model::{ContainerId, ContainerVerb};

impl Connection {
    /// Does it. Docker's “is so already” counts as done.
    ///
    /// # Errors
    /// [`CallError`] with Docker's reason.
    pub async fn act(&self, id: &ContainerId, verb: ContainerVerb) -> Result<(), CallError> {
        match verb {
            ContainerVerb::Remove => return self.remove(id, true).await,
            ContainerVerb::Start => return self.start(id).await,
            _ => {}
        }
        let (name, docker) = (path_id(id)?, self.docker(Limits::ACT)?);
        let _turn = self.turn().await;
        let done = self
            .wire()
            .call(Limits::ACT, async {
                match verb {
                    ContainerVerb::Stop => docker.stop_container(name, None).await,
                    ContainerVerb::Restart => docker.restart_container(name, None).await,
                    ContainerVerb::Pause => docker.pause_container(name).await,
                    ContainerVerb::Unpause => docker.unpause_container(name).await,
                    _ => {
                        let options = KillContainerOptions {
                            signal: "SIGKILL".to_owned(),
                        };
                        docker.kill_container(name, Some(options)).await
                    }
                }
            })
            .await;
        already_done(done, "is already paused")
    }

    /// Starts a container.
    ///
    /// # Errors
    /// [`CallError`] with Docker's reason.
    pub async fn start(&self, id: &ContainerId) -> Result<(), CallError> {
        let (name, docker) = (path_id(id)?, self.docker(Limits::ACT)?);
        let _turn = self.turn().await;
        self.wire().call(Limits::ACT, docker.start_container(name, None)).await
    }

    /// Gives a container another name.
    ///
    /// # Errors
    /// [`CallError`] with Docker's reason: 409 when the name is taken.
    pub async fn rename(&self, id: &ContainerId, name: &str) -> Result<(), CallError> {
        let (id, docker) = (path_id(id)?, self.docker(Limits::ACT)?);
        let options = RenameContainerOptions { name: name.to_owned() };
        let _turn = self.turn().await;
        self.wire()
            .call(Limits::ACT, docker.rename_container(id, options))
            .await
    }

    /// Removes a container; with `force` also one that runs. Its anonymous volumes stay.
    ///
    /// # Errors
    /// [`CallError`] with Docker's reason.
    pub async fn remove(&self, id: &ContainerId, force: bool) -> Result<(), CallError> {
        let (name, docker) = (path_id(id)?, self.docker(Limits::ACT)?);
        let options = RemoveContainerOptions {
            force,
            v: false,
            link: false,
        };
        let _turn = self.turn().await;
        let done = self
            .wire()
            .call(Limits::ACT, docker.remove_container(name, Some(options)))
            .await;
        already_done(done, "is already in progress")
    }
}

/// Docker answers some repetitions with a conflict instead of 304.
fn already_done(done: Result<(), CallError>, words: &str) -> Result<(), CallError> {
    match done {
        Err(CallError::Docker { status: 409, message }) if message.contains(words) => Ok(()),
        other => other,
    }
}
