//! The beginning and the end of a yard's life.
use crate::accounts::Accounts;
use crate::activity::Activity;
use crate::asking::Asking;
use crate::doctor::Places;
use crate::engines::Engines;
use crate::gate::Gate;
use crate::hooks::{HookSettings, Hooks};
use crate::journal::{self, Kept};
use crate::nodes::{self, Nodes};
use crate::webhooks::Webhooks;
use crate::{Inner, Yard, history, lasting};
use shipyard_courier::TrustError;
use shipyard_fleet::Fleet;
use shipyard_model::{Problem, Secret};
use shipyard_store::{KeyError, MasterKey, Store, StoreError};
use std::path::PathBuf;
use std::sync::Arc;

/// The password of account `admin`, which the very first start makes. Later starts look at neither.
#[derive(Clone)]
pub enum FirstPassword {
    /// `shipyard`, as the guide says: for a server that listens on loopback only. It opens nothing but its own change.
    Guide,
    /// A random one, to be printed once. It opens nothing but its own change.
    Random,
    /// The operator's own, which need not be changed.
    Supplied(Secret),
}

/// What a yard needs to open.
#[derive(Clone)]
pub struct YardSettings {
    /// Folder of the database; made when missing.
    pub data_dir: PathBuf,
    /// File of the key that seals secrets, outside the data folder; made when missing on the first start.
    pub key_file: PathBuf,
    /// Password of the first account.
    pub first_password: FirstPassword,
    /// Socket of this machine's own daemon, to be offered as an engine: [`YardSettings::LOCAL_SOCKET`].
    pub local_socket: PathBuf,
    /// Days that records of activity are kept: [`YardSettings::ACTIVITY_DAYS`].
    pub activity_days: u32,
    /// Of how many containers the past of what they use is kept though nobody looks at them: [`YardSettings::STATS_KEPT`].
    pub stats_kept: u32,
    /// What may be sent where.
    pub hooks: HookSettings,
}

impl YardSettings {
    /// Where Docker's daemon listens on this machine unless told otherwise.
    pub const LOCAL_SOCKET: &str = "/var/run/docker.sock";
    /// Days that records of activity are kept unless told otherwise.
    pub const ACTIVITY_DAYS: u32 = 365;
    /// Of how many containers the past is kept unless told otherwise.
    pub const STATS_KEPT: u32 = shipyard_fleet::Stats::KEPT;
}

/// Why a yard does not open. All but the last are for the operator to settle; the sentence says how.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The data folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password that was supplied for `admin` is refused.
    #[error("the password supplied for the account admin is refused: {0}")]
    Password(Problem),
    /// The file of authorities for hooks cannot be used.
    #[error(transparent)]
    Hooks(TrustError),
    /// The accounts cannot be set up.
    #[error("the accounts cannot be set up: {0}")]
    Accounts(String),
}

impl Yard {
    /// Opens the data folder, makes account `admin` on the very first start, and begins to follow all engines. Does not
    /// wait for any engine. The second value is a password that was made and must be shown to the operator, once.
    ///
    /// # Errors
    /// When the key or the data folder cannot be used, or the password supplied for a first start is too weak.
    pub async fn open(settings: YardSettings) -> Result<(Self, Option<Secret>), OpenError> {
        let (dir, file) = (settings.data_dir.clone(), settings.key_file.clone());
        let store = tokio::task::spawn_blocking(move || -> Result<Store, OpenError> {
            let key = MasterKey::load_or_create(&file, &dir)?;
            Ok(Store::open(&dir, key)?)
        })
        .await
        .map_err(|_| StoreError::Stopped)??;
        let (accounts, made) = Accounts::open(&store, &settings.first_password).await?;
        let hooks = Hooks::open(&store, &settings.hooks).await?;
        let webhooks = Webhooks::new(store.webhooks().await?);
        let lasting = lasting::Lasting::new(store.lasting().await?);
        let fleet = Fleet::with_journal(Arc::new(Kept(store.operations())));
        fleet.stats().keep(settings.stats_kept);
        crate::engines::follow_all(&store, &fleet).await?;
        let activity = Activity::new(store.activity().clone());
        activity.started().await;
        let places = Places {
            data_dir: settings.data_dir,
            key_file: settings.key_file,
        };
        let inner = Inner {
            _keeper: activity.keep(settings.activity_days),
            gate: Gate::new(store, fleet, activity.clone()),
            activity,
            accounts,
            webhooks,
            lasting,
            engines: Engines::new(settings.local_socket),
            nodes: Nodes::default(),
            asking: Asking::default(),
            places,
            hooks,
        };
        let yard = Self { inner: Arc::new(inner) };
        journal::take_up(&yard.inner).await?;
        yard.start_hooks();
        nodes::keep(&yard.inner);
        lasting::keep(&yard.inner);
        history::keep_tidy(&yard.inner);
        Ok((yard, made))
    }

    /// Ends what goes on and brings everything to the disk. Nothing may be asked of the yard afterwards.
    pub async fn shutdown(&self) {
        self.inner.hooks.stop();
        self.inner.lasting.stop();
        self.inner.activity.stopping();
        self.inner.gate.close().await;
    }
}
