//! What services hand each other, and what is kept of it, must read tomorrow: permits, each vault's slice of them, and entries
//! against a file that was written once.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU8, Ordering},
};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Fact, Outcome, Relation, SealedEntry, Source, Touched},
    keystore::GrantKind,
    permit::{Elements, Opening, Permit, PermitClaims, PermitSubject, Slice},
};
use tacenda_crypto::MasterKey;
use tacenda_kernel::{
    Action, Actor, ActorId, ApiRealm, AuthStrength, Compartment, Delegation, Kinds, Language, Narrowing,
    Pseudonym, Purpose, Random, RecordId, RequestContext, Role, Secret, Service, TraceId, Version,
};
use uuid::Uuid;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/formats.txt");

/// Counts instead of drawing.
#[derive(Default)]
struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn keys() -> MasterKey {
    MasterKey::from_bytes(&Secret::new([0x42; 32]))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_772_366_400 + seconds).unwrap()
}

fn id(byte: u8) -> Uuid {
    Uuid::from_bytes([byte; 16])
}

fn actor() -> Actor {
    Actor {
        id: ActorId(id(1)),
        role: Role::Clinician,
        strength: AuthStrength::Multi,
        patient: Some(Pseudonym::from_bytes([2; 16])),
        proven_at: Some(at(-60)),
        token_id: id(3),
        expires_at: at(300),
        narrowing: Some(Narrowing {
            scopes: vec!["patient/Observation.rs".parse().unwrap(), "user/*.cruds".parse().unwrap()],
            patient: Some([4; 16]),
        }),
        delegation: Some(Delegation {
            client: "app".to_owned(),
            authorisation: id(5),
            identity: vec!["openid".to_owned()],
        }),
    }
}

fn context() -> RequestContext {
    RequestContext { trace: TraceId([6; 16]), address: Some([192, 0, 2, 17].into()) }
}

/// Each way of covering elements, and of being about somebody.
fn permit() -> Permit {
    let opening = |compartment, elements| Opening { compartment, patient: [compartment as u8; 16], elements };
    let claims = PermitClaims {
        id: [7; 16],
        actor: actor(),
        action: Action::Search,
        purpose: Purpose::Treatment,
        realm: ApiRealm::Care,
        subject: Some(PermitSubject { ledger: Pseudonym::from_bytes([8; 16]), public: [9; 16] }),
        openings: vec![
            opening(Compartment::Contact, Elements::Only(vec!["name".to_owned()])),
            opening(Compartment::Identity, Elements::Except(vec!["photo".to_owned()])),
            opening(Compartment::Clinical, Elements::All),
        ],
        kinds: Kinds::Only(vec!["Observation".to_owned()]),
        issued_at: at(0),
        expires_at: at(60),
        policies: vec!["clinician-care".to_owned()],
        relations: vec![Relation::Own, Relation::Granted(GrantKind::Care)],
        context: context(),
    };
    Permit::issue(claims, &keys().permit_key())
}

fn entry() -> Entry {
    let record = RecordId::make(Compartment::Clinical, &Counting::default());
    let event = Event::Access(Action::Read);
    Entry {
        actor: Some(ActorId(id(1))),
        role: Some(Role::Clinician),
        purpose: Some(Purpose::Treatment),
        compartment: Some(Compartment::Clinical),
        records: vec![Touched { record, version: Version::new(7).unwrap() }],
        elements: vec!["status".to_owned(), "code".to_owned()],
        kinds: vec!["Observation".to_owned()],
        permit: Some([7; 16]),
        policies: vec!["clinician-care".to_owned()],
        relations: vec![Relation::Own, Relation::Granted(GrantKind::ResearchConsent)],
        source: Source {
            address: context().address,
            application: Some("app".to_owned()),
            token: Some(id(3)),
            session: Some(id(10)),
        },
        facts: facts(),
        ..Entry::new(at(0), event, Outcome::Failed, context()).because("withheld")
    }
}

/// Every kind that there is: each keeps its number.
fn facts() -> Vec<Fact> {
    let (account, patient) = (ActorId(id(11)), Pseudonym::from_bytes([12; 16]));
    let (kind, purpose, until) = (GrantKind::StreamNeed, Purpose::Operations, at(9));
    vec![
        Fact::Account(account),
        Fact::Session(id(13)),
        Fact::Client("app".to_owned()),
        Fact::Authorisation(id(14)),
        Fact::Provider("hospital".to_owned()),
        Fact::Proof("totp".to_owned()),
        Fact::step("begun"),
        Fact::Scope("openid".to_owned()),
        Fact::Repeated(1_000),
        Fact::Network("192.0.2.0/24".to_owned()),
        Fact::Counter { account, value: 300 },
        Fact::Registered(patient),
        Fact::RegistrationAbandoned(patient),
        Fact::Erased(patient),
        Fact::GrantGiven { grant: id(15), patient, actor: Some(account), kind, purpose, until },
        Fact::GrantEnded { grant: id(15), patient, actor: None, kind, purpose, until },
        Fact::Adopted { entries: 5, seen: 6, root: [16; 32] },
        Fact::RoleGiven { role: Role::Monitor, until: Some(at(9)) },
        Fact::RoleTaken(Role::Device),
        Fact::Passkey(id(17)),
        Fact::Reset(id(18)),
        Fact::Language(Language::Italian),
        Fact::CounterAnnounced { account, value: 301 },
        Fact::Submission { key: [19; 32], saga: id(20) },
    ]
}

fn sealed() -> SealedEntry {
    let subject = EntrySubject::Nobody(Service::Records);
    entry().seal(&keys().general_audit_key(Service::Records), subject, &Counting::default())
}

/// What is made the same each time.
fn made() -> Vec<(String, Vec<u8>)> {
    let permit = permit();
    let slice = |compartment: Compartment| {
        let bytes = postcard::to_stdvec(permit.slice(compartment).unwrap()).unwrap();
        (format!("slice for {compartment}"), bytes)
    };
    let mut made = vec![("permit".to_owned(), postcard::to_stdvec(&permit).unwrap())];
    made.extend(permit.compartments().iter().map(slice));
    made.push(("entry".to_owned(), sealed().sealed));
    made
}

fn golden() -> HashMap<String, Vec<u8>> {
    let text = std::fs::read_to_string(FILE).unwrap();
    let line = |line: &str| {
        let (name, hex) = line.split_once(": ").unwrap();
        (name.to_owned(), HEXLOWER.decode(hex.as_bytes()).unwrap())
    };
    text.lines().map(line).collect()
}

#[test]
fn formats_are_as_they_were() {
    // Only for a format that never held data.
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let lines = made().into_iter().map(|(name, bytes)| format!("{name}: {}\n", HEXLOWER.encode(&bytes)));
        std::fs::write(FILE, lines.collect::<String>()).unwrap();
    }
    let golden = golden();
    assert_eq!(made().len(), golden.len());
    for (name, made) in made() {
        assert_eq!(HEXLOWER.encode(&golden[&name]), HEXLOWER.encode(&made), "{name}");
    }
}

#[test]
fn what_was_issued_and_sealed_then_is_good_now() {
    let (golden, key) = (golden(), keys().permit_key());
    let then: Permit = postcard::from_bytes(&golden["permit"]).unwrap();
    assert_eq!(then.verify(&key, at(59)).unwrap(), permit().claims());
    for compartment in then.compartments().iter() {
        let bytes = &golden[&format!("slice for {compartment}")];
        let slice: Slice = postcard::from_bytes(bytes).unwrap();
        assert_eq!(slice.verify(&key, at(59)).unwrap(), permit().slice(compartment).unwrap().claims());
        // Any other byte is another slice, or none.
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let changed: Option<Slice> = postcard::from_bytes(&changed).ok();
            assert!(changed.is_none_or(|slice| slice.verify(&key, at(59)).is_err()), "{compartment} {place}");
        }
    }
    let sealed = SealedEntry { sealed: golden["entry"].clone(), ..sealed() };
    assert_eq!(sealed.open(&keys().general_audit_key(Service::Records)).unwrap(), entry());
}
