//! Server functions: what the page asks of the server. Each decodes its arguments, calls the use case of the same name
//! in `shipyard-yard`, and encodes the answer; none decides anything.
//!
//! All are [POST with JSON in and out](wire) under `/api/fn/`. The server puts the [`Yard`](shipyard_yard::Yard) and the
//! authenticated [`Actor`](shipyard_yard::Actor) into the context; without them a call ends before it begins.
pub mod access;
pub mod activity;
pub mod change;
pub mod containers;
pub mod deploy;
pub mod engines;
pub mod moving;
pub mod no_client;
pub mod nodes;
pub mod own;
pub mod scale;
pub mod texts;
pub mod usage;
pub mod wire;

pub use access::{
    access, account_create, account_disable, account_grants, account_link, account_remove, account_sign_out, pool_put,
    pool_remove, role_put, role_remove,
};
pub use activity::activity;
pub use change::{change, change_plan, container_spec, history, history_diff, operation_roll_back};
pub use containers::{container_detail, containers_act, containers_picked};
pub use deploy::{deploy, deploy_plan, operation_cancel};
pub use engines::{engine_add, engine_edit, engine_remove, engine_retry, engine_try, local_socket};
pub use moving::{drain, drain_plan, undrain};
pub use nodes::{doctor, node, node_prepare, node_remove, node_renew, node_state, node_withdraw};
pub use own::{
    own, passkey_begin, passkey_finish, passkey_remove, preferences_put, prove, session_end, token_create,
    token_revoke, two_factor_confirm, two_factor_off, two_factor_setup,
};
pub use scale::{scale, scale_plan};
pub use texts::{deploy_like, images, template_fill, template_put, template_remove, templates, text_read, text_write};
pub use usage::usage_history;

use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use shipyard_model::Problem;
use std::fmt;

/// Why a call failed: a [`Problem`], whether the use case, the guards or the network made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallError(pub Problem);

impl From<Problem> for CallError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for CallError {}

impl FromServerFnError for CallError {
    type Encoder = JsonEncoding;

    /// Turns a failure of the transport into a problem. Its own words are left out: they may quote what was sent.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        Self(match error {
            E::Request(_) => Problem::new(503, "call.unreachable", "Shipyard does not answer.")
                .hint("Check your connection, then try again."),
            E::Response(_) | E::Serialization(_) | E::ServerError(_) | E::MiddlewareError(_) | E::Registration(_) => {
                Problem::internal()
            }
            E::Args(told) | E::MissingArg(told) | E::Deserialization(told) | E::UnsupportedRequestMethod(told) => {
                misnamed(&told).unwrap_or_else(|| {
                    Problem::new(
                        400,
                        "call.malformed",
                        "Shipyard and this page do not understand each other.",
                    )
                    .hint(RELOAD)
                })
            }
        })
    }
}

const RELOAD: &str = "Reload the page: it may be older than the server.";

/// Says which name was not known, missing or there twice, as the HTTP API does.
#[cfg(feature = "ssr")]
fn misnamed(told: &str) -> Option<Problem> {
    let what = shipyard_model::problem::misnamed(told)?.split(", expected").next()?;
    let problem = Problem::new(400, "call.misnamed", format!("Shipyard cannot use this: {what}."))
        .hint(RELOAD)
        .arg("what", what);
    Some(match what.split('`').nth(1) {
        Some(name) => problem.field(name),
        None => problem,
    })
}

/// In the browser nothing is told that a name could be read from.
#[cfg(not(feature = "ssr"))]
fn misnamed(_: &str) -> Option<Problem> {
    None
}

/// Who calls, and the yard to call.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct Caller {
    /// The use cases.
    pub yard: shipyard_yard::Yard,
    /// The authenticated account.
    pub actor: shipyard_yard::Actor,
    /// The session that it calls from; a machine has none.
    pub visit: Option<std::sync::Arc<dyn own::Visit>>,
}

#[cfg(feature = "ssr")]
tokio::task_local! {
    static CALLER: Caller;
}

/// Does the work of a call in a caller's name. The server's guard is the one that calls this.
#[cfg(feature = "ssr")]
pub async fn in_the_name_of<W: Future>(caller: Caller, work: W) -> W::Output {
    CALLER.scope(caller, work).await
}

/// The caller that the server's guard let in.
///
/// # Errors
/// 401 when nobody is signed in.
#[cfg(feature = "ssr")]
pub(crate) fn caller() -> Result<Caller, CallError> {
    CALLER.try_with(Clone::clone).map_err(|_| {
        Problem::new(401, "signed-out", "You are not signed in.")
            .hint("Sign in, then try again.")
            .into()
    })
}

/// Paths of all server functions. Naming each type here also makes sure that the linker keeps its registration.
#[cfg(feature = "ssr")]
pub fn register() -> Vec<&'static str> {
    use server_fn::ServerFn;
    macro_rules! register {
        ($($call:ty),+ $(,)?) => {
            vec![$({
                server_fn::axum::register_explicit::<$call>();
                <$call as ServerFn>::PATH
            }),+]
        };
    }
    register![
        engines::EngineTry,
        engines::EngineAdd,
        engines::EngineEdit,
        engines::EngineRemove,
        engines::EngineRetry,
        engines::LocalSocket,
        moving::DrainPlanOf,
        moving::DrainNow,
        moving::Undrain,
        containers::ContainersAct,
        containers::ContainersPicked,
        containers::ContainerDetailOf,
        change::ContainerSpecOf,
        change::ChangePlanOf,
        change::ChangeNow,
        change::HistoryOf,
        change::HistoryDiff,
        change::OperationRollBack,
        deploy::DeployPlan,
        deploy::DeployNow,
        deploy::OperationCancel,
        scale::ScalePlanOf,
        scale::ScaleNow,
        texts::TextReadOf,
        texts::TextWriteOf,
        texts::DeployLike,
        texts::Images,
        texts::Templates,
        texts::TemplateFill,
        texts::TemplatePut,
        texts::TemplateRemove,
        access::AccessOf,
        access::AccountCreate,
        access::AccountLink,
        access::AccountDisable,
        access::AccountSignOut,
        access::AccountRemove,
        access::AccountGrants,
        access::RolePut,
        access::RoleRemove,
        access::PoolPut,
        access::PoolRemove,
        own::Own,
        own::Prove,
        own::PasskeyBegin,
        own::PasskeyFinish,
        own::PasskeyRemove,
        own::PreferencesPut,
        own::SessionEnd,
        own::TwoFactorBegin,
        own::TwoFactorConfirm,
        own::TwoFactorOff,
        own::TokenCreate,
        own::TokenRevoke,
        activity::ActivityOf,
        nodes::NodePrepare,
        nodes::NodeStateOf,
        nodes::NodeWithdraw,
        nodes::NodeOf,
        nodes::NodeRenew,
        nodes::NodeRemove,
        nodes::Doctor,
        usage::UsageHistoryOf,
    ]
}
