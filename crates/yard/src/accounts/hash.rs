//! Hashing passwords: Argon2id in threads of its own behind everything else, on half of the cores at once, and a short queue. A
//! hash takes 19 MiB and tens of milliseconds, so without a limit a flood of sign-ins would take the machine.
use super::SignInError;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use shipyard_model::Secret;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Attempts that may wait for a core, for each core.
const QUEUE_PER_CORE: usize = 32;
/// How far threads that hash stand behind others, as `nice(1)` has it: pages are for people who are in already.
const NICE: i32 = 10;
/// Longest wait for a core.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a password that are looked at; no account has a longer one.
const LONGEST: usize = 1024;
/// Memory in KiB, passes and lanes: OWASP's minimum, which a small machine can bear.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

pub(crate) struct Hasher {
    cores: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// All places of the queue.
    places: usize,
    argon: Argon2<'static>,
    /// What the password of an unknown account is compared with.
    nobody: String,
}

impl Hasher {
    pub(crate) fn new() -> Result<Self, String> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from).div_ceil(2);
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, None).map_err(|e| e.to_string())?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut unknown = [0u8; 32];
        getrandom::fill(&mut unknown).map_err(|e| e.to_string())?;
        let nobody = argon.hash_password(&unknown).map_err(|e| e.to_string())?.to_string();
        let places = cores * (1 + QUEUE_PER_CORE);
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores)),
            queue: Arc::new(Semaphore::new(places)),
            places,
            argon,
            nobody,
        })
    }

    /// How many are computed or wait for it.
    pub(crate) fn waiting(&self) -> u32 {
        let free = self.queue.available_permits();
        u32::try_from(self.places.saturating_sub(free)).unwrap_or(u32::MAX)
    }

    /// A hash with a fresh salt, as a PHC string.
    pub(crate) async fn hash(&self, password: &Secret) -> Result<String, SignInError> {
        let (argon, password) = (self.argon.clone(), password.clone());
        let hash = move || {
            argon
                .hash_password(password.reveal().as_bytes())
                .map(|hash| hash.to_string())
        };
        self.run(hash).await?.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            SignInError::Internal
        })
    }

    /// Whether the password is the one of the hash. Without a hash the answer is no, after the same work.
    pub(crate) async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool, SignInError> {
        let exists = hash.is_some() && password.reveal().len() <= LONGEST;
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let password = if exists { password.clone() } else { Secret::new("-") };
        let argon = self.argon.clone();
        let verify = move || match PasswordHash::new(&hash) {
            Ok(hash) => argon.verify_password(password.reveal().as_bytes(), &hash).is_ok(),
            Err(error) => {
                tracing::error!(%error, "the stored hash of a password is damaged");
                false
            }
        };
        Ok(self.run(verify).await? && exists)
    }

    /// Whether a hash was made with other parameters than those of today.
    pub(crate) fn is_outdated(&self, hash: &str) -> bool {
        let Ok(hash) = PasswordHash::new(hash) else {
            return false;
        };
        let same_kind = hash.algorithm == Algorithm::Argon2id.ident() && hash.version == Some(Version::V0x13.into());
        let cost = Params::try_from(&hash).map(|p| (p.m_cost(), p.t_cost(), p.p_cost()));
        !(same_kind && cost.is_ok_and(|cost| cost == COST))
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, SignInError> {
        let queued = Arc::clone(&self.queue)
            .try_acquire_owned()
            .map_err(|_| SignInError::Busy)?;
        let core = tokio::time::timeout(PATIENCE, Arc::clone(&self.cores).acquire_owned());
        let core = core
            .await
            .map_err(|_| SignInError::Busy)?
            .map_err(|_| SignInError::Busy)?;
        // The permits go along: a request that is given up must not let more work begin than there are cores.
        let held: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (queued, core);
        // Not one of the runtime's threads: none could be given back its priority.
        let (tell, told) = oneshot::channel();
        let hashing = move || {
            // Where the system does not allow it, hashing is as good as any other work.
            let _ = rustix::process::setpriority_process(None, NICE);
            let done = work();
            drop(held);
            let _ = tell.send(done);
        };
        let thread = std::thread::Builder::new().name("hash".to_owned()).spawn(hashing);
        thread.map_err(|error| {
            tracing::error!(%error, "no thread to hash a password in");
            SignInError::Busy
        })?;
        told.await.map_err(|_| SignInError::Internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn verifies_its_own_hashes_and_no_other_password() {
        let hasher = Hasher::new().unwrap();
        let hash = hasher.hash(&Secret::new("correct")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify(&Secret::new("correct"), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(&Secret::new("wrong"), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(&Secret::new("-"), None).await.unwrap());
        assert!(!hasher.is_outdated(&hash));
        // What an unknown name is compared with costs what a known one does: times themselves are for `./x bench`.
        assert!(!hasher.is_outdated(&hasher.nobody) && hasher.nobody.len() == hash.len());
        assert!(hasher.is_outdated(&hash.replace("t=2", "t=1")));
        assert!(hasher.is_outdated(&hash.replace("argon2id", "argon2i")));
    }

    #[tokio::test]
    async fn a_flood_is_told_to_come_back() {
        let hasher = Arc::new(Hasher::new().unwrap());
        let _all = Arc::clone(&hasher.queue).acquire_many_owned(hasher.queue.available_permits().try_into().unwrap());
        let _all = _all.await.unwrap();
        assert!(matches!(
            hasher.verify(&Secret::new("x"), None).await,
            Err(SignInError::Busy)
        ));
    }
}
