//! From where a request of a browser comes, as it is kept and compared.

use std::net::IpAddr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use tacenda_contracts::accounts::sign_in::Visit;
use tacenda_crypto::sha256;
use tacenda_kernel::RequestContext;
use tacenda_kernel::{Network, Secret};
use uuid::Uuid;

use crate::{
    sealing::{Sealed, Sealer, SealingFailed},
    service::Accounts,
};

const LONGEST_AGENT: usize = 200;
/// 256 bits as base64url.
const TOKEN_LENGTH: usize = 43;

/// What is kept of a visit, sealed.
#[derive(Serialize, Deserialize)]
struct Stored {
    agent: String,
    network: Option<IpAddr>,
}

/// What its owner is shown of a visit.
pub(crate) struct Shown {
    pub(crate) agent: Secret<String>,
    pub(crate) network: Option<Secret<String>>,
}

pub(crate) fn seal(sealer: &Sealer, id: Uuid, visit: &Visit) -> Result<Vec<u8>, SealingFailed> {
    let printing = visit.agent.chars().filter(|sign| !sign.is_control());
    let stored = Stored { agent: printing.take(LONGEST_AGENT).collect(), network: visit.network };
    let plain = Secret::new(postcard::to_stdvec(&stored).map_err(|_| SealingFailed)?);
    // EXPOSE: it is sealed.
    Ok(sealer.seal(&Sealed::Visit(id), plain.expose()))
}

pub(crate) fn open(sealer: &Sealer, id: Uuid, sealed: &[u8]) -> Result<Shown, SealingFailed> {
    let plain = sealer.open(&Sealed::Visit(id), sealed)?;
    // EXPOSE: each part is wrapped again at once.
    let stored: Stored = postcard::from_bytes(plain.expose()).map_err(|_| SealingFailed)?;
    let network = stored.network.map(|network| Secret::new(network.to_canonical().to_string()));
    Ok(Shown { agent: Secret::new(stored.agent), network })
}

/// The network a visit comes from: what one household or one site shares (/24, /56).
pub(crate) fn network(visit: &Visit) -> String {
    Network::of(visit.network).to_string()
}

/// Where an entry about a visit says that it came from.
pub(crate) fn context(visit: &Visit) -> RequestContext {
    visit.request()
}

/// Under what the browser of a visit is stored, where it says that it is known.
pub(crate) fn device(visit: &Visit) -> Option<[u8; 32]> {
    visit.device.as_ref().and_then(token_hash)
}

/// 256 random bits for a cookie or a link.
pub(crate) fn make_token(accounts: &Accounts) -> Secret<String> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    accounts.random.fill(bytes.as_mut_slice());
    Secret::new(BASE64URL_NOPAD.encode(bytes.as_slice()))
}

/// Under what a token is stored. None for a text that no token is.
pub(crate) fn token_hash(token: &Secret<String>) -> Option<[u8; 32]> {
    // EXPOSE: it is hashed; it has 256 random bits, so the hash tells nothing.
    let token = token.expose();
    (token.len() == TOKEN_LENGTH).then(|| sha256(token.as_bytes()))
}
