//! The keys that sign tokens are fetched, once for all who wait, and believed for a day without accounts.

use std::sync::atomic::Ordering;

use futures::future::join_all;
use jiff::SignedDuration;
use tacenda_contracts::keystore::{Keystore as _, PermitError, PermitRequest, Subject};
use tacenda_kernel::{Action, Role};

use crate::bed::{Bed, clinical};

fn ask(bed: &Bed, patient: [u8; 16]) -> PermitRequest {
    bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical())
}

#[tokio::test]
async fn everybody_who_comes_first_waits_for_one_fetch() {
    let bed = Bed::new().await;
    let again = bed.reopen(crate::bed::ROOT).await.unwrap();
    let before = bed.issuer.accounts().asked.load(Ordering::SeqCst);
    let asks: Vec<_> = (0..20).map(|_| ask(&bed, [1; 16])).collect();
    for answer in join_all(asks.iter().map(|ask| again.permit(ask))).await {
        assert_eq!(answer.err(), Some(PermitError::NotFound), "known, and not for this patient");
    }
    assert_eq!(bed.issuer.accounts().asked.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn a_token_whose_keys_cannot_be_fetched_is_not_refused_as_a_strangers() {
    let bed = Bed::new().await;
    let again = bed.reopen(crate::bed::ROOT).await.unwrap();
    let accounts = bed.issuer.accounts();
    accounts.stop(true);
    let entries = bed.ledger.count();
    for _ in 0..5 {
        assert_eq!(again.permit(&ask(&bed, [1; 16])).await.err(), Some(PermitError::Unavailable));
    }
    assert_eq!(bed.ledger.count(), entries, "nobody is called a stranger");
    accounts.stop(false);
    bed.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(again.permit(&ask(&bed, [1; 16])).await.err(), Some(PermitError::NotFound));
}

#[tokio::test]
async fn keys_are_believed_for_a_day_without_accounts_and_no_longer() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    bed.keystore.permit(&ask(&bed, patient)).await.unwrap();
    bed.issuer.accounts().stop(true);
    bed.clock.advance(SignedDuration::from_hours(23));
    bed.keystore.permit(&ask(&bed, patient)).await.unwrap();
    bed.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(bed.keystore.permit(&ask(&bed, patient)).await.err(), Some(PermitError::Unavailable));
    bed.issuer.accounts().stop(false);
    bed.clock.advance(SignedDuration::from_secs(1));
    bed.keystore.permit(&ask(&bed, patient)).await.unwrap();
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_nobody_out() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    bed.keystore.permit(&ask(&bed, patient)).await.unwrap();
    let before = bed.issuer.accounts().asked.load(Ordering::SeqCst);
    bed.clock.advance(SignedDuration::from_secs(-120));
    bed.keystore.permit(&ask(&bed, patient)).await.unwrap();
    assert_eq!(bed.issuer.accounts().asked.load(Ordering::SeqCst), before + 1);
}
