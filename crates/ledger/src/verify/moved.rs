//! Telling an entry that was moved from one that was edited: the leaf hash covers the position, so both look alike.

use tacenda_contracts::entry::SealedEntry;

use super::finding::Finding;
use crate::{leaf, tree::Hash};

/// Rows that are compared with each other; further ones only with their neighbours.
const MOST_COMPARED: usize = 200;

/// A row that does not fit its leaf hash.
pub(super) struct Misfit {
    pub(super) position: u64,
    pub(super) entry: Option<(SealedEntry, Vec<u64>)>,
    pub(super) leaf: Option<Hash>,
}

/// What happened to each.
pub(super) fn explain(misfits: &[Misfit]) -> impl Iterator<Item = Finding> + '_ {
    misfits.iter().map(|misfit| {
        let position = misfit.position;
        let near = [position.wrapping_add(1), position.wrapping_sub(1)];
        let others = misfits.iter().take(MOST_COMPARED).map(|other| (other.position, other.leaf));
        let candidates = near.into_iter().map(|place| (place, None)).chain(others);
        candidates
            .filter(|(place, _)| *place != position)
            .find(|(place, leaf)| belongs(misfit, *place, *leaf))
            .map_or(Finding::EntryEdited(position), |(appended_as, _)| Finding::EntryMoved {
                position,
                appended_as,
            })
    })
}

/// Whether the row, moved there, fits the leaf hash that it brought along or the one that stayed there.
fn belongs(misfit: &Misfit, place: u64, stayed: Option<Hash>) -> bool {
    let hash = misfit.entry.as_ref().map(|(entry, arrived)| leaf::hash(place, entry, arrived));
    hash.is_some() && (hash == misfit.leaf || hash == stayed)
}
