//! The application over its services.

use std::{collections::HashMap, sync::Arc};

use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Outcome},
    keystore::Keystore,
    ledger::{Ledger, LedgerError},
};
use tacenda_crypto::{AuditKey, MacKey, RecordCodec, WrappingKey};
use tacenda_fhir::ResourceType;
use tacenda_kernel::{Action, ApiRealm, Clock, Compartment, Narrowing, Random, Service};
use tacenda_postgres::Database;

use crate::{
    Caller, RecordsError,
    ids::Ids,
    permits::Permits,
    room::Rooms,
    saga::{Active, Instance, Log, recover},
    settle::{self, CrossReport, SettledMark},
    vault_client::{VaultClient, VaultHandles},
    writes::one_at_a_time::Turns,
};

/// What the application is made of.
pub struct RecordsParts {
    /// Its own database: the saga log.
    pub database: Arc<Database>,
    /// Who permits.
    pub keystore: Arc<dyn Keystore>,
    /// Who keeps the entries that the vaults are compared with.
    pub ledger: Arc<dyn Ledger>,
    /// The server's own FHIR base URL: references that begin with it are its own.
    pub base_url: String,
    /// The vaults, one for each compartment.
    pub vaults: Vec<VaultHandles>,
    /// Translates record ids for each realm of the API.
    pub codecs: HashMap<ApiRealm, RecordCodec>,
    /// Seals this service's ledger entries about nobody in particular.
    pub general_audit: AuditKey,
    /// Blinds idempotency keys.
    pub submission_key: MacKey,
    /// Tags the rows of the log of sagas.
    pub saga_row_key: MacKey,
    /// Seals where a search goes on.
    pub cursor_key: WrappingKey,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// The application.
pub struct Records {
    pub(crate) database: Arc<Database>,
    pub(crate) keystore: Arc<dyn Keystore>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) base_url: String,
    vaults: Vec<VaultClient>,
    pub(crate) permits: Permits,
    pub(crate) ids: Ids,
    pub(crate) general_audit: AuditKey,
    pub(crate) submission_key: MacKey,
    saga_row_key: MacKey,
    pub(crate) cursor_key: WrappingKey,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) instance: Instance,
    pub(crate) active: Active,
    pub(crate) turns: Turns,
    pub(crate) settled: SettledMark,
    pub(crate) rooms: Rooms,
}

impl Records {
    /// Opens the application and finishes what an earlier instance left.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where a database does not answer.
    pub async fn open(parts: RecordsParts) -> Result<Self, RecordsError> {
        let records = Self::open_to_read(parts).await?;
        recover(&records).await?;
        Ok(records)
    }

    /// Opens the application to look at what there is: what an earlier instance left stays as it is.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where a database does not answer.
    pub async fn open_to_read(parts: RecordsParts) -> Result<Self, RecordsError> {
        let instance = Instance::announce(&parts.database, parts.random.as_ref()).await?;
        Ok(Self {
            permits: Permits::new(Arc::clone(&parts.keystore), Arc::clone(&parts.clock)),
            ids: Ids::new(parts.codecs),
            database: parts.database,
            keystore: parts.keystore,
            ledger: parts.ledger,
            base_url: parts.base_url,
            vaults: parts.vaults.into_iter().map(VaultClient).collect(),
            general_audit: parts.general_audit,
            submission_key: parts.submission_key,
            saga_row_key: parts.saga_row_key,
            cursor_key: parts.cursor_key,
            clock: parts.clock,
            random: parts.random,
            instance,
            active: Active::default(),
            turns: Turns::default(),
            settled: SettledMark::default(),
            rooms: Rooms::new(),
        })
    }

    pub(crate) fn log(&self) -> Log<'_> {
        Log { database: &self.database, key: &self.saga_row_key }
    }

    /// Finishes the sagas that nobody is running, and says how many.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where a database does not answer.
    pub async fn recover(&self) -> Result<usize, RecordsError> {
        recover(self).await
    }

    /// Marks announced writes that never reached their vault. `size` is a ledger size seen at least a few seconds ago,
    /// `until` the time at which it was seen; writes sealed by then and still under way are refused.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where a database does not answer.
    pub async fn settle(&self, size: u64, until: jiff::Timestamp) -> Result<(), RecordsError> {
        settle::settle(self, size, until).await
    }

    /// Looks for rows that lock their records for ever, and for a vault that refuses to be written, and logs them.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where a database does not answer.
    pub async fn watch(&self) -> Result<(), RecordsError> {
        settle::watch(self).await
    }

    /// Compares every version in the vaults with the first `size` entries of the ledger.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where a database does not answer.
    pub async fn cross_check(&self, size: u64) -> Result<CrossReport, RecordsError> {
        settle::cross_check(self, size).await
    }

    /// Refuses, and records that, where the scopes of the caller's token leave nothing of the type.
    ///
    /// `keystore` and the vaults hold this again; here it gets an answer that says what is missing.
    pub(crate) async fn in_scope(
        &self,
        caller: &Caller,
        action: Action,
        kind: ResourceType,
    ) -> Result<(), RecordsError> {
        if kind.is_logged() {
            return self.in_scope_of_log(caller, action).await;
        }
        let covers = |narrowing: &Narrowing| narrowing.kinds(action, true).cover(kind.as_str());
        if caller.actor.narrowing.as_ref().is_none_or(covers) {
            return Ok(());
        }
        Err(self.refused(caller, action, RecordsError::OutOfScope).await)
    }

    /// Refuses, and records that, where the server itself writes the type and nobody else does.
    ///
    /// # Errors
    /// [`RecordsError::ReadOnly`]
    pub async fn require_stored(
        &self,
        caller: &Caller,
        action: Action,
        kind: ResourceType,
    ) -> Result<(), RecordsError> {
        if kind.is_logged() { self.in_scope_of_log(caller, action).await } else { Ok(()) }
    }

    /// The ledger is read and never written by a request, and no scope is for it.
    async fn in_scope_of_log(&self, caller: &Caller, action: Action) -> Result<(), RecordsError> {
        match action {
            Action::Read | Action::Search if caller.actor.narrowing.is_none() => Ok(()),
            Action::Read | Action::Search => {
                Err(self.refused(caller, Action::Audit, RecordsError::OutOfScope).await)
            }
            _ => Err(self.refused(caller, action, RecordsError::ReadOnly).await),
        }
    }

    /// Records that a caller was refused before `keystore` could be asked.
    pub(crate) async fn refused(&self, caller: &Caller, action: Action, error: RecordsError) -> RecordsError {
        let reason = match error {
            RecordsError::OutOfScope => "scope",
            RecordsError::ReadOnly => "read-only",
            RecordsError::OtherRights => "other-rights",
            _ => "no-such-id",
        };
        let event = Event::Access(action);
        let entry = Entry::new(self.clock.now(), event, Outcome::Denied, caller.context);
        let entry = Entry { purpose: Some(caller.purpose), ..entry.by(&caller.actor).because(reason) };
        let sealed =
            entry.seal(&self.general_audit, EntrySubject::Nobody(Service::Records), self.random.as_ref());
        match self.ledger.append(vec![sealed]).await {
            Ok(_) => error,
            Err(LedgerError::Full) => RecordsError::Full,
            Err(_) => RecordsError::Unavailable,
        }
    }

    /// Passes a result on; where what the caller named is nothing, that is recorded as [`Self::refused`] does.
    pub(crate) async fn heard<T>(
        &self,
        caller: &Caller,
        action: Action,
        result: Result<T, RecordsError>,
    ) -> Result<T, RecordsError> {
        match result {
            Err(error @ RecordsError::NotFound) => Err(self.refused(caller, action, error).await),
            other => other,
        }
    }

    pub(crate) fn vault(&self, compartment: Compartment) -> Result<&VaultClient, RecordsError> {
        let vault = self.vaults.iter().find(|vault| vault.0.compartment == compartment);
        vault.ok_or(RecordsError::Unavailable)
    }
}
