//! An account that is being changed, with all that counts for it.
//!
//! INVARIANT: what the account names from now on is what it named before, and what this transaction did. No row is taken
//! into the list because it is found in a table: so whatever somebody writes meanwhile never counts.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{DatabaseError, Transaction};

use super::{
    accounts::{self, AccountRow},
    one,
};
use crate::{
    bindings::{Binding, Bindings, Kind},
    row_seal::{RowKey, not_of_the_account},
};

/// The account, which nobody else changes until the transaction ends.
pub(crate) struct Held {
    pub(crate) row: AccountRow,
    changed: bool,
}

/// A change that was committed with its transaction: the account's counter from then on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) account: ActorId,
    pub(crate) counter: i64,
}

const LOCK: &str = "select 1 from accounts where account = $1 for update";

impl Held {
    /// Waits for whoever changes the account now. None where there is none that is believed.
    pub(crate) async fn lock(
        transaction: &Transaction<'_>,
        key: &RowKey,
        account: ActorId,
    ) -> Result<Option<Self>, DatabaseError> {
        transaction.query(LOCK, &[&account.0]).await?;
        // A statement of its own: the one that waited sees other tables as they were before.
        let row = accounts::find_within(transaction, key, account).await?;
        Ok(row.map(Self::new))
    }

    /// An account that was made in this transaction.
    pub(crate) const fn new(row: AccountRow) -> Self {
        Self { row, changed: false }
    }

    pub(crate) const fn id(&self) -> ActorId {
        self.row.id
    }

    pub(crate) const fn bindings(&self) -> &Bindings {
        &self.row.bindings
    }

    /// The row counts from now on.
    pub(crate) fn bind(&mut self, binding: Binding) {
        self.changed = true;
        self.row.bindings.add(binding);
    }

    /// The row does not count any more. False where it did not before: then it was put there by somebody else.
    pub(crate) fn release(&mut self, kind: Kind, seal: &[u8]) -> bool {
        let there = self.row.bindings.remove(kind, seal);
        self.changed |= there;
        if !there {
            not_of_the_account(kind.table());
        }
        there
    }

    /// None of these counts any more, whether its row is found or not; how many those were.
    pub(crate) fn release_all(&mut self, which: impl Fn(&Binding) -> bool) -> usize {
        let released = self.row.bindings.remove_all(which);
        self.changed |= released > 0;
        released
    }

    /// Something of the account's own row was changed.
    pub(crate) const fn touch(&mut self) {
        self.changed = true;
    }

    pub(crate) fn note_taken(&mut self, role: tacenda_kernel::Role, until: Timestamp) {
        self.touch();
        self.row.bindings.note_taken(role, until);
    }

    /// Seals the account with what counts for it now. None where nothing was changed.
    pub(crate) async fn keep(
        mut self,
        transaction: &Transaction<'_>,
        key: &RowKey,
        now: Timestamp,
    ) -> Result<Option<Kept>, DatabaseError> {
        if !self.changed {
            return Ok(None);
        }
        self.row.bindings.prune(now);
        let before = self.row.counter;
        self.row.counter += 1;
        let (account, counter, members) = (self.row.id, self.row.counter, self.row.bindings.to_bytes());
        let seal = key.seal(&self.row.meaning());
        one(transaction.execute(KEEP, &[&account.0, &before, &counter, &members, &seal]).await)?;
        Ok(Some(Kept { account, counter }))
    }
}

const KEEP: &str =
    "update accounts set counter = $3, members = $4, seal = $5 where account = $1 and counter = $2";
