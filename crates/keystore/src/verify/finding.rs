//! What can be wrong with the keystore, one sentence each.

use std::fmt;

use tacenda_kernel::{Pseudonym, realms};
use uuid::Uuid;

/// A patient as findings name them: by their number in the ledger.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Named(pub Pseudonym<realms::Ledger>);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0.to_bytes()))
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A key that is made once is not there.
    KeysMissing(String),
    /// A key that is made once does not open.
    KeyDamaged(String),
    /// An entry that the keystore made does not open.
    EntryDamaged(u64),
    /// A patient's row is not what was written.
    PatientAltered(Option<Named>),
    /// A patient is registered in the ledger and has no row.
    PatientMissing(Named),
    /// A patient has a row and no registration in the ledger.
    PatientNotRegistered(Named),
    /// A patient was registered, and neither confirmed nor given up, for a while.
    PatientReserved(Named),
    /// A patient was erased, and the row says otherwise.
    ErasureUndone(Named),
    /// A row says that a patient was erased, and the ledger has no erasure.
    ErasureNotRecorded(Named),
    /// An erased patient has keys.
    KeysOfErased(Named),
    /// A patient's key is not there.
    PatientKeyMissing(Named, &'static str),
    /// A patient's key does not open.
    PatientKeyDamaged(Named, &'static str),
    /// Keys whose patient has no row, or of a generation that the patient has not.
    StrayKeys(u64),
    /// A grant's row is not what was written.
    GrantAltered(Option<Uuid>),
    /// A grant has a row and none of it is in the ledger.
    GrantNotRecorded(Uuid),
    /// A grant was given, and there is no row.
    GrantMissing(Uuid),
    /// A grant ended, and its row says that it is in force.
    GrantBack(Uuid),
    /// A grant's row says that it ended, and the ledger does not.
    GrantEndNotRecorded(Uuid),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeysMissing(names) => write!(f, "missing: {names}"),
            Self::KeyDamaged(name) => write!(f, "{name} does not open"),
            Self::EntryDamaged(position) => {
                write!(f, "entry {position} of the ledger does not open with the keystore's key")
            }
            Self::PatientAltered(Some(patient)) => write!(f, "the row of patient {patient} was altered"),
            Self::PatientAltered(None) => {
                f.write_str("a row of a patient was altered and says nobody's number")
            }
            Self::PatientMissing(patient) => write!(f, "patient {patient} was registered and is not there"),
            Self::PatientNotRegistered(patient) => {
                write!(f, "patient {patient} is there and was never registered")
            }
            Self::PatientReserved(patient) => {
                write!(f, "the registration of patient {patient} neither ended nor was given up")
            }
            Self::ErasureUndone(patient) => write!(f, "patient {patient} was erased and is there again"),
            Self::ErasureNotRecorded(patient) => {
                write!(f, "patient {patient} is marked as erased and no erasure is in the ledger")
            }
            Self::KeysOfErased(patient) => write!(f, "patient {patient} was erased and has keys"),
            Self::PatientKeyMissing(patient, slot) => {
                write!(f, "the key of patient {patient} for {slot} is missing")
            }
            Self::PatientKeyDamaged(patient, slot) => {
                write!(f, "the key of patient {patient} for {slot} does not open")
            }
            Self::StrayKeys(count) => {
                write!(f, "{count} keys belong to no patient, or to no generation that a patient has")
            }
            Self::GrantAltered(Some(grant)) => write!(f, "grant {grant} was altered"),
            Self::GrantAltered(None) => f.write_str("a grant was altered and says no number"),
            Self::GrantNotRecorded(grant) => write!(f, "grant {grant} is there and was never given"),
            Self::GrantMissing(grant) => write!(f, "grant {grant} was given and is not there"),
            Self::GrantBack(grant) => write!(f, "grant {grant} ended and is in force again"),
            Self::GrantEndNotRecorded(grant) => {
                write!(f, "grant {grant} is withdrawn and no end of it is in the ledger")
            }
        }
    }
}
