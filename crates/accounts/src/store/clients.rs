//! Table `clients`: how applications and devices prove themselves, and what they may ask for.

use jiff::Timestamp;
use tacenda_contracts::accounts::people::HeldRole;
use tacenda_kernel::ActorId;
use tacenda_postgres::{DatabaseError, Transaction};
use tokio_postgres::{Row, types::ToSql};

use super::{
    SealedDatabase,
    accounts::{self, AccountRow, account_columns, account_from},
    held::Held,
    one,
};
use crate::{
    bindings::{Binding, Group, Kind},
    operations::oauth::scopes::Scopes,
    row_seal::{Meaning, RowKey, not_of_the_account},
};

/// What rows have in common that are for one client.
pub(crate) fn group(key: &RowKey, client_id: &str) -> Group {
    key.group(&Meaning::of("clients.group").text(client_id))
}

/// By what a client gets tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// For itself.
    ClientCredentials,
    /// In the name of a person who let it in.
    AuthorizationCode,
    /// As before, without asking the person again.
    RefreshToken,
}

impl GrantType {
    /// Its name in RFC 6749 and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// A client as stored: it has a secret, or keys, or, a public one, neither.
#[derive(Clone, Debug)]
pub(crate) struct ClientRow {
    pub(crate) account: ActorId,
    pub(crate) sealed_secret_hash: Option<Vec<u8>>,
    pub(crate) jwks: Option<String>,
    pub(crate) grant_types: Vec<String>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_uris: Vec<String>,
    /// None for any that its account has.
    pub(crate) scopes: Option<Vec<String>>,
    /// Whether its account is suspended: it gets nothing, and nothing it has is believed.
    pub(crate) suspended: bool,
}

impl ClientRow {
    /// Whether it proves nothing.
    pub(crate) const fn is_public(&self) -> bool {
        self.sealed_secret_hash.is_none() && self.jwks.is_none()
    }

    pub(crate) fn may(&self, grant: GrantType) -> bool {
        self.grant_types.iter().any(|known| known == grant.as_str())
    }

    /// The scopes it is registered for; none for any.
    pub(crate) fn allowed_scopes(&self) -> Option<Scopes> {
        // A word that is not known any more allows nothing.
        let known = |words: &Vec<String>| {
            let words = words.iter().map(String::as_str).filter(|word| Scopes::parse(word).is_ok());
            Scopes::of(words).unwrap_or_default()
        };
        self.scopes.as_ref().map(known)
    }

    /// That it is public follows from the proofs it has not.
    fn meaning(&self, client_id: &str, created_at: Timestamp) -> Meaning {
        Meaning::of("clients")
            .text(client_id)
            .id(self.account.0)
            .time(created_at)
            .optional(self.sealed_secret_hash.as_deref(), Meaning::bytes)
            .optional(self.jwks.as_deref(), Meaning::text)
            .texts(&self.grant_types)
            .texts(&self.redirect_uris)
            .texts(&self.post_logout_uris)
            .optional(self.scopes.as_deref(), Meaning::texts)
    }
}

/// The columns of an account `a` and its client `c` that [`read`] reads, in their order.
macro_rules! client_columns {
    () => {
        concat!(
            account_columns!(),
            ", c.client_id, c.sealed_secret_hash, c.jwks, c.grant_types, c.redirect_uris, c.post_logout_uris, \
             c.scopes, c.seal, c.created_at"
        )
    };
}

const FIND: &str = concat!(
    "select ",
    client_columns!(),
    " from ",
    account_from!(),
    " join clients c on c.account = a.account where c.client_id = $1"
);

/// The client with this id.
pub(crate) async fn find(
    database: &SealedDatabase,
    client_id: &str,
) -> Result<Option<ClientRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&client_id]).await?;
    let found = rows.first().map(|row| read(&database.key, row)).transpose()?.flatten();
    Ok(found.map(|(_, _, client)| client))
}

/// The same with the account that it acts for.
pub(crate) async fn find_with_account(
    database: &SealedDatabase,
    client_id: &str,
) -> Result<Option<(AccountRow, ClientRow)>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&client_id]).await?;
    let found = rows.first().map(|row| read(&database.key, row)).transpose()?.flatten();
    Ok(found.map(|(account, _, client)| (account, client)))
}

const INSERT: &str = "insert into clients (client_id, account, sealed_secret_hash, jwks, created_at, kind, \
     grant_types, redirect_uris, post_logout_uris, scopes, seal) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Stores a new client.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    client_id: &str,
    client: &ClientRow,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let kind = if client.is_public() { "public" } else { "confidential" };
    let seal = key.seal(&client.meaning(client_id, now));
    let parameters: &[&(dyn ToSql + Sync)] = &[
        &client_id,
        &client.account.0,
        &client.sealed_secret_hash,
        &client.jwks,
        &now,
        &kind,
        &client.grant_types,
        &client.redirect_uris,
        &client.post_logout_uris,
        &client.scopes,
        &seal,
    ];
    one(transaction.execute(INSERT, parameters).await)?;
    held.bind(Binding::lasting(Kind::Client, &seal));
    Ok(())
}

/// An application as administrators see it.
pub(crate) struct ApplicationRow {
    pub(crate) client_id: String,
    pub(crate) client: ClientRow,
    pub(crate) sealed_profile: Vec<u8>,
    pub(crate) roles: Vec<HeldRole>,
    pub(crate) made_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

const APPLICATIONS: &str = concat!(
    "select ",
    client_columns!(),
    ", a.last_used_at from ",
    account_from!(),
    " join clients c on c.account = a.account where a.kind = 'application' order by c.client_id"
);

/// The clients of applications; those of devices are not among them.
pub(crate) async fn applications(database: &SealedDatabase) -> Result<Vec<ApplicationRow>, DatabaseError> {
    let rows = database.lanes().query(APPLICATIONS, &[]).await?;
    let application = |row: &Row| {
        let Some((account, client_id, client)) = read(&database.key, row)? else { return Ok(None) };
        Ok(Some(ApplicationRow {
            client_id,
            client,
            sealed_profile: account.sealed_profile,
            made_at: row.try_get(COLUMNS - 1)?,
            last_used_at: row.try_get(COLUMNS)?,
            roles: account.roles,
        }))
    };
    rows.iter().filter_map(|row| application(row).transpose()).collect()
}

/// How many columns [`read`] reads.
const COLUMNS: usize = accounts::COLUMNS + 9;

/// The account, its client's id, and the client; none where one of the two is not believed.
fn read(key: &RowKey, row: &Row) -> Result<Option<(AccountRow, String, ClientRow)>, DatabaseError> {
    let Some(account) = accounts::read(key, row, 0)? else { return Ok(None) };
    let client = read_own(key, row, accounts::COLUMNS, &account)?;
    Ok(client.map(|(client_id, client)| (account, client_id, client)))
}

/// The client and its id; none where it does not count for its account.
pub(crate) fn read_own(
    key: &RowKey,
    row: &Row,
    at: usize,
    account: &AccountRow,
) -> Result<Option<(String, ClientRow)>, DatabaseError> {
    let client_id: String = row.try_get(at)?;
    let client = ClientRow {
        account: account.id,
        sealed_secret_hash: row.try_get(at + 1)?,
        jwks: row.try_get(at + 2)?,
        grant_types: row.try_get(at + 3)?,
        redirect_uris: row.try_get(at + 4)?,
        post_logout_uris: row.try_get(at + 5)?,
        scopes: row.try_get(at + 6)?,
        suspended: account.suspended,
    };
    let (seal, created_at): (&[u8], _) = (row.try_get(at + 7)?, row.try_get(at + 8)?);
    if !key.believes(&client.meaning(&client_id, created_at), seal) {
        return Ok(None);
    }
    let counts = account.bindings.has(Kind::Client, seal);
    if !counts {
        not_of_the_account("clients");
    }
    Ok(counts.then_some((client_id, client)))
}
