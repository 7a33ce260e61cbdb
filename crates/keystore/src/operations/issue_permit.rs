//! Deciding one request: who is it, whom is it about, may they?

use std::sync::Arc;

use jiff::SignedDuration;
use tacenda_contracts::{
    keystore::{PermitError, PermitRequest, Subject},
    permit::{Opening, PERMIT_SECONDS, Permit, PermitClaims, PermitSubject},
};
use tacenda_kernel::{Actor, Compartment, Pseudonym, realms};

use crate::{
    judge::Opened,
    service::Keystore,
    store::standings::{self, Asking},
    whom::{Known, Whom},
};

/// Answers with a permit, or with a refusal that is in the ledger.
pub(crate) async fn issue(keystore: &Keystore, request: &PermitRequest) -> Result<Arc<Permit>, PermitError> {
    let actor = keystore.identify(request).await?;
    let whom = look(keystore, &actor, request).await?;
    match keystore.judge.rule(&actor, request, &whom) {
        Ok(opened) => Ok(write(keystore, &actor, request, root_of(&whom), opened)),
        Err(no) => Err(keystore.refuse(&actor, request, &whom, no).await),
    }
}

/// Finds whom the request is about.
async fn look(keystore: &Keystore, actor: &Actor, request: &PermitRequest) -> Result<Whom, PermitError> {
    if request.subject == Subject::Nobody {
        return Ok(Whom::Nobody);
    }
    let Some(root) = keystore.numbers.root_of(actor, request.subject) else { return Ok(Whom::Unknown) };
    let asking = Asking { actor: actor.id, purpose: request.purpose, now: keystore.clock.now() };
    let mut found = standings::standings(&keystore.database, &[root], asking, keystore.row_keys()).await?;
    Ok(found.remove(&root).map_or(Whom::Unknown, |standing| {
        Whom::Patient(Box::new(Known::new(keystore, actor, root, standing)))
    }))
}

fn root_of(whom: &Whom) -> Option<Pseudonym<realms::Root>> {
    match whom {
        Whom::Patient(known) => Some(known.root),
        Whom::Nobody | Whom::Unknown => None,
    }
}

/// Writes the permit: the decision, and the patient under each compartment's own number.
pub(crate) fn write(
    keystore: &Keystore,
    actor: &Actor,
    request: &PermitRequest,
    patient: Option<Pseudonym<realms::Root>>,
    opened: Opened,
) -> Arc<Permit> {
    let mut id = [0; 16];
    keystore.random.fill(&mut id);
    let now = keystore.clock.now();
    let over = now.saturating_add(SignedDuration::from_secs(PERMIT_SECONDS)).unwrap_or(now);
    let realm = actor.role.realm();
    let claims = PermitClaims {
        id,
        action: request.action,
        purpose: request.purpose,
        realm,
        subject: patient.map(|root| PermitSubject {
            ledger: keystore.numbers.in_ledger(root),
            public: keystore.numbers.at_the_edge(realm, root),
        }),
        openings: opened.places.iter().map(|place| opening(keystore, actor, patient, place)).collect(),
        kinds: opened.kinds,
        policies: opened.policies,
        relations: opened.relations,
        issued_at: now,
        expires_at: over.min(actor.expires_at),
        context: request.context,
        actor: actor.clone(),
    };
    Arc::new(Permit::issue(claims, &keystore.permit_key))
}

fn opening(
    keystore: &Keystore,
    actor: &Actor,
    patient: Option<Pseudonym<realms::Root>>,
    compartment: Compartment,
) -> Opening {
    let patient = patient.and_then(|root| keystore.numbers.in_vault(compartment, root)).unwrap_or_default();
    Opening { compartment, patient, elements: keystore.judge.elements(actor.role, compartment) }
}
