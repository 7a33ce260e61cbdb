//! What the scopes of the caller's token leave of a request.

use tacenda_fhir::ResourceType;
use tacenda_kernel::{Action, Actor, CompartmentSet, Kinds};

use crate::whom::Whom;

/// The types on which the scopes allow the action, whoever it is about.
pub(crate) fn at_best(actor: &Actor, action: Action) -> Kinds {
    kinds(actor, action, true)
}

/// The types on which the scopes allow the action for whom it is about.
///
/// SECURITY: scopes of the context `patient` count for the patient the application was started for. For nobody they count
/// only where the directory is read: to look up or register would lead to other patients.
pub(crate) fn for_whom(actor: &Actor, action: Action, whom: &Whom) -> Kinds {
    let in_context = match whom {
        Whom::Patient(known) => known.launched,
        Whom::Nobody => matches!(action, Action::Read | Action::History | Action::Search),
        Whom::Unknown => false,
    };
    kinds(actor, action, in_context)
}

/// Those of the places that can hold a record of these types: no key is given for another.
pub(crate) fn holding(kinds: &Kinds, places: CompartmentSet) -> CompartmentSet {
    let Kinds::Only(kinds) = kinds else { return places };
    let types = kinds.iter().filter_map(|kind| kind.parse::<ResourceType>().ok());
    let reached: CompartmentSet = types.flat_map(|kind| kind.placement().compartments().iter()).collect();
    places.iter().filter(|place| reached.contains(*place)).collect()
}

fn kinds(actor: &Actor, action: Action, in_context: bool) -> Kinds {
    let Some(narrowing) = &actor.narrowing else { return Kinds::All };
    match action {
        // The first record of somebody new is a Patient.
        Action::Register if !narrowing.kinds(action, in_context).cover("Patient") => Kinds::Only(Vec::new()),
        // No scope allows what is no FHIR interaction, such as erasing.
        _ => narrowing.kinds(action, in_context),
    }
}
