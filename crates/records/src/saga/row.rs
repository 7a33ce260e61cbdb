//! A row of the log, and the MAC over all of it: the database's owner can neither commit nor give up a saga by an edit.

use jiff::Timestamp;
use tacenda_crypto::MacKey;
use tacenda_kernel::{Compartment, CompartmentSet};
use tokio_postgres::Row;
use uuid::Uuid;

/// A saga as the log knows it.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    pub(crate) saga: Uuid,
    pub(crate) instance: i64,
    pub(crate) state: State,
    pub(crate) compartments: CompartmentSet,
    pub(crate) enrols: bool,
    /// The keyed hash of the caller's idempotency key.
    pub(crate) submission: Option<[u8; 32]>,
    /// When it began, to the microsecond.
    pub(crate) begun_at: Timestamp,
}

/// How far a saga is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is not decided.
    Open = 1,
    /// It was committed: all of it is, or will be, there.
    Committed = 2,
    /// It was given up: nothing of it will be there.
    Aborted = 3,
}

impl State {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Committed => "committed",
            Self::Aborted => "aborted",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Self::Open, Self::Committed, Self::Aborted].into_iter().find(|state| state.as_str() == text)
    }
}

/// A row is not as this application wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Altered(
    /// Which saga it says that it is.
    pub(crate) Option<Uuid>,
);

impl Logged {
    pub(crate) fn is_committed(&self) -> bool {
        self.state == State::Committed
    }

    pub(super) fn compartment_names(&self) -> Vec<&'static str> {
        self.compartments.iter().map(Compartment::as_str).collect()
    }

    /// The MAC of the row once it is in that state. Every part has one length, but for the last.
    pub(super) fn tag(&self, key: &MacKey, state: State) -> [u8; 32] {
        let mut row = self.saga.as_bytes().to_vec();
        row.extend_from_slice(&self.instance.to_be_bytes());
        row.push(state as u8);
        row.extend(Compartment::ALL.map(|one| u8::from(self.compartments.contains(one))));
        row.push(u8::from(self.enrols));
        row.extend_from_slice(&self.begun_at.as_microsecond().to_be_bytes());
        row.extend(self.submission.iter().flatten());
        key.mac(&row)
    }

    /// Reads all columns, in the order of the table.
    pub(super) fn read(row: &Row, key: &MacKey) -> Result<Self, Altered> {
        let altered = Altered(row.try_get(0).ok());
        let logged = Self::columns(row).ok_or(altered)?;
        let tag: Option<[u8; 32]> = row.try_get::<_, &[u8]>(7).ok().and_then(|tag| tag.try_into().ok());
        if tag.as_ref() == Some(&logged.tag(key, logged.state)) { Ok(logged) } else { Err(altered) }
    }

    fn columns(row: &Row) -> Option<Self> {
        let names: Vec<String> = row.try_get(3).ok()?;
        let submission: Option<&[u8]> = row.try_get(5).ok()?;
        Some(Self {
            saga: row.try_get(0).ok()?,
            instance: row.try_get(1).ok()?,
            state: State::of(row.try_get(2).ok()?)?,
            compartments: names
                .iter()
                .map(|name| name.parse::<Compartment>())
                .collect::<Result<_, _>>()
                .ok()?,
            enrols: row.try_get(4).ok()?,
            submission: submission.map(TryInto::try_into).transpose().ok()?,
            begun_at: row.try_get(6).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use tacenda_crypto::MasterKey;
    use tacenda_kernel::Secret;

    use super::*;

    #[test]
    fn every_column_and_the_state_is_under_the_tag() {
        let key = MasterKey::from_bytes(&Secret::new([1; 32])).saga_row_key();
        let row = Logged {
            saga: Uuid::from_u128(1),
            instance: 2,
            state: State::Open,
            compartments: [Compartment::Contact, Compartment::Field].into_iter().collect(),
            enrols: false,
            submission: Some([3; 32]),
            begun_at: Timestamp::UNIX_EPOCH,
        };
        let others = [
            Logged { saga: Uuid::from_u128(2), ..row.clone() },
            Logged { instance: 3, ..row.clone() },
            Logged { compartments: [Compartment::Contact].into_iter().collect(), ..row.clone() },
            Logged { enrols: true, ..row.clone() },
            Logged { submission: None, ..row.clone() },
            Logged { submission: Some([4; 32]), ..row.clone() },
            Logged { begun_at: Timestamp::MAX, ..row.clone() },
        ];
        let tag = row.tag(&key, State::Open);
        assert!(others.iter().all(|other| other.tag(&key, State::Open) != tag));
        assert!([State::Committed, State::Aborted].iter().all(|state| row.tag(&key, *state) != tag));
    }
}
