//! What makes a stored grant believed: a MAC over all that it says, its end included.
//!
//! SECURITY: a grant opens records, so that whoever can write the table must not be able to make one, lengthen one, give
//! one to another account, or take its end away. A row that was once written and is put back has its MAC: that it ended
//! is in the ledger.

use jiff::Timestamp;
use tacenda_contracts::keystore::Grant;
use tacenda_crypto::MacKey;
use tacenda_kernel::{ActorId, Pseudonym, Purpose, realms};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::store::grants::{kind, kind_name};

/// Where a grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantState {
    /// It gives nothing yet.
    Pending,
    /// It is in force until its time is over.
    Given,
    /// It was withdrawn or replaced then.
    Withdrawn(Timestamp),
}

impl GrantState {
    /// The name it is stored under.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Given => "given",
            Self::Withdrawn(_) => "withdrawn",
        }
    }
}

/// A grant with everything that its row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GrantRow {
    /// Its own random number.
    pub(crate) id: Uuid,
    /// To whose records.
    pub(crate) patient: Pseudonym<realms::Root>,
    /// What was given, and to whom.
    pub(crate) grant: Grant,
    /// Who gave it.
    pub(crate) by: ActorId,
    /// When, to the microsecond, as the database keeps it.
    pub(crate) at: Timestamp,
    /// Whether it is in force.
    pub(crate) state: GrantState,
}

/// A row with the tag that it has.
#[derive(Clone, Debug)]
pub(crate) struct TaggedGrant {
    pub(crate) row: GrantRow,
    pub(crate) tag: Vec<u8>,
}

/// The columns that [`TaggedGrant::read`] reads.
macro_rules! grant_columns {
    () => {
        "g.grant_id, g.patient, g.actor, g.kind, g.purpose, g.until_at, g.granted_by, g.granted_at, g.state, \
         g.withdrawn_at, g.tag"
    };
}
pub(crate) use grant_columns;

impl TaggedGrant {
    /// Reads the row from column `first` on; none where it has no meaning or its tag is not its own.
    pub(crate) fn read(row: &Row, first: usize, key: &MacKey) -> Option<Self> {
        let number = <[u8; 16]>::try_from(row.try_get::<_, &[u8]>(first + 1).ok()?).ok()?;
        let withdrawn_at: Option<Timestamp> = row.try_get(first + 9).ok()?;
        let state = match (row.try_get::<_, &str>(first + 8).ok()?, withdrawn_at) {
            ("pending", None) => GrantState::Pending,
            ("given", None) => GrantState::Given,
            ("withdrawn", Some(at)) => GrantState::Withdrawn(at),
            _ => return None,
        };
        let grant = Grant {
            kind: kind(row.try_get(first + 3).ok()?).ok()?,
            actor: row.try_get::<_, Option<Uuid>>(first + 2).ok()?.map(ActorId),
            purpose: row.try_get::<_, &str>(first + 4).ok()?.parse::<Purpose>().ok()?,
            until: row.try_get(first + 5).ok()?,
        };
        let read = GrantRow {
            id: row.try_get(first).ok()?,
            patient: Pseudonym::from_bytes(number),
            grant,
            by: ActorId(row.try_get(first + 6).ok()?),
            at: row.try_get(first + 7).ok()?,
            state,
        };
        let tag: Vec<u8> = row.try_get(first + 10).ok()?;
        let own = tag.as_slice().try_into().is_ok_and(|tag| key.verify(&read.message(), tag));
        own.then_some(Self { row: read, tag })
    }
}

impl GrantRow {
    /// The tag that its row has.
    pub(crate) fn seal(&self, key: &MacKey) -> Vec<u8> {
        key.mac(&self.message()).to_vec()
    }

    /// The same grant at another stand.
    pub(crate) fn now(&self, state: GrantState) -> Self {
        Self { state, ..self.clone() }
    }

    /// Fields of known length first, then names that each end in a zero byte: no two grants have one message.
    fn message(&self) -> Vec<u8> {
        let Grant { kind, actor, purpose, until } = self.grant;
        let ended = match self.state {
            GrantState::Withdrawn(at) => at.as_microsecond(),
            GrantState::Pending | GrantState::Given => 0,
        };
        let mut message = Vec::with_capacity(144);
        message.extend_from_slice(self.id.as_bytes());
        message.extend_from_slice(&self.patient.to_bytes());
        message.push(u8::from(actor.is_some()));
        message.extend_from_slice(actor.map(|actor| actor.0).unwrap_or_default().as_bytes());
        message.extend_from_slice(self.by.0.as_bytes());
        for time in [until.as_microsecond(), self.at.as_microsecond(), ended] {
            message.extend_from_slice(&time.to_be_bytes());
        }
        for name in [self.state.as_str(), kind_name(kind), purpose.code()] {
            message.extend_from_slice(name.as_bytes());
            message.push(0);
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use tacenda_contracts::keystore::GrantKind;
    use tacenda_crypto::MasterKey;
    use tacenda_kernel::Secret;

    use super::*;

    fn row() -> GrantRow {
        let actor = Some(ActorId(Uuid::from_u128(3)));
        let until = Timestamp::MAX;
        GrantRow {
            id: Uuid::from_u128(1),
            patient: Pseudonym::from_bytes([1; 16]),
            grant: Grant { kind: GrantKind::Care, actor, purpose: Purpose::Treatment, until },
            by: ActorId(Uuid::from_u128(4)),
            at: Timestamp::UNIX_EPOCH,
            state: GrantState::Given,
        }
    }

    #[test]
    fn every_field_is_under_the_tag() {
        let key = MasterKey::from_bytes(&Secret::new([1; 32])).grant_key();
        let of = |grant| GrantRow { grant, ..row() };
        let others = [
            GrantRow { id: Uuid::from_u128(9), ..row() },
            GrantRow { patient: Pseudonym::from_bytes([9; 16]), ..row() },
            of(Grant { kind: GrantKind::StreamNeed, ..row().grant }),
            of(Grant { actor: None, ..row().grant }),
            of(Grant { purpose: Purpose::Operations, ..row().grant }),
            of(Grant { until: Timestamp::UNIX_EPOCH, ..row().grant }),
            GrantRow { by: ActorId(Uuid::from_u128(9)), ..row() },
            GrantRow { at: Timestamp::MAX, ..row() },
            row().now(GrantState::Pending),
            row().now(GrantState::Withdrawn(Timestamp::UNIX_EPOCH)),
            row().now(GrantState::Withdrawn(Timestamp::MAX)),
        ];
        for (place, other) in others.iter().enumerate() {
            assert!(other.seal(&key) != row().seal(&key));
            assert!(others[place + 1..].iter().all(|another| another.seal(&key) != other.seal(&key)));
        }
    }
}
