//! On whose behalf.

use std::sync::Arc;

use tacenda_contracts::{
    accounts::BearerToken,
    keystore::{PermitRequest, Subject},
    permit::Permit,
};
use tacenda_fhir::Excerpt;
use tacenda_kernel::{Action, Actor, CompartmentSet, Purpose, RequestContext};

use crate::{disclosures::Disclosures, room::Room, vault_client::UnderPermit};

/// An identified caller with a reason, in one request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token as presented: `keystore` verifies it again.
    pub token: BearerToken,
    /// Who the token says it is.
    pub actor: Actor,
    /// Why they act.
    pub purpose: Purpose,
    /// Which request this is, and where it comes from.
    pub context: RequestContext,
    /// The room that its answer takes, if it becomes large.
    pub room: Room,
    /// What was disclosed for it.
    pub disclosures: Disclosures,
}

impl Caller {
    /// A permit put to work in this request.
    pub(crate) fn under<'a>(&'a self, permit: &'a Arc<Permit>) -> UnderPermit<'a> {
        UnderPermit { disclosures: Some(&self.disclosures), ..UnderPermit::whole(permit, self.context) }
    }

    /// As above, for a part of what it covers.
    pub(crate) fn under_for<'a>(&'a self, permit: &'a Arc<Permit>, excerpt: &'a Excerpt) -> UnderPermit<'a> {
        UnderPermit { excerpt, ..self.under(permit) }
    }

    pub(crate) fn request(
        &self,
        action: Action,
        subject: Subject,
        compartments: CompartmentSet,
    ) -> PermitRequest {
        PermitRequest {
            token: self.token.clone(),
            action,
            purpose: self.purpose,
            subject,
            compartments,
            context: self.context,
        }
    }
}
