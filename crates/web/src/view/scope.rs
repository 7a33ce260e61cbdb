//! What an application asks for, in words.

use tacenda_contracts::accounts::oauth::Meaning;
use tacenda_kernel::{Action, Interactions, ScopeContext};

use super::role::role_name;
use crate::words::Words;

/// A scope in words.
pub(crate) fn meaning(scope: &Meaning, words: &Words) -> String {
    let w = &words.consent;
    match scope {
        Meaning::Identity => w.identity.to_owned(),
        Meaning::Name => w.your_name.to_owned(),
        Meaning::OwnResource => w.own_resource.to_owned(),
        Meaning::Patient => w.patient.to_owned(),
        Meaning::WhileSignedIn => w.while_signed_in.to_owned(),
        Meaning::WhileAway => w.while_away.to_owned(),
        Meaning::Everything(role) => w.everything.replace("{role}", role_name(*role, &words.frame)),
        Meaning::Records { context, kind, interactions } => {
            let text = match context {
                ScopeContext::Patient => w.of_patient,
                ScopeContext::User => w.of_user,
                ScopeContext::System => w.of_system,
            };
            let what = match (sees(*interactions), interactions.change()) {
                (true, true) => w.see_and_change,
                (false, true) => w.change,
                _ => w.see,
            };
            // A FHIR type's name is the same in every language.
            text.replace("{what}", what).replace("{kind}", kind.as_deref().unwrap_or(w.every_kind))
        }
    }
}

fn sees(interactions: Interactions) -> bool {
    interactions.allow(Action::Read) || interactions.allow(Action::Search)
}
