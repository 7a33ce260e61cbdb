//! What runs beside the requests: sagas that were left are finished, signing keys turn, announced writes are compared with
//! the vaults, what is over of sign-in is forgotten, and mail is sent.

use std::{error::Error as _, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tacenda_accounts::Post;
use tokio::{sync::watch, time::sleep};

use crate::{health::Health, system::System};

/// How often.
const EVERY: Duration = Duration::from_secs(10);

/// A write sealed this long ago is in its vault or is refused by it.
const FENCE: SignedDuration = SignedDuration::from_secs(5);

/// Runs until `stop` says true. What cannot be done now is done at the next turn, and nothing is done upon tables that are not
/// what their migrations make.
pub async fn run(system: Arc<System>, mut stop: watch::Receiver<bool>) {
    let mut seen: Option<u64> = None;
    loop {
        tokio::select! {
            () = sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if !system.gate.is_open() {
            continue;
        }
        if let Err(error) = system.accounts.forget_old().await {
            tracing::warn!(%error, "sessions that are over wait to be forgotten");
        }
        match system.records.recover().await {
            Ok(0) => {}
            Ok(finished) => tracing::info!(finished, "finished transactions that were left"),
            Err(error) => tracing::warn!(%error, "transactions that were left wait"),
        }
        if let Err(error) = system.accounts.keep_up().await {
            tracing::warn!(%error, "signing keys were not looked at");
        }
        if let Err(error) = system.keeper.check().await {
            tracing::error!(error = %error, because = error.source().map(tracing::field::display), "the keystore is not as it should be");
        }
        if let Some(size) = seen
            && let Err(error) = system.records.settle(size, until(&system)).await
        {
            tracing::warn!(%error, "ledger and vaults were not compared");
        }
        if let Err(error) = system.records.watch().await {
            tracing::warn!(%error, "what is under way in the vaults was not looked at");
        }
        seen = system.ledger.checkpoint().await.ok().map(|checkpoint| checkpoint.size);
    }
}

/// How often strangers are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks for strangers in the databases until `stop` says true.
pub async fn keep_looking(health: Arc<Health>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = sleep(LOOK_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let _said = health.look_for_strangers().await;
    }
}

/// How often mail is looked for.
const MAIL_EVERY: Duration = Duration::from_secs(1);

/// Sends mail, by the way that is configured at the time, until `stop` says true. What is under way then is sent again at
/// the next start.
pub async fn send_mail(
    system: Arc<System>,
    post: watch::Receiver<Arc<Post>>,
    mut stop: watch::Receiver<bool>,
) {
    let send = async {
        loop {
            sleep(MAIL_EVERY).await;
            if !system.gate.is_open() {
                continue;
            }
            if let Err(error) = system.accounts.answer_requests().await {
                tracing::warn!(%error, "requests for new passwords wait");
            }
            let way = Arc::clone(&post.borrow());
            system.accounts.send_notices(&way).await;
        }
    };
    tokio::select! {
        () = send => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// How often it is looked who did not use their account for long.
const RULES_EVERY: Duration = Duration::from_secs(600);

/// Keeps the rules about accounts until `stop` says true.
pub async fn keep_rules(system: Arc<System>, mut stop: watch::Receiver<bool>) {
    loop {
        match system.accounts.keep_rules().await {
            Ok(0) => {}
            Ok(suspended) => tracing::info!(suspended, "suspended accounts that were not used for long"),
            Err(error) => tracing::warn!(%error, "accounts that were not used for long wait"),
        }
        tokio::select! {
            () = sleep(RULES_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// What the ledger had at the last turn was sealed before the fence.
fn until(system: &System) -> Timestamp {
    system.clock.now().saturating_sub(FENCE).unwrap_or(Timestamp::MIN)
}
