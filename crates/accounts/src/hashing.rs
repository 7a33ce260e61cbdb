//! Argon2id (RFC 9106) with the parameters OWASP recommends, and a bound on the memory it takes at once.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use tacenda_kernel::{Random, Secret};
use tokio::sync::Semaphore;

use crate::password_rules::normal;

/// 19 MiB a hash.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes computed at the same time: two take 38 MiB.
const AT_ONCE: usize = 2;
/// Those who wait for their turn: the last of them waits a second or two. Who comes then is refused.
const WAITING: usize = 64;

/// No hash could be computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HashingFailed;

/// Computes and checks hashes, off the threads that serve requests.
pub(crate) struct Hasher {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    checks: Arc<AtomicU64>,
    random: Arc<dyn Random>,
    nobody: String,
}

impl Hasher {
    /// A hasher, with a hash that nobody's password fits.
    pub(crate) fn new(random: Arc<dyn Random>) -> Result<Self, HashingFailed> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashingFailed)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut unknown = [0; 32];
        random.fill(&mut unknown);
        let nobody = hash(&argon2, &unknown, random.as_ref())?;
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let places = Arc::new(Semaphore::new(AT_ONCE + WAITING));
        Ok(Self { argon2, turns, places, checks: Arc::default(), random, nobody })
    }

    /// The PHC string of a new password.
    pub(crate) async fn hash(&self, password: &Secret<String>) -> Result<Secret<String>, HashingFailed> {
        let (argon2, password) = (self.argon2.clone(), normal(password));
        let random = Arc::clone(&self.random);
        // EXPOSE: hashing is what the password is for.
        let phc =
            self.in_turn(move || hash(&argon2, password.expose().as_bytes(), random.as_ref())).await??;
        Ok(Secret::new(phc))
    }

    /// Whether the password fits the hash.
    ///
    /// SECURITY: without a hash the same work is done on one that nothing fits, so that the time an answer takes does
    /// not tell which accounts exist.
    pub(crate) async fn fits(
        &self,
        password: &Secret<String>,
        phc: Option<Secret<String>>,
    ) -> Result<bool, HashingFailed> {
        let (argon2, password, known) = (self.argon2.clone(), normal(password), phc.is_some());
        let phc = phc.unwrap_or_else(|| Secret::new(self.nobody.clone()));
        let checks = Arc::clone(&self.checks);
        let fits = self.in_turn(move || {
            // EXPOSE: checking is what password and hash are for.
            let parsed = PasswordHash::new(phc.expose()).map_err(|_| HashingFailed)?;
            let fits = argon2.verify_password(password.expose().as_bytes(), &parsed).is_ok();
            checks.fetch_add(1, Ordering::Relaxed);
            Ok(fits)
        });
        Ok(fits.await?? && known)
    }

    /// How many checks were made.
    pub(crate) fn checks(&self) -> u64 {
        self.checks.load(Ordering::Relaxed)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingFailed> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            tracing::warn!("more passwords are to be checked than can wait");
            HashingFailed
        })?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| HashingFailed)?;
        // The turn moves into the work: a caller who goes away does not free memory that is still in use.
        let work = move || {
            let done = work();
            drop((turn, place));
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| HashingFailed)
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8], random: &dyn Random) -> Result<String, HashingFailed> {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let phc = argon2.hash_password_with_salt(password, &salt).map_err(|_| HashingFailed)?;
    Ok(phc.to_string())
}

#[cfg(test)]
mod tests {
    use tacenda_testkit::SeededRandom;

    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_hash_fits_its_own_password_only() {
        let hasher = Hasher::new(Arc::new(SeededRandom::new(1))).unwrap();
        let phc = hasher.hash(&secret("correct horse")).await.unwrap();
        assert!(phc.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", phc.expose());
        assert!(hasher.fits(&secret("correct horse"), Some(phc.clone())).await.unwrap());
        assert!(!hasher.fits(&secret("correct horsf"), Some(phc.clone())).await.unwrap());
        assert!(!hasher.fits(&secret("correct horse"), None).await.unwrap());
        assert_ne!(hasher.hash(&secret("correct horse")).await.unwrap().expose(), phc.expose());
    }

    #[tokio::test]
    async fn a_password_is_the_same_however_a_keyboard_composes_it() {
        let hasher = Hasher::new(Arc::new(SeededRandom::new(1))).unwrap();
        let phc = hasher.hash(&secret("perch\u{e9} \u{fb01}no 12")).await.unwrap();
        assert!(hasher.fits(&secret("perche\u{301} fino 12"), Some(phc)).await.unwrap());
    }

    #[tokio::test]
    async fn whoever_comes_when_too_many_wait_is_refused() {
        let hasher = Hasher::new(Arc::new(SeededRandom::new(1))).unwrap();
        let guess = secret("a guess");
        let all =
            futures::future::join_all((0..AT_ONCE + WAITING + 5).map(|_| hasher.fits(&guess, None))).await;
        assert_eq!(all.iter().filter(|answer| answer.is_err()).count(), 5);
        assert!(!hasher.fits(&guess, None).await.unwrap(), "and there is a place again");
    }

    /// Made by the reference implementation's command line (`argon2 somesalt -id -t 2 -m 16 -p 1 -l 32`), as listed in
    /// its own test file.
    #[tokio::test]
    async fn a_hash_of_the_reference_implementation_is_understood() {
        let hasher = Hasher::new(Arc::new(SeededRandom::new(1))).unwrap();
        let phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\
                   CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(hasher.fits(&secret("password"), Some(secret(phc))).await.unwrap());
        assert!(!hasher.fits(&secret("passwore"), Some(secret(phc))).await.unwrap());
    }
}
