//! Changes of containers that exist: what they shall be, what differs, how it is brought about, and what they were before.
use crate::deploy::PullPolicy;
use crate::id::{ContainerRef, EngineName, OperationId};
use crate::problem::Problem;
use crate::spec::ContainerSpec;
use crate::unit::Millis;
use serde::{Deserialize, Serialize};

/// Stands for the value of an environment variable that is not told. Sent back, it means the value that there is.
pub const HIDDEN_VALUE: &str = "••••••••";

/// What a container shall be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ChangeTo {
    /// What it is.
    #[default]
    Same,
    /// The same, of this image.
    Image(String),
    /// This. Values of its environment that are [`HIDDEN_VALUE`] stay as they are.
    Spec(Box<ContainerSpec>),
    /// What it was: the entry of its history with this number.
    Former(u64),
}

/// A change of a container, or of all that are of one deploy with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ChangeRequest {
    /// What it shall be.
    pub to: ChangeTo,
    /// All copies too: what differs for the named one is changed at each.
    pub copies: bool,
    /// Whether the image is pulled. With `always`, one that runs the newest of its tag already stays.
    pub pull: PullPolicy,
    /// Made anew even where nothing differs, or what differs could be changed in place.
    pub recreate: bool,
    /// So many are made anew at once; the others wait until these are well. At least 1.
    pub at_once: u16,
    /// When one fails, those that were changed before become what they were.
    pub roll_back_on_failure: bool,
}

impl Default for ChangeRequest {
    fn default() -> Self {
        Self {
            to: ChangeTo::Same,
            copies: false,
            pull: PullPolicy::Missing,
            recreate: false,
            at_once: 1,
            roll_back_on_failure: false,
        }
    }
}

/// A container as a specification, to be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Editable {
    /// The container.
    pub at: ContainerRef,
    /// As it was made. Where values are hidden, each is [`HIDDEN_VALUE`].
    pub spec: ContainerSpec,
    /// Whether the values of its environment are hidden.
    pub hidden: bool,
    /// How many are of one deploy with it, itself included.
    pub copies: u16,
}

/// One thing that differs between two specifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// The field of [`ContainerSpec`] by its name.
    pub field: String,
    /// Of a field with named entries (`env`, `labels`), the entry; else empty.
    pub item: String,
    /// What was there; `None` for nothing.
    pub before: Option<String>,
    /// What will be there; `None` for nothing.
    pub after: Option<String>,
    /// The values are not told: each is [`HIDDEN_VALUE`].
    pub hidden: bool,
    /// Docker can change it while the container runs.
    pub in_place: bool,
}

/// How a container becomes what it shall be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It is so already.
    #[default]
    Nothing,
    /// While it runs.
    InPlace,
    /// A new one takes its place.
    Recreate,
    /// A new one takes its place if its image is another by then.
    RecreateIfNewer,
}

/// What a change would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePlan {
    /// The containers, in the order in which they are changed; the named one first.
    pub containers: Vec<PlannedChange>,
    /// What keeps the change from happening, beside the field at fault where there is one; empty when it can.
    pub problems: Vec<Problem>,
}

/// What a change would do to one container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedChange {
    /// Its name, which a new one gets.
    pub name: String,
    /// Its engine's name.
    pub engine: EngineName,
    /// The container.
    pub at: ContainerRef,
    /// What differs.
    pub fields: Vec<FieldChange>,
    /// How it is changed.
    pub how: How,
    /// How long it is away at most, by how long it may take to end and to be well again; zero when it is not.
    pub away_ms: u64,
    /// Containers that stand on it (`container:NAME`) and are made anew after it, in this order.
    pub dependants: Vec<Dependant>,
    /// What policy adds to the new one, as options of `docker run`.
    pub added: Vec<String>,
}

/// A container that stands on another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dependant {
    /// Its name.
    pub name: String,
    /// The container.
    pub at: ContainerRef,
    /// The field by which it does: `network`, `pid_mode`, `ipc_mode`.
    pub field: String,
    /// How long it is away at most.
    pub away_ms: u64,
}

/// What a container was at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryRow {
    /// Its number among those of this name, which no other gets.
    pub number: u64,
    /// Since when.
    pub at: Millis,
    /// Who made it so; empty for what was found.
    pub actor: String,
    /// By what: `deploy`, `scale`, `roll`, `change`, `roll-back`, or `found` for what nobody did here.
    pub what: String,
    /// The operation.
    pub operation: Option<OperationId>,
    /// The image that it was made from.
    pub image: String,
    /// What differs from the entry before; all that is set in the first.
    pub changes: Vec<FieldChange>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_of_a_request_is_as_usual() {
        let read = |text| serde_json::from_str::<ChangeRequest>(text);
        assert_eq!(read("{}").unwrap(), ChangeRequest::default());
        let image = read(r#"{"to":{"image":"web:2"},"copies":true,"at_once":2}"#).unwrap();
        assert_eq!((image.to, image.at_once), (ChangeTo::Image("web:2".to_owned()), 2));
        assert_eq!(read(r#"{"to":{"former":3}}"#).unwrap().to, ChangeTo::Former(3));
        assert_eq!(read(r#"{"to":"same","recreate":true}"#).unwrap().to, ChangeTo::Same);
        assert!(read(r#"{"to":{"spec":{"image":"a","Image":"b"}}}"#).is_err());
        assert!(read(r#"{"more":1}"#).is_err());
    }
}
