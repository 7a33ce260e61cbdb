//! From which origins applications' pages come: browsers ask before a page of another origin may read an answer (CORS).

use std::{collections::HashSet, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::{
    operations::oauth::redirects,
    service::Accounts,
    store::clients::{self, ApplicationRow, GrantType},
};

/// How long what was read counts. SECURITY: a stranger's request costs no question to the database of its own.
const COUNTS: SignedDuration = SignedDuration::from_secs(5);

/// How long whoever asks waits for the database, and others behind them.
const PATIENCE: Duration = Duration::from_secs(1);

/// The origins of all applications, as they were read last.
#[derive(Default)]
pub(crate) struct Origins(Mutex<Option<(Timestamp, HashSet<String>)>>);

/// Whether this is the origin of an application that people let in.
pub(crate) async fn is_application(accounts: &Accounts, origin: &str) -> bool {
    let Some(origin) = redirects::origin(origin) else { return false };
    let now = accounts.clock.now();
    let mut read = accounts.origins.0.lock().await;
    let old = read.as_ref().is_none_or(|(at, _)| now.duration_since(*at).abs() >= COUNTS);
    if old {
        let asked = tokio::time::timeout(PATIENCE, clients::applications(&accounts.database)).await;
        let before = read.take().map(|(_, origins)| origins).unwrap_or_default();
        // Where the database does not answer, what was read last counts, and it is asked again as late as if it had: without
        // a token a page gets nothing, and no token is believed then.
        let origins = match asked {
            Ok(Ok(found)) => found.iter().flat_map(of_pages).collect(),
            _ => before,
        };
        *read = Some((now, origins));
    }
    read.as_ref().is_some_and(|(_, origins)| origins.contains(&origin))
}

fn of_pages(row: &ApplicationRow) -> impl Iterator<Item = String> {
    let counts = !row.client.suspended && row.client.may(GrantType::AuthorizationCode);
    row.client.redirect_uris.iter().filter(move |_| counts).filter_map(|uri| redirects::origin(uri))
}
