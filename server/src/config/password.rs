//! Where the first password of `admin` comes from.
use super::{BadConfig, Settings};
use shipyard_model::Secret;
use shipyard_yard::FirstPassword;

/// Environment variable with the first password. It is no flag: arguments of a process are open to all its neighbours.
pub(super) const VARIABLE: &str = "SHIPYARD_ADMIN_PASSWORD";

/// The operator's password where one was given; the guide's on loopback, a random one elsewhere.
pub(crate) fn first_password(settings: &Settings) -> Result<FirstPassword, BadConfig> {
    let given = match &settings.admin_password_file {
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
            BadConfig::Sentence(format!("cannot read the password file {}: {error}", path.display()))
        })?),
        None => std::env::var(VARIABLE).ok().filter(|text| !text.is_empty()),
    };
    Ok(match given {
        Some(text) => {
            let password = Secret::new(text.trim_end_matches(['\n', '\r']));
            if password.is_empty() {
                return Err(BadConfig::Sentence("the first password of admin is empty".into()));
            }
            FirstPassword::Supplied(password)
        }
        None if settings.listen.ip().is_loopback() => FirstPassword::Guide,
        None => FirstPassword::Random,
    })
}
