//! What is asked of the policies, and the answer.

use tacenda_kernel::{Action, AuthStrength, Compartment, Purpose, Role};

/// One question: may a caller of this role do this, for this purpose, given how they stand to the patient?
///
/// It carries no id: who the caller and the patient are is settled before, and reaches the policies only as [`Relations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The one role the caller's token is for.
    pub role: Role,
    /// How the caller proved who they are.
    pub strength: AuthStrength,
    /// Whether a person proved a factor in the last 15 minutes. A program proves itself for every token.
    pub recent: bool,
    /// What they ask to do.
    pub action: Action,
    /// Where; `None` when no single record is meant: [`Action::Register`] and [`Action::Erase`], which are about a patient
    /// as a whole, [`Action::Audit`] and [`Action::Administer`].
    pub compartment: Option<Compartment>,
    /// Why.
    pub purpose: Purpose,
    /// How the caller stands to the patient.
    pub relations: Relations,
}

/// How the caller stands to the patient, or to the part of the record in question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Relations {
    /// The patient is the caller.
    pub own: bool,
    /// A care relationship is in force.
    pub care: bool,
    /// The caller is assigned to the patient's installation.
    pub assigned: bool,
    /// A need for the patient's stream was granted.
    pub need: bool,
    /// The patient consented to the caller's research.
    pub consent: bool,
}

impl Relations {
    /// No relation: any patient.
    pub const NONE: Self = Self { own: false, care: false, assigned: false, need: false, consent: false };
    /// Every relation at once: the most a caller can be to a patient.
    pub const EVERY: Self = Self { own: true, care: true, assigned: true, need: true, consent: true };
}

/// What the policies say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// Yes.
    Allowed {
        /// The ids of the policies that say so, in alphabetical order: for the ledger.
        policies: Vec<String>,
    },
    /// No. Also whatever no policy speaks of.
    Denied,
}

impl Decision {
    /// Whether the answer is yes.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}
