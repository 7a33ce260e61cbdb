//! Where the entries of a batch go.

use std::collections::HashMap;

use tacenda_contracts::{entry::SealedEntry, ledger::LedgerError, receipt::Receipt};
use tacenda_crypto::MacKey;

use crate::{
    leaf,
    store::columns::Columns,
    tree::{Frontier, Hash},
};

/// What one caller appends, all or none.
pub(crate) type Request = Vec<SealedEntry>;
/// What it is answered.
pub(crate) type Answer = Result<Vec<Receipt>, LedgerError>;

/// Entries that have a place already, by id.
pub(crate) type Known = HashMap<[u8; 16], Place>;

/// A stored entry, as far as it matters whether another one is the same.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) position: u64,
    pub(crate) arrived: Vec<u64>,
    pub(crate) leaf: Hash,
}

/// A batch with a place for each entry, and the tree as it will be once they are durable.
pub(crate) struct Placement<'a> {
    /// The rows to insert.
    pub(crate) rows: Columns<'a>,
    frontier: Frontier,
    key: &'a MacKey,
    /// What the first row says besides; nothing once there is one.
    arrived: Vec<u64>,
    places: Vec<Result<Vec<u64>, LedgerError>>,
    requests: &'a [Request],
}

impl<'a> Placement<'a> {
    /// Gives each entry the next position, but those that have one. The first one says what `arrived`.
    pub(crate) fn of(
        requests: &'a [Request],
        frontier: &Frontier,
        known: &Known,
        arrived: Vec<u64>,
        key: &'a MacKey,
    ) -> Self {
        let mut placement = Self {
            rows: Columns::default(),
            frontier: frontier.clone(),
            key,
            arrived,
            places: Vec::with_capacity(requests.len()),
            requests,
        };
        let mut placed = Known::new();
        for request in requests {
            let places = placement.place_once(request, known, &mut placed);
            placement.places.push(places);
        }
        placement
    }

    /// Once the rows are durable: the tree after them, and what each caller is answered.
    pub(crate) fn committed(self) -> (Frontier, Vec<Answer>) {
        let pairs = self.requests.iter().zip(self.places);
        (self.frontier, pairs.map(|(request, places)| Ok(receipts(request, &places?))).collect())
    }

    fn place(&mut self, entry: &'a SealedEntry) -> Place {
        let position = self.frontier.size();
        let arrived = std::mem::take(&mut self.arrived);
        let leaf = leaf::hash(position, entry, &arrived);
        self.rows.push(position, entry, &arrived, leaf, leaf::tag(self.key, &leaf));
        self.frontier.push(leaf, |tile| self.rows.push_tile(tile));
        Place { position, arrived, leaf }
    }

    /// SECURITY: an id alone acknowledges nothing: the stored entry must be this very one, or its content would be
    /// disclosed under an entry that says something else.
    fn place_once(
        &mut self,
        request: &'a [SealedEntry],
        known: &Known,
        placed: &mut Known,
    ) -> Result<Vec<u64>, LedgerError> {
        let find = |placed: &Known, entry: &SealedEntry| {
            known.get(&entry.id).or_else(|| placed.get(&entry.id)).cloned()
        };
        let another = |entry: &SealedEntry| {
            find(placed, entry)
                .is_some_and(|there| leaf::hash(there.position, entry, &there.arrived) != there.leaf)
        };
        if request.iter().any(another) {
            return Err(LedgerError::Inconsistent);
        }
        let mut places = Vec::with_capacity(request.len());
        for entry in request {
            let place = find(placed, entry).unwrap_or_else(|| self.place(entry));
            places.push(place.position);
            placed.insert(entry.id, place);
        }
        Ok(places)
    }
}

fn receipts(request: &[SealedEntry], places: &[u64]) -> Vec<Receipt> {
    request.iter().zip(places).map(|(entry, position)| Receipt::acknowledge(entry, *position)).collect()
}
