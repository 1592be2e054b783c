//! The kernel's keyring, for who does not want a credential in a file. It lives in the kernel's memory, is the person's
//! own, and forgets after three days without use or with the machine.
use crate::error::{Failure, Outcome};

fn describe(context: &str, url: &str) -> String {
    format!("shipyard:{context}:{url}")
}

#[cfg(target_os = "linux")]
mod kernel {
    use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier};

    /// The person's persistent keyring, else the one of their sessions.
    fn ring() -> Result<KeyRing, KeyError> {
        KeyRing::get_persistent(KeyRingIdentifier::Session)
            .or_else(|_| KeyRing::from_special_id(KeyRingIdentifier::UserSession, true))
    }

    pub(super) fn put(what: &str, secret: &str) -> Result<(), KeyError> {
        ring()?.add_key(what, secret.as_bytes()).map(|_| ())
    }

    pub(super) fn get(what: &str) -> Result<Vec<u8>, KeyError> {
        ring()?.search(what)?.read_to_vec()
    }

    pub(super) fn remove(what: &str) -> Result<(), KeyError> {
        ring()?.search(what)?.invalidate()
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    pub(super) fn put(_: &str, _: &str) -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }

    pub(super) fn get(_: &str) -> Result<Vec<u8>, std::fmt::Error> {
        Err(std::fmt::Error)
    }

    pub(super) fn remove(_: &str) -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }
}

/// Keeps a context's credential.
///
/// # Errors
/// When the kernel has no keyring for this process, as in most containers.
pub fn put(context: &str, url: &str, credential: &str) -> Outcome {
    kernel::put(&describe(context, url), credential).map_err(|error| {
        let mut failure = Failure::failed("The system's keyring cannot be used.")
            .hint("Sign in without --keyring: the credential is then kept in a file that only you can read.");
        failure.chain.push(format!("{error:?}"));
        failure
    })
}

/// A context's credential, if it is there.
pub fn get(context: &str, url: &str) -> Option<String> {
    let bytes = kernel::get(&describe(context, url)).ok()?;
    String::from_utf8(bytes).ok()
}

/// Forgets a context's credential.
pub fn remove(context: &str, url: &str) {
    // What is not there is forgotten.
    let _ = kernel::remove(&describe(context, url));
}
