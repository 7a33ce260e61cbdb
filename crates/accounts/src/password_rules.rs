//! Which passwords are accepted (NIST SP 800-63B: length and guessability, no rules about kinds of signs).

use tacenda_contracts::accounts::sign_in::PasswordFault;
use tacenda_kernel::{Role, Secret};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use crate::limits::is_privileged;

/// The longest password that is hashed, in bytes.
pub(crate) const LONGEST_PASSWORD: usize = 256;
/// The estimate takes time that grows with the square of the length, and what is this long is hard to guess.
const ESTIMATED: usize = 72;

/// The one form in which a password is looked at: what keyboards type differently and people read as the same is the same
/// (NIST SP 800-63B §5.1.1.2, NFKC).
pub(crate) fn normal(password: &Secret<String>) -> Secret<String> {
    // EXPOSE: it is wrapped again at once.
    Secret::new(password.expose().nfkc().collect())
}

/// The fewest characters of a password for somebody with these roles.
pub(crate) fn least_length(roles: &[Role]) -> u32 {
    if roles.iter().copied().any(is_privileged) { 15 } else { 12 }
}

/// Whether somebody with these roles may choose this password. `personal` is what others know of them.
pub(crate) fn check(
    password: &Secret<String>,
    roles: &[Role],
    personal: &[&str],
) -> Result<(), PasswordFault> {
    // EXPOSE: only its length is looked at.
    if password.expose().len() > LONGEST_PASSWORD {
        return Err(PasswordFault::TooLong { at_most: 256 });
    }
    let password = normal(password);
    // EXPOSE: its strength is estimated.
    let password = password.expose();
    let at_least = least_length(roles);
    if password.chars().count() < at_least as usize {
        return Err(PasswordFault::TooShort { at_least });
    }
    let beginning: String = password.chars().take(ESTIMATED).collect();
    let words: Vec<&str> = personal.iter().flat_map(|text| text.split(['@', '.', ' ', '-'])).collect();
    let joined: Vec<String> = personal.iter().map(|text| text.replace([' ', '.', '-'], "")).collect();
    let joined = joined.iter().map(String::as_str);
    let known: Vec<&str> = personal.iter().copied().chain(words).chain(joined).chain(["tacenda"]).collect();
    let wanted = if roles.iter().copied().any(is_privileged) { Score::Four } else { Score::Three };
    if zxcvbn(&beginning, &known).score() < wanted { Err(PasswordFault::Guessable) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_strength_follow_the_roles() {
        let of = |password: &str, roles: &[Role]| {
            check(&Secret::new(password.to_owned()), roles, &["Anna Rossi", "anna.rossi@example.org"])
        };
        let (clinician, administrator) = ([Role::Clinician], [Role::Administrator]);
        assert_eq!(of("kelp7Vortex", &clinician), Err(PasswordFault::TooShort { at_least: 12 }));
        assert_eq!(of("kelp-vortex-93-lamp", &clinician), Ok(()));
        assert_eq!(of("zuFq!83m-vTw", &administrator), Err(PasswordFault::TooShort { at_least: 15 }));
        assert_eq!(of("kelp-vortex-93-lamp-river", &administrator), Ok(()));
        for easy in
            ["passwordpassword", "123456789012345", "qwertyuiop12", "annarossi1234", "aaaaaaaaaaaaaaaa"]
        {
            assert_eq!(of(easy, &clinician), Err(PasswordFault::Guessable), "{easy}");
        }
        assert_eq!(of(&"x".repeat(257), &clinician), Err(PasswordFault::TooLong { at_most: 256 }));
        assert_eq!(
            of("\u{e8}".repeat(11).as_str(), &clinician),
            Err(PasswordFault::TooShort { at_least: 12 })
        );
    }

    #[test]
    fn the_longest_password_is_estimated_at_once() {
        let long = Secret::new("correct horse battery staple ".repeat(8));
        assert_eq!(check(&long, &[Role::Patient], &[]), Ok(()));
    }
}
