//! The one door through which plaintext leaves: rows → (permit, keys) → opened → (receipt) → disclosed.
//!
//! INVARIANT: `Opened` and `Announced` keep the plaintext private. The first needs a [`Permit`] and the keys released
//! for it; only the second, against the [`Receipt`] for its own entry, gives the plaintext away.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Outcome, SealedEntry, Touched},
    keystore::KeyRelease,
    permit::{Elements, Opening, Slice},
    receipt::Receipt,
    vault::{Disclosed, OWN_PATIENT, Place, Term, Use, VaultError, own_name},
};
use tacenda_crypto::RowHeader;
use tacenda_fhir::{Criterion, Excerpt, RenderMeta, ResourceType, Slot, SortKey, Template};
use tacenda_kernel::{Compartment, Kinds, Phi, Random, RecordId, Service};
use zeroize::Zeroizing;

use crate::store::rows::StoredRow;

/// Rows that were opened and that nobody has seen.
#[derive(Default)]
pub struct Opened {
    rows: Vec<OpenedRow>,
}

struct OpenedRow {
    row: StoredRow,
    document: Option<Document>,
}

/// What the permit covers of a document.
struct Document {
    stored: Bytes,
    template: Template,
}

impl Opened {
    /// Opens rows of the permit's patient.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] for another patient's row or a type that the permit does not cover,
    /// [`VaultError::Damaged`] for one that is not as written.
    pub fn open(rows: Vec<StoredRow>, permit: &Slice, keys: &KeyRelease) -> Result<Self, VaultError> {
        let rows =
            rows.into_iter().map(|row| OpenedRow::open(row, permit, keys)).collect::<Result<_, _>>()?;
        Ok(Self { rows })
    }

    /// Drops every row that does not truly match: tokens only narrow.
    #[must_use]
    pub fn matching(mut self, exactly: &[Criterion]) -> Self {
        if !exactly.is_empty() {
            self.rows.retain(|row| row.matches(exactly));
        }
        self
    }

    /// Whether all rows are of that type. A version that says "deleted" does not say which it had.
    #[must_use]
    pub fn are_of_type(&self, kind: &str) -> bool {
        self.rows.iter().all(|row| row.is_of_type(kind))
    }

    /// Drops every row of another type.
    pub fn retain_type(&mut self, kind: &str) {
        self.rows.retain(|row| row.is_of_type(kind));
    }

    /// How many rows.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// How large they are together, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.iter().filter_map(|row| row.document.as_ref()).map(|document| document.stored.len()).sum()
    }

    /// Adds rows that were opened after these.
    pub fn append(&mut self, mut later: Self) {
        self.rows.append(&mut later.rows);
    }

    /// Forgets all rows after so many; the last that is kept.
    pub fn truncate(&mut self, count: usize) -> Option<RecordId> {
        self.rows.truncate(count);
        self.rows.last().map(|row| row.row.header.record)
    }

    /// Which rows truly match, and where each comes in an order. The plaintext stays.
    #[must_use]
    pub fn places(&self, exactly: &[Criterion], order: &[SortKey]) -> Vec<Place> {
        self.rows.iter().filter_map(|row| row.place(exactly, order)).collect()
    }

    /// Forgets what is not asked for, before the entry says what is disclosed.
    #[must_use]
    pub fn excerpt(mut self, excerpt: &Excerpt) -> Self {
        if *excerpt != Excerpt::Whole {
            for document in self.rows.iter_mut().filter_map(|row| row.document.as_mut()) {
                *document = Document::new(document.template.excerpt(excerpt));
            }
        }
        self
    }

    /// Writes the entry that says what is about to be disclosed, sealed for the ledger.
    #[must_use]
    pub fn announce(
        self,
        asked: &Use,
        keys: &KeyRelease,
        at: Timestamp,
        random: &dyn Random,
    ) -> (Announced, SealedEntry) {
        let entry = Entry {
            records: self.rows.iter().map(|row| row.touched()).collect(),
            elements: self.element_names(),
            kinds: self.kinds(),
            compartment: self.rows.first().map(|row| row.row.header.compartment),
            ..permitted(asked, at, Outcome::Allowed)
        };
        let compartment = self.rows.first().map_or(Compartment::Directory, |row| row.row.header.compartment);
        let sealed = entry.seal(&keys.audit, subject_of(&asked.permit, compartment), random);
        (Announced { rows: self.rows, entry: sealed.id }, sealed)
    }

    /// One type where all have the same; a version that says "deleted" has that of its neighbours.
    fn kinds(&self) -> Vec<String> {
        let kind =
            |row: &OpenedRow| row.document.as_ref().map(|document| document.template.kind().to_owned());
        let kinds: Vec<Option<String>> = self.rows.iter().map(kind).collect();
        let mut known = kinds.iter().flatten();
        match known.next() {
            None => Vec::new(),
            Some(first) if known.all(|other| other == first) => vec![first.clone()],
            Some(_) => kinds.into_iter().map(Option::unwrap_or_default).collect(),
        }
    }

    fn element_names(&self) -> Vec<String> {
        let mut names: Vec<&str> = Vec::new();
        for document in self.rows.iter().filter_map(|row| row.document.as_ref()) {
            for (place, name) in document.template.element_names().into_iter().enumerate() {
                // Records of one type mostly have the same elements in the same order.
                if names.get(place) != Some(&name) && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names.into_iter().map(str::to_owned).collect()
    }
}

/// Opened rows whose entry is on its way to the ledger.
pub struct Announced {
    rows: Vec<OpenedRow>,
    entry: [u8; 16],
}

impl Announced {
    /// Gives the plaintext away, now that the ledger has recorded that.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`] if the receipt is for another entry.
    pub fn disclose(self, receipt: &Receipt) -> Result<Vec<Disclosed>, VaultError> {
        if !receipt.is_for(&self.entry) {
            return Err(VaultError::Unavailable);
        }
        Ok(self.rows.into_iter().map(OpenedRow::disclose).collect())
    }
}

impl OpenedRow {
    fn open(row: StoredRow, permit: &Slice, keys: &KeyRelease) -> Result<Self, VaultError> {
        let opening = permit.opening(row.header.compartment).ok_or(VaultError::Refused)?;
        if opening.patient != row.header.patient {
            return Err(VaultError::NotFound);
        }
        let plain = keys.patient.open_row(&row.header, &row.sealed).map_err(|_| VaultError::Damaged)?;
        let document = (!row.header.deleted).then(|| Document::covered(plain, opening)).transpose()?;
        if document.as_ref().is_some_and(|document| !is_of(&document.template, &permit.claims().kinds)) {
            return Err(VaultError::NotFound);
        }
        Ok(Self { row, document })
    }

    fn is_of_type(&self, kind: &str) -> bool {
        self.document.as_ref().is_none_or(|document| document.template.is_of_type(kind))
    }

    fn matches(&self, exactly: &[Criterion]) -> bool {
        self.compared().is_some_and(|value| exactly.iter().all(|criterion| criterion.matches(&value)))
    }

    fn place(&self, exactly: &[Criterion], order: &[SortKey]) -> Option<Place> {
        let value = self.compared()?;
        let matches = exactly.iter().all(|criterion| criterion.matches(&value));
        let ranks = order.iter().map(|key| key.rank(&value)).collect();
        matches.then_some(Place { ranks, record: self.row.header.record })
    }

    fn compared(&self) -> Option<Value> {
        in_own_names(&self.document.as_ref()?.template, &self.row.header)
    }

    fn touched(&self) -> Touched {
        Touched { record: self.row.header.record, version: self.row.header.version }
    }

    fn disclose(self) -> Disclosed {
        Disclosed {
            record: self.row.header.record,
            version: self.row.header.version,
            recorded_at: self.row.header.recorded_at,
            document: self.document.map(|document| Phi::new(document.stored)),
        }
    }
}

impl Document {
    fn new(template: Template) -> Self {
        Self { stored: Bytes::from(template.to_bytes()), template }
    }

    fn covered(mut plain: Zeroizing<Vec<u8>>, opening: &Opening) -> Result<Self, VaultError> {
        let stored = Bytes::from(std::mem::take(&mut *plain));
        let template = Template::from_shared(&stored).map_err(|_| VaultError::Damaged)?;
        match opening.elements {
            Elements::All => Ok(Self { stored, template }),
            _ => Ok(Self::new(template.retain_elements(&|element| opening.elements.cover(element)))),
        }
    }
}

/// A record with the vault's own names for what it refers to.
fn in_own_names(template: &Template, header: &RowHeader) -> Option<Value> {
    let meta = RenderMeta { id: "", version: header.version, last_updated: header.recorded_at };
    let text = template.render(&meta, &mut |slot, out| match slot {
        Slot::Patient => out.extend_from_slice(OWN_PATIENT.as_bytes()),
        Slot::Record(record) => out.extend_from_slice(own_name(*record).as_bytes()),
    });
    serde_json::from_slice(&text).ok()
}

/// What a row can be found by. It is opened for that and disclosed to nobody.
pub(crate) fn terms_of(row: &StoredRow, keys: &KeyRelease) -> Result<Vec<Term>, VaultError> {
    let plain = keys.patient.open_row(&row.header, &row.sealed).map_err(|_| VaultError::Damaged)?;
    let template = Template::from_bytes(&plain).map_err(|_| VaultError::Damaged)?;
    let value = in_own_names(&template, &row.header).ok_or(VaultError::Damaged)?;
    let kind = ResourceType::of(&value).map_err(|_| VaultError::Damaged)?;
    Ok(tacenda_fhir::terms(&value, kind).into_iter().map(Term::from).collect())
}

/// Of which type a record was, of which the row says only that it was deleted. Both rows must be as written; nothing else is
/// taken from the first version.
pub(crate) fn type_of_deleted(
    row: &StoredRow,
    first: &StoredRow,
    keys: &KeyRelease,
) -> Result<String, VaultError> {
    let open =
        |row: &StoredRow| keys.patient.open_row(&row.header, &row.sealed).map_err(|_| VaultError::Damaged);
    open(row)?;
    let first = Template::from_bytes(&open(first)?).map_err(|_| VaultError::Damaged)?;
    Ok(first.kind().to_owned())
}

pub(crate) fn is_of(template: &Template, kinds: &Kinds) -> bool {
    match kinds {
        Kinds::All => true,
        Kinds::Only(kinds) => kinds.iter().any(|kind| template.is_of_type(kind)),
    }
}

/// Whose log an entry under this permit is in. What is about nobody is recorded by the vault that holds it.
pub(crate) fn subject_of(permit: &Slice, compartment: Compartment) -> EntrySubject {
    permit.claims().patient.map_or(EntrySubject::Nobody(Service::Vault(compartment)), EntrySubject::Patient)
}

/// An entry with everything a permit says.
pub(crate) fn permitted(asked: &Use, at: Timestamp, outcome: Outcome) -> Entry {
    let claims = asked.permit.claims();
    Entry {
        purpose: Some(claims.purpose),
        permit: Some(claims.id),
        policies: claims.policies.clone(),
        relations: claims.relations.clone(),
        ..Entry::new(at, Event::Access(claims.action), outcome, asked.context).by(&claims.actor)
    }
}
