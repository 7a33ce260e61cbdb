//! What makes a patient's row believed: a MAC over all that it says.
//!
//! SECURITY: the state decides whether somebody's records are there, and for how long, so whoever can write the table must
//! not be able to set it. A row that was once written and is put back has its MAC: that it is not the newest follows
//! from the ledger.

use jiff::Timestamp;
use tacenda_crypto::{KeyGeneration, MacKey};
use tacenda_kernel::{ActorId, Pseudonym, realms};
use tokio_postgres::Row;
use uuid::Uuid;

/// Where a patient stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Their saga is under way: they exist for nobody.
    Reserved,
    /// They are there.
    Active,
    /// Their keys were destroyed.
    Erased,
}

impl State {
    const ALL: [Self; 3] = [Self::Reserved, Self::Active, Self::Erased];

    /// The name it is stored under.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Active => "active",
            Self::Erased => "erased",
        }
    }
}

/// All that a patient's row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatientRow {
    pub(crate) patient: Pseudonym<realms::Root>,
    pub(crate) state: State,
    /// The saga that enrolled them.
    pub(crate) saga: Uuid,
    pub(crate) enrolled_by: ActorId,
    /// The code of the purpose.
    pub(crate) enrolled_for: String,
    pub(crate) enrolled_at: Timestamp,
    /// Which of their keys are the newest.
    pub(crate) generation: KeyGeneration,
    pub(crate) erased_at: Option<Timestamp>,
}

/// A row with the tag that it has.
#[derive(Clone, Debug)]
pub(crate) struct TaggedPatient {
    pub(crate) row: PatientRow,
    pub(crate) tag: Vec<u8>,
}

/// The columns that [`TaggedPatient::read`] reads.
macro_rules! patient_columns {
    () => {
        "p.patient, p.state, p.saga, p.enrolled_by, p.enrolled_for, p.enrolled_at, p.key_generation, \
         p.erased_at, p.tag"
    };
}
pub(crate) use patient_columns;

/// How many columns that are.
pub(crate) const PATIENT_COLUMNS: usize = 9;

impl TaggedPatient {
    /// Reads the row; none where it has no meaning or its tag is not its own.
    pub(crate) fn read(row: &Row, key: &MacKey) -> Option<Self> {
        let number = <[u8; 16]>::try_from(row.try_get::<_, &[u8]>(0).ok()?).ok()?;
        let state = row.try_get::<_, &str>(1).ok()?;
        let read = PatientRow {
            patient: Pseudonym::from_bytes(number),
            state: State::ALL.into_iter().find(|one| one.as_str() == state)?,
            saga: row.try_get(2).ok()?,
            enrolled_by: ActorId(row.try_get(3).ok()?),
            enrolled_for: row.try_get(4).ok()?,
            enrolled_at: row.try_get(5).ok()?,
            generation: KeyGeneration::new(row.try_get(6).ok()?)?,
            erased_at: row.try_get(7).ok()?,
        };
        let tag: Vec<u8> = row.try_get(8).ok()?;
        let own = tag.as_slice().try_into().is_ok_and(|tag| key.verify(&read.message(), tag));
        own.then_some(Self { row: read, tag })
    }
}

impl PatientRow {
    /// The tag that the row has.
    pub(crate) fn seal(&self, key: &MacKey) -> Vec<u8> {
        key.mac(&self.message()).to_vec()
    }

    /// Fields of known length first, then two names that each end in a zero byte: no two rows have one message.
    fn message(&self) -> Vec<u8> {
        let mut message = Vec::with_capacity(96);
        message.extend_from_slice(&self.patient.to_bytes());
        message.extend_from_slice(self.saga.as_bytes());
        message.extend_from_slice(self.enrolled_by.0.as_bytes());
        message.extend_from_slice(&self.enrolled_at.as_microsecond().to_be_bytes());
        message.extend_from_slice(&self.generation.number().to_be_bytes());
        message.push(u8::from(self.erased_at.is_some()));
        message.extend_from_slice(&self.erased_at.map_or(0, Timestamp::as_microsecond).to_be_bytes());
        for name in [self.state.as_str(), &self.enrolled_for] {
            message.extend_from_slice(name.as_bytes());
            message.push(0);
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use tacenda_crypto::MasterKey;
    use tacenda_kernel::Secret;

    use super::*;

    fn row() -> PatientRow {
        PatientRow {
            patient: Pseudonym::from_bytes([1; 16]),
            state: State::Active,
            saga: Uuid::from_u128(2),
            enrolled_by: ActorId(Uuid::from_u128(3)),
            enrolled_for: "TREAT".to_owned(),
            enrolled_at: Timestamp::UNIX_EPOCH,
            generation: KeyGeneration::FIRST,
            erased_at: None,
        }
    }

    #[test]
    fn every_field_is_under_the_tag() {
        let key = MasterKey::from_bytes(&Secret::new([1; 32])).patient_row_key();
        let others = [
            PatientRow { patient: Pseudonym::from_bytes([9; 16]), ..row() },
            PatientRow { state: State::Reserved, ..row() },
            PatientRow { saga: Uuid::from_u128(9), ..row() },
            PatientRow { enrolled_by: ActorId(Uuid::from_u128(9)), ..row() },
            PatientRow { enrolled_for: "TREA".to_owned(), ..row() },
            PatientRow { enrolled_at: Timestamp::MAX, ..row() },
            PatientRow { generation: KeyGeneration::new(2).unwrap(), ..row() },
            PatientRow { erased_at: Some(Timestamp::UNIX_EPOCH), ..row() },
        ];
        assert!(others.iter().all(|other| other.seal(&key) != row().seal(&key)));
    }
}
