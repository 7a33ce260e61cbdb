//! The edge: FHIR and OAuth.

use std::sync::Arc;

use tacenda_contracts::{
    accounts::{federation::FederationDoor, oauth::AuthorizeDoor},
    wire::Peer,
};
use tacenda_fhir::Limits;
use tacenda_gateway::{Capacity, Edge, EdgeParts};

use super::System;

impl System {
    /// The edge over this system.
    #[must_use]
    pub fn edge(&self) -> Edge {
        let (installation, accounts) = (&self.installation, &self.accounts);
        let calls = installation.calls_of_accounts(accounts);
        let service = || Arc::clone(accounts);
        Edge::new(EdgeParts {
            accounts: installation.accounts_for(accounts, Peer::Gateway),
            federation: FederationDoor::held(service() as _, Peer::Gateway, &calls),
            authorize: AuthorizeDoor::held(service() as _, Peer::Gateway, &calls),
            records: Arc::clone(&self.records),
            origin: self.origin.clone(),
            discovery: tacenda_accounts::discovery(&self.origin),
            smart_configuration: tacenda_accounts::smart_configuration(&self.origin),
            limits: Limits::default(),
            capacity: Capacity::default(),
            gate: self.gate.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        })
    }
}
