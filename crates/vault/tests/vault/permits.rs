//! Every call verifies its permit, also those that need no key: forged, altered, borrowed, expired or meant for something
//! else, it is refused, and the ledger says so.

use std::sync::Arc;

use jiff::SignedDuration;
use tacenda_contracts::{
    entry::{Event, Outcome},
    origin::{OriginFilter, OriginQuery},
    permit::{Slice, SliceClaims},
    timeline::{Of, Timeline},
    vault::{Query, Use, Vault as _, VaultError},
};
use tacenda_kernel::{Action, Compartment, RecordId, TraceId};
use tacenda_testkit::FakeKeystore;
use tacenda_vault::Vault;

use crate::bed::{Bed, Fresh, OWN, permit};

/// Every call, and an action that its permit may be for.
const CALLS: [(&str, Action); 11] = [
    ("read", Action::Read),
    ("withheld", Action::Read),
    ("timeline", Action::History),
    ("versions", Action::History),
    ("origins", Action::History),
    ("search", Action::Search),
    ("rank", Action::Search),
    ("lookup", Action::Lookup),
    ("exist", Action::Read),
    ("write", Action::Create),
    ("stage", Action::Create),
];

async fn call(vault: &Vault, name: &str, slice: Arc<Slice>) -> Result<(), VaultError> {
    let asked = Use::whole(slice, TraceId([6; 16]).into());
    let record = RecordId::from_bytes({
        let mut bytes = [2; 16];
        bytes[0] = OWN as u8;
        bytes
    })
    .unwrap();
    let query = Query { limit: 10, ..Query::default() };
    match name {
        "read" => vault.read(asked, record, None).await.map(drop),
        "withheld" => vault.withheld(asked, &[]).await,
        "timeline" => {
            let timeline = Timeline { of: Of::Record(record, None), since: None, limit: 10 };
            vault.timeline(asked, timeline).await.map(drop)
        }
        "versions" => vault.versions(asked, &[]).await.map(drop),
        "origins" => {
            let shown = OriginFilter::default();
            let query = OriginQuery { record: Some(record), version: None, after: None, limit: 10, shown };
            vault.origins(asked, query).await.map(drop)
        }
        "search" => vault.search(asked, query).await.map(drop),
        "rank" => vault.rank(asked, query, &[], None).await.map(drop),
        "lookup" => vault.lookup(asked, query).await.map(drop),
        "exist" => vault.exist(asked, &[record]).await.map(drop),
        "write" => vault.write(asked, Vec::new()).await.map(drop),
        "stage" => vault.stage(asked, uuid::Uuid::from_u128(1), Vec::new()).await.map(drop),
        other => unreachable!("{other}"),
    }
}

/// The slice with other claims under its own tag.
fn altered(slice: &Slice, alter: impl FnOnce(&mut SliceClaims)) -> Arc<Slice> {
    let mut claims = slice.claims().clone();
    alter(&mut claims);
    let bytes = postcard::to_extend(&claims, Vec::new()).unwrap();
    let bytes = postcard::to_extend(&slice.tag(), bytes).unwrap();
    let altered: Slice = postcard::from_bytes(&bytes).unwrap();
    assert_eq!((altered.tag(), altered.claims()), (slice.tag(), &claims));
    Arc::new(altered)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_that_holds_is_let_in() {
    let bed = Bed::make("holds_").await;
    for (name, action) in CALLS {
        let Fresh { vault, keystore, .. } = bed.vault();
        let permit = permit(&bed, &keystore, action);
        let answer = call(&vault, name, Arc::clone(permit.slice(OWN).unwrap())).await;
        assert_ne!(answer, Err(VaultError::Refused), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_permit_is_refused_by_every_call() {
    let bed = Bed::make("forged_").await;
    let others = FakeKeystore::new(2, &bed.clock, &tacenda_testkit::SeededRandom::new(3));
    for (name, action) in CALLS {
        let Fresh { vault, ledger, .. } = bed.vault();
        let forged = permit(&bed, &others, action);
        let answer = call(&vault, name, Arc::clone(forged.slice(OWN).unwrap())).await;
        assert_eq!(answer, Err(VaultError::Refused), "{name}");
        assert_eq!(ledger.count(), 0, "the keystore records it, which it was shown to: {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_that_are_presented_under_the_tag_of_others_are_refused_by_every_call() {
    let bed = Bed::make("altered_").await;
    let alterations: [fn(&mut SliceClaims); 4] = [
        |claims| claims.opening.patient = [0xee; 16],
        |claims| claims.patient = None,
        |claims| claims.action = Action::Read,
        |claims| claims.expires_at += SignedDuration::from_hours(1),
    ];
    for (name, action) in CALLS {
        for (number, alter) in alterations.iter().enumerate() {
            let Fresh { vault, keystore, .. } = bed.vault();
            let permit = permit(&bed, &keystore, action);
            let genuine = permit.slice(OWN).unwrap();
            // The vault remembers the genuine one under the same tag.
            let before = call(&vault, name, Arc::clone(genuine)).await;
            assert_ne!(before, Err(VaultError::Refused), "{name}");
            let altered = altered(genuine, alter);
            if altered.claims() == genuine.claims() {
                continue;
            }
            let answer = call(&vault, name, altered).await;
            assert_eq!(answer, Err(VaultError::Refused), "{name}, alteration {number}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_vaults_slice_and_one_for_something_else_are_refused_and_recorded() {
    let bed = Bed::make("borrowed_").await;
    for (name, action) in CALLS {
        let Fresh { vault, keystore, ledger } = bed.vault();
        let permit = permit(&bed, &keystore, action);
        let borrowed = permit.slice(Compartment::Contact).unwrap();
        assert_eq!(call(&vault, name, Arc::clone(borrowed)).await, Err(VaultError::Refused), "{name}");
        recorded(&bed, &ledger, (Event::Unauthenticated, "permit-of-another-vault"), name);
        // A permit for anything may be asked whether a record is there.
        if name != "exist" {
            let Fresh { vault, keystore, ledger } = bed.vault();
            let other = crate::bed::permit(&bed, &keystore, Action::Audit);
            let slice = Arc::clone(other.slice(OWN).unwrap());
            assert_eq!(call(&vault, name, slice).await, Err(VaultError::Refused), "{name}");
            recorded(&bed, &ledger, (Event::Access(Action::Audit), "permit-does-not-cover"), name);
        }
    }
}

fn recorded(bed: &Bed, ledger: &tacenda_testkit::FakeLedger, (event, reason): (Event, &str), name: &str) {
    assert_eq!(ledger.count(), 1, "{name}");
    let said = ledger.last(&bed.general_audit());
    assert_eq!(said, (event, Outcome::Denied, reason.to_owned()), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_is_over_when_it_is_though_its_keys_are_remembered() {
    let bed = Bed::make("over_").await;
    for (name, action) in CALLS {
        let Fresh { vault, keystore, ledger } = bed.vault();
        let permit = permit(&bed, &keystore, action);
        let slice = permit.slice(OWN).unwrap();
        bed.clock.advance(SignedDuration::from_secs(58));
        assert_ne!(call(&vault, name, Arc::clone(slice)).await, Err(VaultError::Refused), "{name}");
        bed.clock.advance(SignedDuration::from_secs(2));
        assert_eq!(call(&vault, name, Arc::clone(slice)).await, Err(VaultError::Refused), "{name}");
        let said = ledger.newest(&bed.general_audit());
        assert_eq!(said.reason.as_deref(), Some("permit-expired"), "{name}");
    }
}
