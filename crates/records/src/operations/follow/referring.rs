//! `_revinclude`: what refers to the matches, derived or stored.

use std::sync::Arc;

use tacenda_contracts::{permit::Permit, vault::Query};
use tacenda_fhir::{Link, ResourceType};

use super::{
    super::{named, search_question::SearchQuestion},
    Following, MOST, MOST_ROUNDS, Wanted, size_of, too_many,
};
use crate::{RecordsError, Resource, documents, provenance};

impl Following<'_> {
    /// Those of the matches, derived and stored. They are found as a search for them finds them.
    pub(super) async fn provenances(
        &self,
        wanted: &Wanted,
        link: &Link,
        found: &mut Vec<Resource>,
    ) -> Result<(), RecordsError> {
        let to_matches = link.to_one_of(self.question.kind, wanted.matched.iter().cloned());
        if !self.sees(ResourceType::Provenance) {
            return Ok(());
        }
        let mut question = SearchQuestion {
            criteria: vec![to_matches],
            ..SearchQuestion::all(ResourceType::Provenance, 200)
        };
        for _ in 0..MOST_ROUNDS {
            match provenance::search(self.records, self.caller, &question).await {
                Ok(part) => {
                    found.extend(part.matches);
                    question.after = part.next;
                }
                // The refusal is in the ledger; nothing of it is in the answer.
                Err(RecordsError::Forbidden | RecordsError::NotFound) => return Ok(()),
                Err(error) => return Err(error),
            }
            if size_of(found) > named::MOST_BYTES {
                return Err(named::too_large());
            }
            if found.len() > MOST {
                break;
            }
            if question.after.is_none() {
                return Ok(());
            }
        }
        Err(too_many())
    }

    /// Those that refer to a match. References have no tokens: all of the type are opened and compared.
    pub(super) async fn referring(
        &self,
        permit: &Arc<Permit>,
        wanted: &Wanted,
        link: &Link,
        found: &mut Vec<Resource>,
    ) -> Result<(), RecordsError> {
        let kind = link.parameter.resource_type;
        let to_matches = link.to_one_of(self.question.kind, wanted.matched.iter().cloned());
        let exactly = vec![self.records.in_own_names(permit, &to_matches)];
        for compartment in kind.placement().compartments().iter() {
            let query = named::of_types(named::covered(permit, compartment, &[kind]));
            if query.terms.iter().any(Vec::is_empty) {
                continue;
            }
            let mut query = Query { exactly: exactly.clone(), limit: 1_000, ..query };
            for round in 0.. {
                let asked = self.caller.under(permit);
                let part = self.records.vault(compartment)?.search(asked, query.clone()).await?;
                for one in &part.matches {
                    found.push(documents::disclosed(self.records, permit, one)?);
                }
                self.records.rooms.take(&self.caller.room, size_of(found)).await?;
                if size_of(found) > named::MOST_BYTES {
                    return Err(named::too_large());
                }
                if found.len() > MOST || round >= MOST_ROUNDS {
                    return Err(too_many());
                }
                query.after = part.next;
                if query.after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }
}
