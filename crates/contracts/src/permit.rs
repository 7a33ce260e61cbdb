//! The permit: without one, no key and no plaintext.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_crypto::MacKey;
use tacenda_kernel::{
    Action, Actor, ApiRealm, Compartment, CompartmentSet, Kinds, Pseudonym, Purpose, RequestContext, realms,
};

use crate::entry::Relation;

/// How long a permit holds, in seconds.
pub const PERMIT_SECONDS: i64 = 60;

/// Which top-level FHIR elements of a compartment's records a permit covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Elements {
    /// All of them.
    All,
    /// These only.
    Only(Vec<String>),
    /// All but these.
    Except(Vec<String>),
}

impl Elements {
    /// Whether the element is covered. `_birthDate` goes with `birthDate` (FHIR JSON primitive siblings).
    #[must_use]
    pub fn cover(&self, element: &str) -> bool {
        let element = element.strip_prefix('_').unwrap_or(element);
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|name| name == element),
            Self::Except(names) => !names.iter().any(|name| name == element),
        }
    }
}

/// One compartment that a permit opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Which vault.
    pub compartment: Compartment,
    /// The patient under that vault's own pseudonym; all zero in the directory and in a look-up across patients.
    pub patient: [u8; 16],
    /// Which elements may be disclosed.
    pub elements: Elements,
}

/// The patient a permit is for, as the ledger and the caller know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitSubject {
    /// The patient's number in the ledger.
    pub ledger: Pseudonym<realms::Ledger>,
    /// The patient's number in the caller's realm.
    pub public: [u8; 16],
}

/// What a permit says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitClaims {
    /// The permit's own random number.
    pub id: [u8; 16],
    /// Who may.
    pub actor: Actor,
    /// What they may do.
    pub action: Action,
    /// Why.
    pub purpose: Purpose,
    /// The realm of the ids the caller sees.
    pub realm: ApiRealm,
    /// Whose records; none in the directory and in a look-up across patients.
    pub subject: Option<PermitSubject>,
    /// Where.
    pub openings: Vec<Opening>,
    /// Records of which types: those that the scopes of the caller's token leave.
    pub kinds: Kinds,
    /// From when.
    pub issued_at: Timestamp,
    /// Until when: [`PERMIT_SECONDS`] later, or when the caller's token ends.
    pub expires_at: Timestamp,
    /// The policies that allowed it, by their ids.
    pub policies: Vec<String>,
    /// The relations to the patient that were in force.
    pub relations: Vec<Relation>,
    /// The request it was first asked for.
    pub context: RequestContext,
}

/// A short-lived, authenticated capability.
///
/// INVARIANT: the fields are private and [`Permit::issue`] needs the permit key, which `keystore` alone holds. A vault
/// that is handed a forged permit gets no key for it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    claims: PermitClaims,
    tag: [u8; 32],
    slices: Vec<Arc<Slice>>,
}

/// What one vault is told of a permit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceClaims {
    /// The permit's number.
    pub id: [u8; 16],
    /// Who may.
    pub actor: Actor,
    /// What they may do.
    pub action: Action,
    /// Why.
    pub purpose: Purpose,
    /// Whose log it is in; none in the directory and in a look-up across patients.
    pub patient: Option<Pseudonym<realms::Ledger>>,
    /// What it opens in this vault.
    pub opening: Opening,
    /// Records of which types.
    pub kinds: Kinds,
    /// Until when.
    pub expires_at: Timestamp,
    /// The policies that allowed it, by their ids.
    pub policies: Vec<String>,
    /// The relations to the patient that were in force.
    pub relations: Vec<Relation>,
}

/// A permit as one vault is handed it: with that vault's own number of the patient, and no other one but the ledger's.
///
/// INVARIANT: made by [`Permit::issue`] alone, under the permit key and with a tag of its own, so that no vault can make
/// another vault's slice, or a whole permit, of what it was handed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    claims: SliceClaims,
    tag: [u8; 32],
}

/// The permit gives no right now.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum PermitFault {
    /// Its tag is not this keystore's.
    #[error("the permit was not issued here")]
    Forged,
    /// Its time is over.
    #[error("the permit has expired")]
    Expired,
}

impl Permit {
    /// Issues a permit. Only `keystore` has the key.
    #[must_use]
    pub fn issue(claims: PermitClaims, key: &MacKey) -> Self {
        let tag = key.mac(&canonical(Kind::Whole, &claims));
        let slices =
            claims.openings.iter().map(|opening| Arc::new(Slice::of(&claims, opening, key))).collect();
        Self { claims, tag, slices }
    }

    /// Checks the tag and the time.
    ///
    /// # Errors
    /// [`PermitFault`] where the permit is not this keystore's or is over.
    pub fn verify(&self, key: &MacKey, now: Timestamp) -> Result<&PermitClaims, PermitFault> {
        if !key.verify(&canonical(Kind::Whole, &self.claims), &self.tag) {
            return Err(PermitFault::Forged);
        }
        if now >= self.claims.expires_at { Err(PermitFault::Expired) } else { Ok(&self.claims) }
    }

    /// What the permit says, unverified: only `keystore` can verify, and gives no key for a false one.
    #[must_use]
    pub const fn claims(&self) -> &PermitClaims {
        &self.claims
    }

    /// What the vault of `compartment` is handed, if it is opened.
    #[must_use]
    pub fn slice(&self, compartment: Compartment) -> Option<&Arc<Slice>> {
        self.slices.iter().find(|slice| slice.claims.opening.compartment == compartment)
    }

    /// What the permit opens in `compartment`, if anything.
    #[must_use]
    pub fn opening(&self, compartment: Compartment) -> Option<&Opening> {
        self.claims.openings.iter().find(|opening| opening.compartment == compartment)
    }

    /// The compartments it opens.
    #[must_use]
    pub fn compartments(&self) -> CompartmentSet {
        self.claims.openings.iter().map(|opening| opening.compartment).collect()
    }
}

impl Slice {
    fn of(claims: &PermitClaims, opening: &Opening, key: &MacKey) -> Self {
        let claims = SliceClaims {
            id: claims.id,
            actor: claims.actor.clone(),
            action: claims.action,
            purpose: claims.purpose,
            patient: claims.subject.as_ref().map(|subject| subject.ledger),
            opening: opening.clone(),
            kinds: claims.kinds.clone(),
            expires_at: claims.expires_at,
            policies: claims.policies.clone(),
            relations: claims.relations.clone(),
        };
        let tag = key.mac(&canonical(Kind::Slice, &claims));
        Self { claims, tag }
    }

    /// Checks the tag and the time.
    ///
    /// # Errors
    /// [`PermitFault`] where the slice is not this keystore's or is over.
    pub fn verify(&self, key: &MacKey, now: Timestamp) -> Result<&SliceClaims, PermitFault> {
        if !key.verify(&canonical(Kind::Slice, &self.claims), &self.tag) {
            return Err(PermitFault::Forged);
        }
        if now >= self.claims.expires_at { Err(PermitFault::Expired) } else { Ok(&self.claims) }
    }

    /// What the slice says, unverified: only `keystore` can verify, and gives no key for a false one.
    #[must_use]
    pub const fn claims(&self) -> &SliceClaims {
        &self.claims
    }

    /// The authenticator. Other claims may be presented under it: only where [`Slice::verify`] says so are they its own.
    #[must_use]
    pub const fn tag(&self) -> [u8; 32] {
        self.tag
    }

    /// What it opens in `compartment`: nothing in another than its own.
    #[must_use]
    pub fn opening(&self, compartment: Compartment) -> Option<&Opening> {
        Some(&self.claims.opening).filter(|opening| opening.compartment == compartment)
    }
}

impl std::fmt::Debug for Slice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let SliceClaims { actor, action, opening, .. } = &self.claims;
        write!(f, "Slice({} {action} in {})", actor.role, opening.compartment)
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Permit({} {})", self.claims.actor.role, self.claims.action)
    }
}

/// What a tag is of: no slice is a permit, and no permit a slice.
#[derive(Clone, Copy)]
enum Kind {
    Whole = 0,
    Slice = 1,
}

/// The bytes under the tag. Serialising these plain structs cannot fail; if it did, the tag would fit no claims.
fn canonical(kind: Kind, claims: &impl Serialize) -> Vec<u8> {
    postcard::to_extend(claims, vec![kind as u8]).unwrap_or_default()
}
