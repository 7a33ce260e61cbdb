//! What a search for Provenances is about: whose records, and which.

use std::fmt;

use tacenda_contracts::{keystore::Subject, origin::OriginPlace, permit::Permit};
use tacenda_fhir::{ReferenceTarget, ReferenceValue, ResourceType, SearchValue};
use tacenda_kernel::{ApiRealm, Compartment, CompartmentSet, RecordId, Role};

use super::id::VersionId;
use crate::{
    Caller, Records, RecordsError, SearchQuestion,
    audit::comparable,
    ids::{Ids, half_of_patient},
    operations::{
        read_patient::HALVES,
        search_records::{no_patient, one_patient},
    },
};

/// Where derived Provenances are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Among all that was written in a compartment.
    All(Compartment),
    /// Among the versions of a record.
    Record(RecordId),
    /// Among the versions of the Patient.
    Patient,
}

impl Place {
    /// The compartment and, where one is meant, the record. A Patient is written in two halves at once: what is told of
    /// the first that the caller may see is true of both.
    pub(super) fn under(self, permit: &Permit) -> Option<(Compartment, Option<RecordId>)> {
        let (compartment, record) = match self {
            Self::All(compartment) => (compartment, None),
            Self::Record(record) => (record.compartment(), Some(record)),
            Self::Patient => {
                let half = HALVES.into_iter().find_map(|half| half_of_patient(permit, half))?;
                (half.compartment(), Some(half))
            }
        };
        permit.opening(compartment).map(|_| (compartment, record))
    }

    fn compartments(self) -> Vec<Compartment> {
        match self {
            Self::All(compartment) => vec![compartment],
            Self::Record(record) => vec![record.compartment()],
            Self::Patient => HALVES.to_vec(),
        }
    }
}

/// Whose records, and where.
pub(super) struct About {
    pub(super) subject: Subject,
    pub(super) places: Vec<Place>,
}

impl About {
    /// Reads it from the question: from `patient`, from what `target` refers to, or from `_id`.
    pub(super) fn of(
        records: &Records,
        caller: &Caller,
        question: &SearchQuestion,
    ) -> Result<Self, RecordsError> {
        let realm = caller.actor.role.realm();
        let (mut subjects, mut places) = (Vec::new(), None);
        for criterion in &question.criteria {
            let mut here = Vec::new();
            let criterion = comparable(records, criterion);
            for value in &criterion.values {
                let found = match (criterion.parameter.name, value) {
                    ("_id", SearchValue::Id(id)) => of_id(records, realm, id)?,
                    ("target", SearchValue::Reference(reference)) => of_target(records, realm, reference)?,
                    (_, SearchValue::Id(text)) => Some((records.patient_named(text)?, None)),
                    _ => None,
                };
                subjects.extend(found.iter().map(|(subject, _)| *subject));
                here.extend(found.and_then(|(_, place)| place));
            }
            if matches!(criterion.parameter.name, "_id" | "target") && places.is_none() {
                places = Some(here);
            }
        }
        let first = subjects.first().copied();
        let own = (caller.actor.role == Role::Patient).then_some(Subject::Own);
        let subject = first.or(own).ok_or_else(no_patient)?;
        if !subjects.iter().all(|other| *other == subject) {
            return Err(one_patient());
        }
        let everywhere = || Compartment::OF_A_PATIENT.map(Place::All).to_vec();
        Ok(Self { subject, places: places.unwrap_or_else(everywhere) })
    }

    /// The compartments of all places.
    pub(super) fn compartments(&self) -> CompartmentSet {
        self.places.iter().flat_map(|place| place.compartments()).collect()
    }
}

type Found = Option<(Subject, Option<Place>)>;

/// A stored one has no place among the derived.
fn of_id(records: &Records, realm: ApiRealm, id: &str) -> Result<Found, RecordsError> {
    match VersionId::parse(id) {
        None => Ok(Some((records.ids.record(realm, id)?.subject, None))),
        Some(version) if version.of_patient => Ok(Some((Ids::patient(version.id)?, Some(Place::Patient)))),
        Some(version) => {
            let named = records.ids.record(realm, version.id)?;
            Ok(Some((named.subject, Some(Place::Record(named.record)))))
        }
    }
}

fn of_target(records: &Records, realm: ApiRealm, reference: &ReferenceValue) -> Result<Found, RecordsError> {
    let ReferenceTarget::Id(id) = &reference.target else { return Ok(None) };
    let record = records.ids.record(realm, id);
    match (reference.kind, record) {
        (Some(ResourceType::Patient), _) => Ok(Some((Ids::patient(id)?, Some(Place::Patient)))),
        (None, Err(_)) => Ok(Some((Ids::patient(id)?, Some(Place::Patient)))),
        (_, named) => {
            let named = named?;
            Ok(Some((named.subject, Some(Place::Record(named.record)))))
        }
    }
}

/// Where a search goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark<'a> {
    /// Among the derived ones: at which place, and after which origin.
    Derived(usize, Option<OriginPlace>),
    /// Among the stored ones: after which.
    Stored(Option<&'a str>),
}

impl<'a> Mark<'a> {
    /// Reads it. It comes sealed, so it is one that was written here.
    pub(super) fn parse(text: &'a str) -> Self {
        if let Some(after) = text.strip_prefix("stored ") {
            return Self::Stored(Some(after).filter(|after| !after.is_empty()));
        }
        let (place, after) = text.split_once(' ').unwrap_or((text, ""));
        let after = after.split_once('.').and_then(|(position, row)| {
            Some(OriginPlace { position: position.parse().ok()?, row: row.parse().ok()? })
        });
        Self::Derived(place.parse().unwrap_or_default(), after)
    }
}

impl fmt::Display for Mark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Derived(place, Some(after)) => write!(f, "{place} {}.{}", after.position, after.row),
            Self::Derived(place, None) => write!(f, "{place} "),
            Self::Stored(after) => write!(f, "stored {}", after.unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back() {
        for mark in [
            Mark::Derived(0, None),
            Mark::Derived(3, Some(OriginPlace { position: 17, row: 2 })),
            Mark::Stored(None),
            Mark::Stored(Some("0000-1111")),
        ] {
            assert_eq!(Mark::parse(&mark.to_string()), mark);
        }
    }
}
