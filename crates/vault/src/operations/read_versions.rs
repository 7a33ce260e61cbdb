//! A history in two steps: which versions there are, by name, and then those of them that are shown. So no version is
//! opened, and none recorded as disclosed, that the page does not have.

use tacenda_contracts::{
    timeline::{Moment, Moments, Of, Timeline},
    vault::{Disclosed, VaultError},
};
use tacenda_kernel::{RecordId, Version};

use super::search_records::{count, tokens_of};
use crate::{
    disclosure::Opened,
    session::Session,
    store::versions::{self, Named},
};

/// More than any page a caller may ask for.
const MOST: u32 = 1_000;
/// Bytes of one page, packed and sealed; a single version may be larger.
const MOST_BYTES: u64 = 2 << 20;
/// Bytes of one page, opened, and how many versions are opened before it is looked at again: what packs well is larger when
/// it is open.
const MOST_OPENED: usize = 2 << 20;
const OPENED_AT_A_TIME: usize = 1;
/// Versions of any type that are looked at, at a time.
const AT_A_TIME: u32 = 500;
/// Versions of any type that are looked at for one page. Whoever asks goes on from there.
const MOST_LOOKED_AT: u32 = 5_000;

/// The names of versions, newest first. Opens nothing.
pub(crate) async fn timeline(session: &Session<'_>, asked: Timeline) -> Result<Moments, VaultError> {
    let limit = asked.limit.min(MOST);
    let mut page = Page::of(limit);
    match &asked.of {
        Of::Record(record, before) => {
            let (database, patient) = (&session.vault.database, session.opening.patient);
            let found = versions::of_record(database, patient, *record, asked.since, *before, limit).await?;
            if found.is_empty() && asked.since.is_none() && before.is_none() {
                return Err(session.failed(VaultError::NotFound, Vec::new()).await);
            }
            page.take(&found);
        }
        Of::Any(terms, before) => {
            let tokens = tokens_of(session.vault, session.opening.patient, terms);
            of_any(session, &asked, &tokens, *before, &mut page).await?;
        }
    }
    Ok(Moments { next: page.is_full.then_some(page.looked_at).flatten(), found: page.found })
}

async fn of_any(
    session: &Session<'_>,
    asked: &Timeline,
    tokens: &[i64],
    mut before: Option<Moment>,
    page: &mut Page,
) -> Result<(), VaultError> {
    let (database, patient) = (&session.vault.database, session.opening.patient);
    for _ in 0..MOST_LOOKED_AT / AT_A_TIME {
        let named = versions::of_any(database, patient, tokens, asked.since, before, AT_A_TIME).await?;
        page.take(&named);
        if page.is_full || count(named.len()) < AT_A_TIME {
            return Ok(());
        }
        before = page.looked_at;
    }
    page.is_full = true;
    Ok(())
}

/// The names of a page, while they are chosen.
struct Page {
    limit: u32,
    found: Vec<Moment>,
    bytes: u64,
    looked_at: Option<Moment>,
    is_full: bool,
}

impl Page {
    const fn of(limit: u32) -> Self {
        Self { limit, found: Vec::new(), bytes: 0, looked_at: None, is_full: false }
    }

    fn take(&mut self, looked_at: &[Named]) {
        for one in looked_at {
            if one.asked_for {
                self.bytes = self.bytes.saturating_add(one.bytes);
                if self.bytes > MOST_BYTES && !self.found.is_empty() {
                    self.is_full = true;
                    return;
                }
                self.found.push(one.moment);
            }
            self.looked_at = Some(one.moment);
            if count(self.found.len()) >= self.limit {
                self.is_full = true;
                return;
            }
        }
    }
}

/// Versions by their names, in the order asked, and no more than may be open at once. Those that the patient has not are
/// left out.
pub(crate) async fn versions(
    session: &Session<'_>,
    asked: &[(RecordId, Version)],
) -> Result<Vec<Disclosed>, VaultError> {
    let vault = session.vault;
    let mut rows = versions::among(&vault.database, vault.compartment, asked).await?;
    rows.retain(|row| row.header.patient == session.opening.patient);
    let place = |name: &(RecordId, Version)| asked.iter().position(|one| one == name);
    rows.sort_by_key(|row| place(&(row.header.record, row.header.version)));
    let mut opened = Opened::default();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() && opened.bytes() < MOST_OPENED {
        opened.append(session.open_named(rows.by_ref().take(OPENED_AT_A_TIME).collect()).await?);
    }
    session.disclose_opened(opened).await
}
