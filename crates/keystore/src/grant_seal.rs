//! What makes a stored grant believed: a MAC over all that it says.
//!
//! SECURITY: a grant opens records, so that whoever can write the table must not be able to make one, lengthen one, or
//! give one to another account. Putting back a row that was once written is not stopped by it.

use jiff::Timestamp;
use tacenda_contracts::keystore::Grant;
use tacenda_crypto::MacKey;
use tacenda_kernel::{ActorId, Pseudonym, realms};

use crate::store::grants::kind_name;

/// A grant with everything that its row says.
#[derive(Clone, Debug)]
pub(crate) struct GivenGrant {
    /// To whose records.
    pub(crate) patient: Pseudonym<realms::Root>,
    /// What was given, and to whom.
    pub(crate) grant: Grant,
    /// Who gave it.
    pub(crate) by: ActorId,
    /// When, to the microsecond, as the database keeps it.
    pub(crate) at: Timestamp,
}

impl GivenGrant {
    /// The tag that its row has.
    pub(crate) fn seal(&self, key: &MacKey) -> [u8; 32] {
        key.mac(&self.message())
    }

    /// Whether `tag` is its own.
    pub(crate) fn is_sealed_by(&self, key: &MacKey, tag: &[u8]) -> bool {
        tag.try_into().is_ok_and(|tag| key.verify(&self.message(), tag))
    }

    /// Fields of known length first, then two names that each end in a zero byte: no two grants have one message.
    fn message(&self) -> Vec<u8> {
        let Grant { kind, actor, purpose, until } = self.grant;
        let mut message = Vec::with_capacity(96);
        message.extend_from_slice(&self.patient.to_bytes());
        message.push(u8::from(actor.is_some()));
        message.extend_from_slice(actor.map(|actor| actor.0).unwrap_or_default().as_bytes());
        message.extend_from_slice(self.by.0.as_bytes());
        message.extend_from_slice(&until.as_microsecond().to_be_bytes());
        message.extend_from_slice(&self.at.as_microsecond().to_be_bytes());
        for name in [kind_name(kind), purpose.code()] {
            message.extend_from_slice(name.as_bytes());
            message.push(0);
        }
        message
    }
}
