//! Who may call what: the golden table, and every cell of it tried by bytes.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tacenda_contracts::{
    accounts::{
        AccountsClient, AccountsDoor,
        applications::{ApplicationsClient, ApplicationsDoor},
        federation::{FederationClient, FederationDoor},
        launch::{LaunchPatientsClient, LaunchPatientsDoor},
        links::{LinksClient, LinksDoor},
        oauth::{AuthorizeClient, AuthorizeDoor},
        own_account::{OwnAccountClient, OwnAccountDoor},
        people::{PeopleClient, PeopleDoor},
        sign_in::{SignInClient, SignInDoor},
    },
    keystore::{KeystoreClient, KeystoreDoor},
    ledger::{LedgerClient, LedgerDoor},
    vault::{VaultClient, VaultDoor, VaultUpkeepClient, VaultUpkeepDoor},
    wire::{Allowed, CallFault, Line, Peer, Refusals, Served},
};

/// A line at whose other end nobody is: a client over it is a service that answers nothing.
struct Dead;

#[async_trait]
impl Line for Dead {
    async fn call(&self, _: &'static str, _: Vec<u8>) -> Result<Vec<u8>, CallFault> {
        Err(CallFault::Unreachable)
    }
}

#[derive(Default)]
struct Refused(Mutex<Vec<(Peer, &'static str, &'static str)>>);

#[async_trait]
impl Refusals for Refused {
    async fn refused(&self, peer: Peer, contract: &'static str, method: &'static str) {
        self.0.lock().unwrap().push((peer, contract, method));
    }
}

type Door = Box<dyn Served>;
type Open = fn(Peer, Arc<Refused>) -> Door;

/// A contract: its name, its methods, and its door as a peer has it.
struct Contract(&'static str, &'static [Allowed], Open);

macro_rules! contracts {
    ($($name:literal: $door:ident over $client:ident),+ $(,)?) => {
        vec![$(Contract($name, $door::METHODS, |peer, refused| {
            Box::new($door::new(Arc::new($client(Arc::new(Dead))), peer, refused))
        })),+]
    };
}

fn contracts() -> Vec<Contract> {
    contracts![
        "Accounts": AccountsDoor over AccountsClient,
        "Applications": ApplicationsDoor over ApplicationsClient,
        "Authorize": AuthorizeDoor over AuthorizeClient,
        "Federation": FederationDoor over FederationClient,
        "Keystore": KeystoreDoor over KeystoreClient,
        "LaunchPatients": LaunchPatientsDoor over LaunchPatientsClient,
        "Ledger": LedgerDoor over LedgerClient,
        "Links": LinksDoor over LinksClient,
        "OwnAccount": OwnAccountDoor over OwnAccountClient,
        "People": PeopleDoor over PeopleClient,
        "SignIn": SignInDoor over SignInClient,
        "Vault": VaultDoor over VaultClient,
        "VaultUpkeep": VaultUpkeepDoor over VaultUpkeepClient,
    ]
}

#[test]
fn who_may_call_what_is_as_reviewed() {
    let row = |contract: &Contract, method: &Allowed| {
        let callers: Vec<String> = method.callers.iter().map(|caller| format!("{caller:?}")).collect();
        let exactly = if method.exactly { ", the one that the arguments name" } else { "" };
        format!("{}.{}: {}{exactly}\n", contract.0, method.method, callers.join(" "))
    };
    let rows = |contract: &Contract| contract.1.iter().map(|method| row(contract, method)).collect();
    let table: String = contracts().iter().map(|contract: &Contract| -> String { rows(contract) }).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/callers.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert_eq!(table, kept, "see CONTRIBUTING.md on golden files");
}

#[tokio::test]
async fn every_other_peer_is_refused_before_anything_is_read_and_that_is_recorded() {
    let mut refused_cells = 0;
    for Contract(name, methods, open) in contracts() {
        for peer in Peer::all() {
            for Allowed { method, callers, .. } in methods {
                let refused = Arc::<Refused>::default();
                // No request of any method: one who may call hears that it cannot be read.
                let answer = open(peer, Arc::clone(&refused)).answer(method, &[0xff; 3]).await;
                let recorded = refused.0.lock().unwrap().clone();
                if callers.contains(&peer.caller()) {
                    assert_ne!(answer, Err(CallFault::Refused), "{peer:?} {name}.{method}");
                    assert_eq!(recorded, []);
                } else {
                    assert_eq!(answer, Err(CallFault::Refused), "{peer:?} {name}.{method}");
                    assert_eq!(recorded, [(peer, name, *method)]);
                    refused_cells += 1;
                }
            }
        }
    }
    assert!(refused_cells > 500, "{refused_cells}");
}

#[tokio::test]
async fn bytes_that_are_no_message_are_refused() {
    for peer in Peer::all() {
        for Contract(name, methods, open) in contracts() {
            let door = open(peer, Arc::default());
            assert_eq!(door.answer("no_such_method", &[]).await, Err(CallFault::NoSuchMethod), "{name}");
            for Allowed { method, .. } in methods {
                for length in [1, 7, 64, 4_096] {
                    let answer = door.answer(method, &vec![0xff; length]).await;
                    let fault = matches!(answer, Err(CallFault::Malformed | CallFault::Refused));
                    assert!(fault, "{name}.{method} {length}: {answer:?}");
                }
            }
        }
    }
}
