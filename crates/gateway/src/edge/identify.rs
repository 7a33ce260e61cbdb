//! Who is there: the extractor without which no handler reaches a record.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use tacenda_contracts::accounts::{BearerToken, IdentifyError};
use tacenda_fhir::{Issue, IssueCode};
use tacenda_kernel::{Purpose, RequestContext, Role, Secret};
use tacenda_records::{Caller, Disclosures, RecordsError, Room};

use super::{load::InFlight, problem::Problem, state::Edge};

const PURPOSE: &str = "x-purpose-of-use";

/// An identified caller.
pub(crate) struct Identified(pub(crate) Caller);

impl FromRequestParts<Edge> for Identified {
    type Rejection = Problem;

    #[tracing::instrument(name = "identify", level = "debug", skip_all)]
    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let request = parts.extensions.get::<RequestContext>().copied().ok_or_else(Problem::unavailable)?;
        let token = match bearer(&parts.headers) {
            // From here on there are tokens of this server only.
            Some(token) => Some(edge.0.federation.exchange(&token, request).await.map_err(refused)?),
            None => None,
        };
        let actor = edge.0.accounts.identify(token.as_ref(), request).await.map_err(refused)?;
        let token = token.ok_or_else(Problem::unauthenticated)?;
        let in_flight = parts.extensions.get::<Arc<InFlight>>();
        if let Some(in_flight) = in_flight {
            in_flight.is_known();
        }
        let purpose = match parts.headers.get(PURPOSE) {
            None => usual_purpose(actor.role),
            Some(header) => {
                header.to_str().ok().and_then(|code| code.parse().ok()).ok_or_else(no_such_purpose)?
            }
        };
        let (room, disclosures) = (Room::default(), Disclosures::default());
        let caller = Caller { token, actor, purpose, context: request, room, disclosures };
        if let Some(in_flight) = in_flight {
            in_flight.is_of(&caller);
        }
        Ok(Self(caller))
    }
}

fn refused(error: IdentifyError) -> Problem {
    match error {
        IdentifyError::Unauthenticated => Problem::unauthenticated(),
        IdentifyError::Full => RecordsError::Full.into(),
        IdentifyError::Unavailable => Problem::unavailable(),
    }
}

/// The bearer token of a request (RFC 6750 §2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<BearerToken> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim().to_owned()))
}

/// Why somebody of this role acts, where they do not say.
const fn usual_purpose(role: Role) -> Purpose {
    match role {
        Role::Clinician | Role::Application | Role::Device => Purpose::Treatment,
        Role::Technician | Role::Monitor => Purpose::Operations,
        Role::Researcher => Purpose::Research,
        Role::Patient => Purpose::PatientRequest,
        Role::SecurityOfficer => Purpose::Compliance,
        Role::Administrator => Purpose::SystemAdministration,
    }
}

fn no_such_purpose() -> Problem {
    let reason = "X-Purpose-Of-Use is not a purpose this server knows: use TREAT, ETREAT, HPAYMT, HOPERAT, HRESCH, \
                  PATRQT, HSYSADMIN or HCOMPL";
    Problem::invalid(vec![Issue::new(IssueCode::Value, reason)])
}
