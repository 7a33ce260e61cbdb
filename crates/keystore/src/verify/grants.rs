//! Every grant's row.

use tacenda_kernel::Pseudonym;
use uuid::Uuid;

use super::{Finding, Look, VerifyError, recorded::Recorded};
use crate::{
    error::StoreError,
    grant_seal::{GrantState, TaggedGrant, grant_columns},
};

/// Rows that are read at a time.
const PAGE: i64 = 1_000;

const ROWS: &str =
    concat!("select ", grant_columns!(), " from grants g where g.grant_id > $1 order by g.grant_id limit $2");

/// A row that waits for the rest of the ledger.
pub(super) struct Seen {
    grant: Uuid,
    patient: [u8; 16],
    state: GrantState,
}

/// Reads every row, looks at its own seal, and marks in `recorded` which are there.
pub(super) async fn walk(look: &mut Look<'_>, recorded: &mut Recorded) -> Result<Vec<Seen>, VerifyError> {
    let (mut after, mut seen) = (Uuid::nil(), Vec::new());
    let key = look.parts.master.grant_key();
    loop {
        let page =
            look.parts.database.lanes().query(ROWS, &[&after, &PAGE]).await.map_err(StoreError::from)?;
        let Some(last) = page.last() else { break };
        after = last.try_get(0).map_err(StoreError::from)?;
        for row in &page {
            look.report.grants += 1;
            let id: Uuid = row.try_get(0).map_err(StoreError::from)?;
            if let Some(known) = recorded.grants.get_mut(&id) {
                known.seen = true;
            }
            match TaggedGrant::read(row, 0, &key) {
                Some(TaggedGrant { row, .. }) => {
                    let patient = look.numbers.in_ledger(row.patient).to_bytes();
                    seen.push(Seen { grant: row.id, patient, state: row.state });
                }
                None => look.findings.push(Finding::GrantAltered(Some(id))),
            }
        }
    }
    Ok(seen)
}

/// Compares what the rows say with what is recorded, both ways.
pub(super) fn compare(seen: &[Seen], recorded: &Recorded, findings: &mut Vec<Finding>) {
    for Seen { grant, patient, state } in seen {
        let known = recorded.grants.get(grant).filter(|known| known.patient == *patient);
        let (given, ended) = known.map_or((false, false), |known| (known.given, known.ended));
        match state {
            GrantState::Pending => {}
            GrantState::Given if !given => findings.push(Finding::GrantNotRecorded(*grant)),
            GrantState::Given if ended => findings.push(Finding::GrantBack(*grant)),
            GrantState::Withdrawn(_) if !ended => findings.push(Finding::GrantEndNotRecorded(*grant)),
            GrantState::Given | GrantState::Withdrawn(_) => {}
        }
    }
    let abandoned = |patient: [u8; 16]| recorded.of_patient(Pseudonym::from_bytes(patient)).abandoned;
    let missing = recorded.grants.iter().filter(|(_, known)| known.early && !known.seen);
    let missing = missing.filter(|(_, known)| !abandoned(known.patient));
    findings.extend(missing.map(|(grant, _)| Finding::GrantMissing(*grant)));
}
