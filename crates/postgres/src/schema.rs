//! What a database says about its own columns.

use crate::{Database, DatabaseError};

/// Every column of the service's own tables whose comment does not begin with its class.
const UNDOCUMENTED: &str = "select c.relname || '.' || a.attname \
     from pg_attribute a \
       join pg_class c on c.oid = a.attrelid \
       join pg_namespace n on n.oid = c.relnamespace \
     where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'f') \
       and c.relname <> 'refinery_schema_history' and a.attnum > 0 and not a.attisdropped \
       and coalesce(col_description(c.oid, a.attnum), '') !~ '^(id|sealed|token|metadata): *[^ ]' \
     order by 1";

/// The columns, as `table.column`, that do not say what they hold: each must have a comment that begins with its
/// class (`id:`, `sealed:`, `token:` or `metadata:`) and goes on. A service's tests want this to be empty.
///
/// # Errors
/// [`DatabaseError::Unavailable`] if the database cannot be asked.
pub async fn undocumented_columns(database: &Database) -> Result<Vec<String>, DatabaseError> {
    let rows = database.lanes().query(UNDOCUMENTED, &[]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
