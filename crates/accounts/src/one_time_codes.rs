//! Codes of authenticator apps (RFC 6238: SHA-1, six digits, 30 seconds) and recovery codes.

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use tacenda_kernel::{Random, Secret};
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

/// RFC 4226 §4 recommends 160 bits.
const SECRET_BYTES: usize = 20;
const STEP_SECONDS: u64 = 30;
/// 80 bits each: as many as can be typed.
const RECOVERY_BYTES: usize = 10;
/// How many recovery codes are made at once.
pub(crate) const RECOVERY_CODES: usize = 10;
/// The longest code that is looked at, with what people put between.
pub(crate) const LONGEST_CODE: usize = 40;

/// The secret or its labels make no codes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoCodes;

/// A new secret.
pub(crate) fn make_secret(random: &dyn Random) -> Secret<Vec<u8>> {
    let mut secret = vec![0; SECRET_BYTES];
    random.fill(&mut secret);
    Secret::new(secret)
}

/// As it is typed into an app.
pub(crate) fn base32(secret: &Secret<Vec<u8>>) -> Secret<String> {
    // EXPOSE: it is wrapped again at once.
    Secret::new(BASE32_NOPAD.encode(secret.expose()))
}

/// As an app reads it from a QR code.
pub(crate) fn uri(secret: &Secret<Vec<u8>>, account: &str, issuer: &str) -> Result<Secret<String>, NoCodes> {
    totp(secret, account, issuer)?.to_url().map(Secret::new).map_err(|_| NoCodes)
}

/// The time step whose code this is: now, the one before, or the next.
pub(crate) fn step_of(secret: &Secret<Vec<u8>>, code: &str, now: Timestamp) -> Result<Option<i64>, NoCodes> {
    let seconds = u64::try_from(now.as_second()).map_err(|_| NoCodes)?;
    let step = totp(secret, "", "")?.check(code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// What an authenticator app with this secret in base32 shows at this moment. None where it is no secret of one.
#[must_use]
pub fn authenticator_code(secret: &Secret<String>, now: Timestamp) -> Option<Secret<String>> {
    // EXPOSE: a code is made from it.
    let secret = BASE32_NOPAD.decode(secret.expose().as_bytes()).ok().map(Secret::new)?;
    code_at(&secret, now).ok()
}

fn code_at(secret: &Secret<Vec<u8>>, now: Timestamp) -> Result<Secret<String>, NoCodes> {
    let seconds = u64::try_from(now.as_second()).map_err(|_| NoCodes)?;
    Ok(Secret::new(totp(secret, "", "")?.generate(seconds).to_string()))
}

fn totp(secret: &Secret<Vec<u8>>, account: &str, issuer: &str) -> Result<Totp, NoCodes> {
    // EXPOSE: codes are made from it; `Totp` wipes its copy.
    Builder::new()
        .with_secret(secret.expose().clone())
        .with_skew(1)
        .with_step_duration(STEP_SECONDS)
        .with_account_name(account)
        .with_issuer((!issuer.is_empty()).then_some(issuer))
        .build()
        .map_err(|_| NoCodes)
}

/// Ten new recovery codes, four groups of four each.
pub(crate) fn make_recovery_codes(random: &dyn Random) -> Vec<Secret<String>> {
    let make = || {
        let mut bytes = Zeroizing::new([0; RECOVERY_BYTES]);
        random.fill(bytes.as_mut_slice());
        let digits = Zeroizing::new(BASE32_NOPAD.encode(bytes.as_slice()).to_lowercase());
        let groups: Vec<&str> =
            (0..digits.len()).step_by(4).filter_map(|at| digits.get(at..at + 4)).collect();
        Secret::new(groups.join("-"))
    };
    std::iter::repeat_with(make).take(RECOVERY_CODES).collect()
}

/// What somebody typed.
pub(crate) enum Typed {
    /// Six digits.
    Totp(Secret<String>),
    /// Anything else: a recovery code, or nothing that was ever made.
    Recovery(Secret<String>),
}

/// A code without what people put between, in the one form in which it is compared.
pub(crate) fn typed(code: &Secret<String>) -> Typed {
    // EXPOSE: each form is wrapped again at once.
    let signs: Zeroizing<String> =
        code.expose().chars().filter(|sign| !sign.is_whitespace() && *sign != '-').collect::<String>().into();
    if signs.len() == 6 && signs.bytes().all(|sign| sign.is_ascii_digit()) {
        Typed::Totp(Secret::new(signs.to_string()))
    } else {
        // Base32 has no 0, 1 and 8: those who read them meant O, I and B.
        let letters = signs.to_lowercase().replace('0', "o").replace('1', "i").replace('8', "b");
        Typed::Recovery(Secret::new(letters))
    }
}

#[cfg(test)]
mod tests {
    use tacenda_testkit::SeededRandom;

    use super::*;

    /// RFC 6238, appendix B, the rows of SHA-1, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = Secret::new(b"12345678901234567890".to_vec());
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_second(second).unwrap();
            assert_eq!(code_at(&secret, now).unwrap().expose(), code);
            assert_eq!(step_of(&secret, code, now).unwrap(), Some(second / 30));
            let near =
                |by: i64| step_of(&secret, code, Timestamp::from_second(second + by).unwrap()).unwrap();
            assert_eq!(near(30), Some(second / 30));
            assert_eq!(near(90), None);
        }
    }

    #[test]
    fn an_app_reads_the_secret_from_the_uri() {
        let secret = make_secret(&SeededRandom::new(1));
        let uri = uri(&secret, "anna@example.org", "Tacenda").unwrap();
        let read = Totp::from_url(uri.expose()).unwrap();
        assert_eq!(read.secret().to_base32(), *base32(&secret).expose());
        assert_eq!((read.digits(), read.step()), (6, 30));
        assert_eq!((read.issuer(), read.account_name()), (Some("Tacenda"), "anna@example.org"));
    }

    #[test]
    fn recovery_codes_are_recognised_as_people_type_them() {
        let codes = make_recovery_codes(&SeededRandom::new(1));
        assert_eq!(codes.len(), RECOVERY_CODES);
        for code in &codes {
            let code = code.expose();
            assert_eq!(code.len(), 19);
            for way in [
                code.clone(),
                code.to_uppercase(),
                code.replace('-', " "),
                code.replace('-', ""),
                format!(" {code}\n"),
            ] {
                let Typed::Recovery(read) = typed(&Secret::new(way)) else { panic!("no recovery code") };
                assert_eq!(*read.expose(), code.replace('-', ""));
            }
        }
        let Typed::Totp(read) = typed(&Secret::new("123 456".to_owned())) else { panic!("no code") };
        assert_eq!(read.expose(), "123456");
    }
}
