//! Where the entries of a batch go.

use std::collections::HashMap;

use tacenda_contracts::{entry::SealedEntry, ledger::LedgerError, receipt::Receipt};

use crate::{
    leaf,
    store::columns::{Columns, RawEntry},
    tree::{Frontier, Hash},
};

/// What one caller appends, all or none.
pub(crate) type Request = Vec<SealedEntry>;
/// What it is answered.
pub(crate) type Answer = Result<Vec<Receipt>, LedgerError>;

/// Entries that have a place already, by id.
pub(crate) type Known = HashMap<[u8; 16], (u64, Hash)>;

/// A batch with a place for each entry, and the tree as it will be once they are durable.
pub(crate) struct Placement<'a> {
    /// The rows to insert.
    pub(crate) rows: Columns<'a>,
    frontier: Frontier,
    places: Vec<Result<Vec<u64>, LedgerError>>,
    requests: &'a [Request],
}

impl<'a> Placement<'a> {
    /// Gives each entry the next position. Where `known` is given, an entry that has a place keeps it.
    pub(crate) fn of(requests: &'a [Request], frontier: &Frontier, mut known: Option<Known>) -> Self {
        let mut placement = Self {
            rows: Columns::default(),
            frontier: frontier.clone(),
            places: Vec::with_capacity(requests.len()),
            requests,
        };
        for request in requests {
            let places = match &mut known {
                None => Ok(request.iter().map(|entry| placement.place(entry).0).collect()),
                Some(known) => placement.place_once(request, known),
            };
            placement.places.push(places);
        }
        placement
    }

    /// Once the rows are durable: the tree after them, and what each caller is answered.
    pub(crate) fn committed(self) -> (Frontier, Vec<Answer>) {
        let pairs = self.requests.iter().zip(self.places);
        (self.frontier, pairs.map(|(request, places)| Ok(receipts(request, &places?))).collect())
    }

    fn place(&mut self, entry: &'a SealedEntry) -> (u64, Hash) {
        let position = self.frontier.size();
        let leaf = leaf::hash(position, entry);
        self.rows.push(position, entry, leaf);
        self.frontier.push(leaf, |tile| self.rows.push_tile(tile));
        (position, leaf)
    }

    /// SECURITY: an id alone acknowledges nothing: the stored entry must be this very one, or its content would be
    /// disclosed under an entry that says something else.
    fn place_once(&mut self, request: &'a [SealedEntry], known: &mut Known) -> Result<Vec<u64>, LedgerError> {
        let another = |entry: &SealedEntry| {
            known.get(&entry.id).is_some_and(|(position, leaf)| leaf::hash(*position, entry) != *leaf)
        };
        if request.iter().any(another) {
            return Err(LedgerError::Inconsistent);
        }
        let places = request.iter().map(|entry| match known.get(&entry.id) {
            Some((position, _)) => *position,
            None => {
                let (position, leaf) = self.place(entry);
                known.insert(entry.id, (position, leaf));
                position
            }
        });
        Ok(places.collect())
    }
}

/// The places of entries that are stored.
pub(crate) fn known(rows: Vec<RawEntry>) -> Known {
    let rows = rows.into_iter().filter_map(|row| {
        let leaf = row.leaf?;
        let stored = row.stored()?;
        Some((stored.entry.id, (stored.position, leaf)))
    });
    rows.collect()
}

fn receipts(request: &[SealedEntry], places: &[u64]) -> Vec<Receipt> {
    request.iter().zip(places).map(|(entry, position)| Receipt::acknowledge(entry, *position)).collect()
}
