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

/// Entries that have a place, by id.
pub(crate) type Places = HashMap<[u8; 16], Place>;

/// How many entries are remembered at least: whoever sends one again does so within seconds.
const REMEMBERED: usize = 5_000;

/// The newest entries that have a place: the newest of all, and those before them.
#[derive(Default)]
pub(crate) struct Known {
    newest: Places,
    before: Places,
}

impl Known {
    pub(crate) fn learn(&mut self, places: Places) {
        self.newest.extend(places);
        if self.newest.len() >= REMEMBERED {
            self.before = std::mem::take(&mut self.newest);
        }
    }

    fn find(&self, id: &[u8; 16]) -> Option<&Place> {
        self.newest.get(id).or_else(|| self.before.get(id))
    }
}

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
    placed: Places,
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
            placed: Places::new(),
            requests,
        };
        for request in requests {
            let places = placement.place_once(request, known);
            placement.places.push(places);
        }
        placement
    }

    /// Once the rows are durable: the tree after them, what was placed, and what each caller is answered.
    pub(crate) fn committed(self) -> (Frontier, Places, Vec<Answer>) {
        let pairs = self.requests.iter().zip(self.places);
        let answers = pairs.map(|(request, places)| Ok(receipts(request, &places?))).collect();
        (self.frontier, self.placed, answers)
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
    fn place_once(&mut self, request: &'a [SealedEntry], known: &Known) -> Result<Vec<u64>, LedgerError> {
        let another = |entry: &SealedEntry| {
            let there = known.find(&entry.id).or_else(|| self.placed.get(&entry.id));
            there.is_some_and(|there| leaf::hash(there.position, entry, &there.arrived) != there.leaf)
        };
        if request.iter().any(another) {
            return Err(LedgerError::Inconsistent);
        }
        let mut places = Vec::with_capacity(request.len());
        for entry in request {
            let there = known.find(&entry.id).or_else(|| self.placed.get(&entry.id));
            if let Some(there) = there {
                places.push(there.position);
                continue;
            }
            let place = self.place(entry);
            places.push(place.position);
            self.placed.insert(entry.id, place);
        }
        Ok(places)
    }
}

fn receipts(request: &[SealedEntry], places: &[u64]) -> Vec<Receipt> {
    request.iter().zip(places).map(|(entry, position)| Receipt::acknowledge(entry, *position)).collect()
}
