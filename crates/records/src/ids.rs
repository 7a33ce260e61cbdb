//! Ids at the edge: numbers of the caller's realm, one permutation away from the vaults' own.

use std::collections::HashMap;

use tacenda_contracts::{keystore::Subject, permit::Permit};
use tacenda_crypto::RecordCodec;
use tacenda_kernel::{ApiRealm, Compartment, PublicId, RecordId};

use crate::RecordsError;

/// Whose a record is and which, as an id says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) subject: Subject,
    pub(crate) record: RecordId,
}

/// Translates record ids into and out of each realm of the API.
pub(crate) struct Ids {
    codecs: HashMap<ApiRealm, RecordCodec>,
}

impl Ids {
    pub(crate) fn new(codecs: HashMap<ApiRealm, RecordCodec>) -> Self {
        Self { codecs }
    }

    /// Reads the id of a record. One that this server never issued, or issued to another realm, names nothing.
    pub(crate) fn record(&self, realm: ApiRealm, text: &str) -> Result<Named, RecordsError> {
        let (subject, number) = match text.parse().map_err(|_| RecordsError::NotFound)? {
            PublicId::One(record) => (Subject::Nobody, record),
            PublicId::OfPatient { patient, record } => (Subject::Public(patient), record),
        };
        let record = self.codec(realm)?.decode(number).ok_or(RecordsError::NotFound)?;
        let of_nobody = record.compartment() == Compartment::Directory;
        if of_nobody == (subject == Subject::Nobody) {
            Ok(Named { subject, record })
        } else {
            Err(RecordsError::NotFound)
        }
    }

    /// Reads the id of a patient.
    pub(crate) fn patient(text: &str) -> Result<Subject, RecordsError> {
        match text.parse() {
            Ok(PublicId::One(number)) => Ok(Subject::Public(number)),
            _ => Err(RecordsError::NotFound),
        }
    }

    /// Writes the id of a record for the permit's caller.
    pub(crate) fn public(&self, permit: &Permit, record: RecordId) -> Result<PublicId, RecordsError> {
        let number = self.codec(permit.claims().realm)?.encode(record);
        Ok(match &permit.claims().subject {
            Some(subject) if record.compartment() != Compartment::Directory => {
                PublicId::OfPatient { patient: subject.public, record: number }
            }
            _ => PublicId::One(number),
        })
    }

    fn codec(&self, realm: ApiRealm) -> Result<&RecordCodec, RecordsError> {
        self.codecs.get(&realm).ok_or(RecordsError::Unavailable)
    }
}

/// The record that holds a patient's half in `contact` or `identity`. It has no random name: it follows from the
/// vault's own pseudonym, which stands beside it anyway.
pub(crate) fn half_of_patient(permit: &Permit, compartment: Compartment) -> Option<RecordId> {
    let mut bytes = permit.opening(compartment)?.patient;
    bytes[0] = compartment as u8;
    RecordId::from_bytes(bytes)
}
