//! What a new password must be: long, and not one of those that everybody tries first. No rules on kinds of letters:
//! they make passwords worse.
use super::common::COMMON;
use super::first::GUIDE;
use shipyard_model::{Problem, Secret};

/// Fewest letters of a password.
const LEAST: usize = 12;
/// Most letters of a password.
const MOST: usize = 256;

/// Checks a new password of an account.
pub(super) fn check(account: &str, password: &Secret) -> Result<(), Problem> {
    let text = password.reveal();
    let lower = text.to_lowercase();
    let refuse = |code: &str, detail: String| Err(Problem::new(422, code, detail).field("new"));
    if lower == GUIDE {
        return refuse(
            "password.guide",
            "This is the password of the guide, which everybody knows.".to_owned(),
        );
    }
    if text.chars().count() < LEAST {
        let detail = format!("The password has fewer than {LEAST} letters.");
        return refuse("password.too-short", detail)
            .map_err(|p| p.hint("Several words make a good one.").arg("least", LEAST));
    }
    if text.chars().count() > MOST {
        let detail = format!("The password has more than {MOST} letters.");
        return refuse("password.too-long", detail).map_err(|p| p.arg("most", MOST));
    }
    if is_told_by(&lower, &account.to_lowercase()) {
        return refuse(
            "password.is-name",
            "The password is made of the account's name.".to_owned(),
        );
    }
    if is_common(&lower) {
        let detail = "This is one of the passwords that are tried first.".to_owned();
        return refuse("password.common", detail).map_err(|p| p.hint("Several words make a good one."));
    }
    Ok(())
}

/// Whether the password is nothing but a word, once or more, with digits and signs.
fn is_told_by(password: &str, word: &str) -> bool {
    let rest = password.replace(word, "");
    !word.is_empty() && rest != password && rest.trim_matches(|c: char| !c.is_alphabetic()).is_empty()
}

/// Whether the password is a common one, alone, repeated, or with digits and signs around it; or one letter only.
fn is_common(password: &str) -> bool {
    let first = password.chars().next();
    let one_letter = password.chars().all(|c| Some(c) == first);
    let core = password.trim_matches(|c: char| !c.is_alphabetic());
    one_letter
        || core.chars().count() < 3
        || COMMON
            .iter()
            .any(|c| password == *c || core == *c || is_repeated(password, c))
}

fn is_repeated(password: &str, word: &str) -> bool {
    password.len() > word.len() && password.replace(word, "").is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(password: &str) -> Result<(), String> {
        check("Margot", &Secret::new(password)).map_err(|p| p.code)
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for (password, wanted) in [
            ("shipyard", "password.guide"),
            ("Shipyard", "password.guide"),
            ("", "password.too-short"),
            ("elevenchars", "password.too-short"),
            ("margotmargot", "password.is-name"),
            ("MARGOT-2026!!", "password.is-name"),
            ("password1234", "password.common"),
            ("passwordpassword", "password.common"),
            ("123456789012", "password.common"),
            ("qwertyuiop123", "password.common"),
            ("aaaaaaaaaaaa", "password.common"),
            ("shipyardshipyard", "password.common"),
        ] {
            assert_eq!(code(password), Err(wanted.to_owned()), "{password}");
        }
        assert_eq!(code(&"lo ng".repeat(60)), Err("password.too-long".to_owned()));
    }

    #[test]
    fn words_do() {
        for good in [
            "correct horse battery",
            "été à la montagne",
            "margot aime les bateaux",
            "xk7-92fpq-lm3",
        ] {
            assert_eq!(code(good), Ok(()), "{good}");
        }
    }

    proptest! {
        #[test]
        fn a_refusal_never_holds_the_password(password in "[a-z0-9 ]{1,300}") {
            if let Err(problem) = check("admin", &Secret::new(password.clone())) {
                let told = format!("{problem:?}");
                prop_assert!(password.len() < 6 || !told.contains(&password));
            }
        }
    }
}
