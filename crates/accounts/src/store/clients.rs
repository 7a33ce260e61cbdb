//! Table `clients`: how applications and devices prove themselves, and what they may ask for.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::Row;

use crate::operations::oauth::scopes::Scopes;

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
}

const FIND: &str = "select account, sealed_secret_hash, jwks::text, grant_types, redirect_uris, post_logout_uris, \
     scopes, a.state <> 'active' from clients join accounts a using (account) where client_id = $1";

/// The client with this id.
pub(crate) async fn find(database: &Database, client_id: &str) -> Result<Option<ClientRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&client_id]).await?;
    rows.first().map(read).transpose()
}

const INSERT: &str = "insert into clients (client_id, account, sealed_secret_hash, jwks, created_at, kind, \
     grant_types, redirect_uris, post_logout_uris, scopes) \
     values ($1, $2, $3, $4::text::jsonb, $5, $6, $7, $8, $9, $10)";

/// Stores a new client.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    client_id: &str,
    client: &ClientRow,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let kind = if client.is_public() { "public" } else { "confidential" };
    transaction
        .execute(
            INSERT,
            &[
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
            ],
        )
        .await?;
    Ok(())
}

/// An application as administrators see it.
pub(crate) struct ApplicationRow {
    pub(crate) client_id: String,
    pub(crate) client: ClientRow,
    pub(crate) sealed_profile: Vec<u8>,
    pub(crate) made_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

const APPLICATIONS: &str = "select account, sealed_secret_hash, jwks::text, grant_types, redirect_uris, \
     post_logout_uris, scopes, a.state <> 'active', client_id, a.sealed_profile, c.created_at, a.last_used_at \
     from clients c join accounts a using (account) where a.kind = 'application' order by client_id";

/// The clients of applications; those of devices are not among them.
pub(crate) async fn applications(database: &Database) -> Result<Vec<ApplicationRow>, DatabaseError> {
    let rows = database.lanes().query(APPLICATIONS, &[]).await?;
    let application = |row: &Row| {
        Ok(ApplicationRow {
            client: read(row)?,
            client_id: row.try_get(8)?,
            sealed_profile: row.try_get(9)?,
            made_at: row.try_get(10)?,
            last_used_at: row.try_get(11)?,
        })
    };
    rows.iter().map(application).collect()
}

fn read(row: &Row) -> Result<ClientRow, DatabaseError> {
    Ok(ClientRow {
        account: ActorId(row.try_get(0)?),
        sealed_secret_hash: row.try_get(1)?,
        jwks: row.try_get(2)?,
        grant_types: row.try_get(3)?,
        redirect_uris: row.try_get(4)?,
        post_logout_uris: row.try_get(5)?,
        scopes: row.try_get(6)?,
        suspended: row.try_get(7)?,
    })
}
