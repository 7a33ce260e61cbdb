//! The pages.

use std::sync::Arc;

use axum::Router;
use jiff::tz::TimeZone;
use tacenda_contracts::{
    accounts::{
        applications::ApplicationsDoor, federation::FederationDoor, launch::LaunchPatientsDoor,
        links::LinksDoor, oauth::AuthorizeDoor, own_account::OwnAccountDoor, people::PeopleDoor,
        sign_in::SignInDoor,
    },
    wire::Peer,
};
use tacenda_kernel::Service;
use tacenda_records::LaunchPicker;
use tacenda_web::{Web, WebParts};

use super::System;

impl System {
    /// The pages over this system. Times are shown in this machine's zone.
    pub fn pages(&self) -> Router {
        let (installation, peer) = (&self.installation, Peer::Web);
        let calls = installation.calls_of_accounts(&self.accounts);
        let service = || Arc::clone(&self.accounts);
        let application = Peer::Service(Service::Records);
        let launch = LaunchPicker {
            records: Arc::clone(&self.records),
            accounts: installation.accounts_for(&self.accounts, application),
        };
        tacenda_web::router(Web::new(WebParts {
            sign_in: SignInDoor::held(service() as _, peer, &calls),
            federation: FederationDoor::held(service() as _, peer, &calls),
            own: OwnAccountDoor::held(service() as _, peer, &calls),
            links: LinksDoor::held(service() as _, peer, &calls),
            people: PeopleDoor::held(service() as _, peer, &calls),
            applications: ApplicationsDoor::held(service() as _, peer, &calls),
            authorize: AuthorizeDoor::held(service() as _, peer, &calls),
            launch: LaunchPatientsDoor::held(Arc::new(launch), peer, &calls),
            origin: self.origin.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            time_zone: TimeZone::system(),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        }))
    }
}
