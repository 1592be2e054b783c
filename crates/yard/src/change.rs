//! Changes of containers that exist: what one would do, doing it, and what they were before.
use crate::Yard;
use crate::actor::Actor;
use shipyard_model::change::{ChangePlan, ChangeRequest, Editable, FieldChange, HistoryRow};
use shipyard_model::{ContainerRef, OperationId, Permission, Problem};

impl Yard {
    /// A container as a specification, to be changed. With `reveal` the values of its environment are told, which asks for a
    /// permission of its own.
    ///
    /// # Errors
    /// 403; 404; `container.beyond-spec`; `engine.down`.
    pub async fn container_spec(&self, actor: &Actor, at: &ContainerRef, _reveal: bool) -> Result<Editable, Problem> {
        self.inner.gate.enter(actor, Permission::Deploy)?;
        Err(Problem::not_found("container", at.id.short()))
    }

    /// What a change would do now. What keeps it from happening is in the plan.
    ///
    /// # Errors
    /// 403; 404; `engine.down`.
    pub async fn change_plan(
        &self,
        actor: &Actor,
        at: &ContainerRef,
        _request: ChangeRequest,
    ) -> Result<ChangePlan, Problem> {
        self.inner.gate.enter(actor, Permission::Deploy)?;
        Err(Problem::not_found("container", at.id.short()))
    }

    /// Changes a container, or it and its copies, as one operation.
    ///
    /// # Errors
    /// As [`Yard::change_plan`]; the first problem of the plan; `operations.too-many`.
    pub async fn change(
        &self,
        actor: &Actor,
        at: &ContainerRef,
        _request: ChangeRequest,
    ) -> Result<OperationId, Problem> {
        self.inner.gate.enter(actor, Permission::Deploy)?;
        Err(Problem::not_found("container", at.id.short()))
    }

    /// What a container was at its last ten changes, newest first.
    ///
    /// # Errors
    /// 403; 404.
    pub async fn history(&self, actor: &Actor, at: &ContainerRef) -> Result<Vec<HistoryRow>, Problem> {
        self.inner.gate.enter(actor, Permission::ContainerInspect)?;
        Err(Problem::not_found("container", at.id.short()))
    }

    /// What differs between two entries of a container's history.
    ///
    /// # Errors
    /// 403; 404.
    pub async fn history_diff(
        &self,
        actor: &Actor,
        at: &ContainerRef,
        _from: u64,
        _to: u64,
    ) -> Result<Vec<FieldChange>, Problem> {
        self.inner.gate.enter(actor, Permission::ContainerInspect)?;
        Err(Problem::not_found("container", at.id.short()))
    }

    /// Makes all that an operation changed what it was before, as another operation.
    ///
    /// # Errors
    /// 403; 404; `change.nothing-to-roll-back`.
    pub async fn operation_roll_back(&self, actor: &Actor, id: &OperationId) -> Result<OperationId, Problem> {
        self.inner.gate.enter(actor, Permission::Deploy)?;
        Err(Problem::not_found("operation", id))
    }
}
