//! The second factor: a six-digit code of an app that changes every 30 seconds (TOTP, RFC 6238), and recovery codes for
//! the day the app is lost. A code is taken once; failures slow down as those of passwords do.
use super::{SignInError, secret};
use crate::fault::store_problem;
use crate::{Actor, SignedIn, Yard};
use sha2::{Digest, Sha256};
use shipyard_model::access::TwoFactorSetup;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Millis, Permission, Problem, Secret};
use shipyard_store::{AccountRecord, SecondFactor};
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

/// Length of a code's step in seconds, and the digits of a code: what every app takes.
const STEP: u64 = 30;
const DIGITS: u8 = 6;
/// Recovery codes that are made at once.
const CODES: usize = 10;

/// Secrets that were shown and wait for their first code, by account.
pub(super) type Shown = super::waiting::Waiting<Zeroizing<Vec<u8>>>;

fn totp(secret: &[u8]) -> Result<Totp, Problem> {
    let app = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS);
    app.with_step_duration(STEP)
        .with_secret(secret)
        .build()
        .map_err(|error| {
            tracing::error!(%error, "a second factor cannot be used");
            Problem::internal()
        })
}

/// The step whose code this is: the current one or one beside it, and newer than `after`.
fn step_of(secret: &[u8], code: &str, now: Millis, after: u64) -> Option<u64> {
    let totp = totp(secret).ok()?;
    let current = u64::try_from(now.0).ok()? / 1000 / STEP;
    let steps = current.saturating_sub(1)..=current.saturating_add(1);
    steps.filter(|step| *step > after).find(|step| {
        totp.generate(step * STEP)
            .to_string()
            .as_bytes()
            .ct_eq(code.as_bytes())
            .into()
    })
}

/// Digits and letters only: people copy codes with spaces and dashes.
fn plain(code: &Secret) -> Zeroizing<String> {
    let letters = code.reveal().chars().filter(char::is_ascii_alphanumeric);
    Zeroizing::new(letters.collect::<String>().to_lowercase())
}

/// The factor after this code was used; `None` when the code is wrong.
fn used(factor: &SecondFactor, code: &Secret, now: Millis) -> Option<SecondFactor> {
    let code = plain(code);
    if code.len() == usize::from(DIGITS) {
        let step = step_of(&factor.secret, &code, now, factor.last_step)?;
        return Some(SecondFactor {
            last_step: step,
            ..factor.clone()
        });
    }
    let hash: [u8; 32] = Sha256::digest(code.as_bytes()).into();
    let at = factor.recovery.iter().position(|known| known.ct_eq(&hash).into())?;
    let mut left = factor.clone();
    left.recovery.remove(at);
    Some(left)
}

fn wrong() -> Problem {
    Problem::new(422, "code.wrong", "The code is wrong, or was used already.")
        .hint("Wait for the next code of your app and type that.")
        .field("code")
}

impl Yard {
    /// The second step of a sign-in: the code of an account whose password was right a moment ago.
    ///
    /// # Errors
    /// [`SignInError::Wrong`], and slower after failures.
    pub async fn sign_in_code(
        &self,
        account: &str,
        epoch: u64,
        code: &Secret,
        from: Option<IpAddr>,
    ) -> Result<SignedIn, SignInError> {
        let accounts = &self.inner.accounts;
        let record = accounts
            .find(account)
            .filter(|r| r.epoch == epoch && !r.account.disabled);
        let record = record.ok_or(SignInError::Wrong)?;
        self.use_code(&record, code, from).await?;
        self.welcome(&record, from).await;
        Ok(SignedIn {
            account: record.account.clone(),
            epoch: record.epoch,
            second_factor: false,
        })
    }

    /// Checks a code and uses it up, counted against the account and address as a password is.
    pub(super) async fn use_code(
        &self,
        record: &Arc<AccountRecord>,
        code: &Secret,
        from: Option<IpAddr>,
    ) -> Result<(), SignInError> {
        let accounts = &self.inner.accounts;
        // A count of its own: a right password, which comes before each code, must not forgive wrong codes. No account has
        // a name with a space.
        let attempt = accounts.begin(&format!("code of {}", record.account.name), from)?;
        // One at a time: the same code from two sides at once is taken from one.
        let _turn = accounts.codes.lock().await;
        let record = accounts.find(&record.account.name).ok_or(SignInError::Wrong)?;
        let factor = record.second_factor.as_ref().ok_or(SignInError::Wrong)?;
        let left = used(factor, code, Millis::now()).ok_or(SignInError::Wrong)?;
        let new = AccountRecord {
            second_factor: Some(left),
            ..(*record).clone()
        };
        let store = self.inner.gate.store_for_authentication();
        match accounts.replace(store, &record, new).await {
            Ok(Some(_)) => {
                accounts.throttle(|throttle| throttle.succeeded(&attempt));
                Ok(())
            }
            Ok(None) => Err(SignInError::Wrong),
            Err(_) => Err(SignInError::Internal),
        }
    }

    /// Begins a second factor: the secret for one's app. Nothing changes until [`Yard::two_factor_confirm`].
    ///
    /// # Errors
    /// 403 `step-up` without a fresh proof.
    pub fn two_factor_setup(&self, actor: &Actor) -> Result<TwoFactorSetup, Problem> {
        self.inner.gate.enter(actor, Permission::OwnAccount)?;
        self.fresh(actor)?;
        let bytes = Zeroizing::new(secret::bytes::<20>()?.to_vec());
        let secret = secret::base32(&bytes).to_uppercase();
        self.inner.accounts.shown.put(actor.account(), bytes);
        let account: String = actor
            .account()
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect();
        let address = format!("otpauth://totp/Shipyard:{account}?secret={secret}&issuer=Shipyard");
        let square = qrcodegen::QrCode::encode_text(&address, qrcodegen::QrCodeEcc::Medium).map_err(|error| {
            tracing::error!(%error, "a square code could not be drawn");
            Problem::internal()
        })?;
        let size = square.size();
        let code = (0..size).map(|y| (0..size).map(|x| square.get_module(x, y)).collect());
        Ok(TwoFactorSetup {
            secret,
            address,
            code: code.collect(),
        })
    }

    /// Turns the second factor on with the first code of the app. Gives the recovery codes, which are shown once.
    ///
    /// # Errors
    /// 422 `code.wrong`; 403.
    pub async fn two_factor_confirm(&self, actor: &Actor, code: &Secret) -> Result<Vec<String>, Problem> {
        self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let subject = ActivitySubject::new("account", actor.account());
        let work = async {
            self.fresh(actor)?;
            let accounts = &self.inner.accounts;
            let secret = accounts.shown.get(actor.account()).ok_or_else(wrong)?;
            let last_step = step_of(&secret, &plain(code), Millis::now(), 0).ok_or_else(wrong)?;
            let (codes, recovery) = recovery_codes()?;
            self.change_factor(
                actor,
                Some(SecondFactor {
                    secret,
                    recovery,
                    last_step,
                }),
            )
            .await?;
            accounts.shown.take(actor.account());
            tracing::info!(account = actor.account(), "second factor on");
            Ok(codes)
        };
        self.recorded(actor, "account.two-factor-on", subject, "", work).await
    }

    /// Turns the second factor off.
    ///
    /// # Errors
    /// 403 `step-up` without a fresh proof.
    pub async fn two_factor_off(&self, actor: &Actor) -> Result<(), Problem> {
        self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let subject = ActivitySubject::new("account", actor.account());
        let work = async {
            self.fresh(actor)?;
            self.change_factor(actor, None).await?;
            tracing::info!(account = actor.account(), "second factor off");
            Ok(())
        };
        self.recorded(actor, "account.two-factor-off", subject, "", work).await
    }

    async fn change_factor(&self, actor: &Actor, factor: Option<SecondFactor>) -> Result<(), Problem> {
        let accounts = &self.inner.accounts;
        let _turn = accounts.codes.lock().await;
        let record = self.own_record(actor)?;
        let new = AccountRecord {
            second_factor: factor,
            ..(*record).clone()
        };
        let store = self.inner.gate.store_for_authentication();
        match accounts.replace(store, &record, new).await? {
            Some(_) => Ok(()),
            None => Err(store_problem(&shipyard_store::StoreError::Stopped)),
        }
    }
}

/// Codes for people and their hashes: 60 random bits each, four letters apart.
fn recovery_codes() -> Result<(Vec<String>, Vec<[u8; 32]>), Problem> {
    let mut codes = Vec::with_capacity(CODES);
    let mut hashes = Vec::with_capacity(CODES);
    for _ in 0..CODES {
        let text: String = secret::base32(&secret::bytes::<8>()?).chars().take(12).collect();
        hashes.push(Sha256::digest(text.as_bytes()).into());
        let groups: Vec<String> = text
            .chars()
            .collect::<Vec<_>>()
            .chunks(4)
            .map(|c| c.iter().collect())
            .collect();
        codes.push(groups.join("-"));
    }
    Ok((codes, hashes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(recovery: Vec<[u8; 32]>) -> SecondFactor {
        SecondFactor {
            secret: Zeroizing::new(b"12345678901234567890".to_vec()),
            recovery,
            last_step: 0,
        }
    }

    /// The times and codes of RFC 6238, appendix B, in six digits.
    #[test]
    fn codes_are_those_of_the_rfc_and_hold_once() {
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            let now = Millis::from_seconds(seconds);
            let after = used(&factor(Vec::new()), &Secret::new(code), now).unwrap();
            assert!(used(&after, &Secret::new(code), now).is_none(), "a code holds once");
            let late = Millis::from_seconds(seconds + 90);
            assert!(
                used(&factor(Vec::new()), &Secret::new(code), late).is_none(),
                "too late"
            );
        }
        let spaced = Secret::new(" 287 082 ");
        assert!(used(&factor(Vec::new()), &spaced, Millis::from_seconds(59)).is_some());
    }

    #[test]
    fn a_recovery_code_holds_once_and_leaves_the_others() {
        let (codes, hashes) = recovery_codes().unwrap();
        assert_eq!((codes.len(), codes[0].len()), (10, 14));
        let now = Millis::from_seconds(1000);
        let left = used(&factor(hashes), &Secret::new(codes[3].to_uppercase()), now).unwrap();
        assert_eq!(left.recovery.len(), 9);
        assert!(used(&left, &Secret::new(codes[3].clone()), now).is_none());
        assert!(used(&left, &Secret::new(codes[4].clone()), now).is_some());
        for wrong in ["", "1234567", "abcd-efgh-ijkl"] {
            assert!(used(&left, &Secret::new(wrong), now).is_none(), "{wrong}");
        }
    }
}
