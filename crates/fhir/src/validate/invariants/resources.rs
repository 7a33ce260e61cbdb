//! The rules of resources and their parts: what must hold, and what is said where it does not.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    Object, Rule,
    look::{chosen, coded, codings, has, has_both, has_one, implies, in_order, is, items, number, text},
};

const ALLERGY: &str = "allergyintolerance-verification";

/// The rules of a type of resource, or of a part of one.
pub(super) const fn of(kind: &str) -> &'static [Rule] {
    match kind.as_bytes() {
        b"AllergyIntolerance" => &[(
            |it| has(it, "clinicalStatus") != coded(it, "verificationStatus", ALLERGY, &["entered-in-error"]),
            "a clinicalStatus, and none where it was entered in error (ait-1, ait-2)",
        )],
        b"Appointment" => APPOINTMENT,
        b"Appointment.participant" => {
            &[(|it| has_one(it, &["type", "actor"]), "a participant has a type or an actor (app-1)")]
        }
        b"AppointmentResponse" => {
            &[(|it| has_one(it, &["participantType", "actor"]), "a participantType or an actor (apr-1)")]
        }
        b"CarePlan.activity" => {
            &[(|it| !has_both(it, "detail", "reference"), "a detail or a reference, not both (cpl-3)")]
        }
        b"Composition.section" => COMPOSITION_SECTION,
        b"Condition" => CONDITION,
        b"Condition.stage" => {
            &[(|it| has_one(it, &["summary", "assessment"]), "a summary or an assessment (con-1)")]
        }
        b"Condition.evidence" => &[(|it| has_one(it, &["code", "detail"]), "a code or a detail (con-2)")],
        b"Consent" => &[(|it| has_one(it, &["policy", "policyRule"]), "a policy or a policyRule (ppc-1)")],
        b"CoverageEligibilityResponse.insurance.item" => &[(
            |it| has(it, "category") != has(it, "productOrService"),
            "a category or a productOrService, not both (ces-1)",
        )],
        b"FamilyMemberHistory" => FAMILY,
        b"Goal.target" => {
            &[(|it| !chosen(it, "detail") || has(it, "measure"), "a detail is of a measure (gol-1)")]
        }
        b"Group" => &[(
            |it| !has(it, "member") || it.get("actual") == Some(&Value::Bool(true)),
            "members are of an actual group (grp-1)",
        )],
        b"Immunization.education" => {
            &[(|it| has_one(it, &["documentType", "reference"]), "a documentType or a reference (imm-1)")]
        }
        b"ImmunizationRecommendation.recommendation" => &[(
            |it| has_one(it, &["vaccineCode", "targetDisease"]),
            "a vaccineCode or a targetDisease (imr-1)",
        )],
        b"List" => LIST,
        b"MeasureReport" => {
            &[(|it| !(is(it, "type", &["data-collection"]) && has(it, "group")), "no groups here (mrp-1)")]
        }
        b"MedicationAdministration.dosage" => {
            &[(|it| has(it, "dose") || chosen(it, "rate"), "a dose or a rate (mad-1)")]
        }
        b"MedicationDispense" => &[(
            |it| in_order(it, "whenPrepared", "whenHandedOver"),
            "it is not handed over before it is prepared (mdd-1)",
        )],
        b"MolecularSequence" => &[(
            |it| number(it, "coordinateSystem").is_none_or(|system| system == 0.0 || system == 1.0),
            "a coordinateSystem is 0 or 1 (msq-3)",
        )],
        b"MolecularSequence.referenceSeq" => SEQUENCE,
        b"Observation" => OBSERVATION,
        b"Observation.referenceRange" => {
            &[(|it| has_one(it, &["low", "high", "text"]), "a low, a high or a text (obs-3)")]
        }
        b"Organization" => ORGANIZATION,
        b"Patient.contact" => &[(
            |it| has_one(it, &["name", "telecom", "address", "organization"]),
            "a contact has a name, telecom, address or organization (pat-1)",
        )],
        b"Questionnaire" => &[(link_ids_differ, "no two items have the same linkId (que-2)")],
        b"Questionnaire.item" => QUESTION,
        b"Questionnaire.item.enableWhen" => &[(
            |it| !is(it, "operator", &["exists"]) || has(it, "answerBoolean"),
            "whether something exists is yes or no (que-7)",
        )],
        b"QuestionnaireResponse.item" => {
            &[(|it| !has_both(it, "answer", "item"), "items within an item or within its answers (qrs-1)")]
        }
        b"RequestGroup.action" => {
            &[(|it| has(it, "resource") != has(it, "action"), "a resource or actions, not both (rqg-1)")]
        }
        b"RiskAssessment.prediction" => &[(
            |it| number(it, "probabilityDecimal").is_none_or(|value| value <= 100.0),
            "a probability is not above 100 (ras-2)",
        )],
        b"ServiceRequest" => &[(|it| implies(it, "orderDetail", "code"), "details are of a code (prr-1)")],
        b"Task" => &[(
            |it| in_order(it, "authoredOn", "lastModified"),
            "it is not modified before it is authored (inv-1)",
        )],
        _ => &[],
    }
}

const APPOINTMENT: &[Rule] = &[
    (|it| has(it, "start") == has(it, "end"), "a start and an end, or neither (app-2)"),
    (
        |it| has(it, "start") || is(it, "status", &["proposed", "cancelled", "waitlist"]),
        "only what is proposed, cancelled or waited for has no time (app-3)",
    ),
    (
        |it| !has(it, "cancelationReason") || is(it, "status", &["cancelled", "noshow"]),
        "a reason of cancellation is of what was cancelled or missed (app-4)",
    ),
];
const COMPOSITION_SECTION: &[Rule] = &[
    (|it| has_one(it, &["text", "entry", "section"]), "a section has a text, entries or sections (cmp-1)"),
    (|it| !has_both(it, "emptyReason", "entry"), "an emptyReason or entries, not both (cmp-2)"),
];
const CONDITION: &[Rule] = &[
    (
        |it| {
            !chosen(it, "abatement")
                || coded(it, "clinicalStatus", "condition-clinical", &["resolved", "remission", "inactive"])
        },
        "what abated is resolved, in remission or inactive (con-4)",
    ),
    (
        |it| {
            !(has(it, "clinicalStatus")
                && coded(it, "verificationStatus", "condition-ver-status", &["entered-in-error"]))
        },
        "what was entered in error has no clinicalStatus (con-5)",
    ),
];
const FAMILY: &[Rule] = &[
    (|it| !(chosen(it, "age") && chosen(it, "born")), "an age or a birth, not both (fhs-1)"),
    (|it| !has(it, "estimatedAge") || chosen(it, "age"), "an estimate is of an age (fhs-2)"),
];
const LIST: &[Rule] = &[
    (|it| !has_both(it, "emptyReason", "entry"), "an emptyReason or entries, not both (lst-1)"),
    (
        |it| is(it, "mode", &["changes"]) || !an_entry_has(it, "deleted"),
        "what is deleted is of a list of changes (lst-2)",
    ),
    (|it| is(it, "mode", &["working"]) || !an_entry_has(it, "date"), "dates are of a working list (lst-3)"),
];
const OBSERVATION: &[Rule] = &[
    (
        |it| !(has(it, "dataAbsentReason") && chosen(it, "value")),
        "a dataAbsentReason is of a value that is not there (obs-6)",
    ),
    (one_value, "a component's code is not the observation's own, which has a value (obs-7)"),
];
const ORGANIZATION: &[Rule] = &[
    (|it| has_one(it, &["identifier", "name"]), "an organization has an identifier or a name (org-1)"),
    (|it| !an_item_is_home(it, "address"), "an organization has no address of a home (org-2)"),
    (|it| !an_item_is_home(it, "telecom"), "an organization has no telecom of a home (org-3)"),
];
const QUESTION: &[Rule] = &[
    (
        |it| match text(it, "type") {
            Some("group") => has(it, "item"),
            Some("display") => !has(it, "item"),
            _ => true,
        },
        "a group has items, and what is displayed has none (que-1)",
    ),
    (
        |it| !is(it, "type", &["display"]) || !has_one(it, &["code", "required", "repeats", "readOnly"]),
        "what is displayed is no question (que-3, que-6, que-9)",
    ),
    (|it| !has_both(it, "answerOption", "answerValueSet"), "options or a value set, not both (que-4)"),
    (
        |it| !has_one(it, &["answerOption", "answerValueSet"]) || is(it, "type", &CHOSEN),
        "answers of this type cannot be chosen (que-5)",
    ),
    (|it| !is(it, "type", &["group", "display"]) || !has(it, "initial"), "no initial value here (que-8)"),
    (
        |it| !has(it, "maxLength") || is(it, "type", &WRITTEN),
        "answers of this type have no maxLength (que-10)",
    ),
    (|it| !has_both(it, "answerOption", "initial"), "options say themselves what is initial (que-11)"),
    (
        |it| items(it, "enableWhen").len() <= 2 || has(it, "enableBehavior"),
        "conditions need an enableBehavior (que-12)",
    ),
    (
        |it| items(it, "initial").len() <= 1 || it.get("repeats") == Some(&Value::Bool(true)),
        "several initial values are of what repeats (que-13)",
    ),
];
const CHOSEN: [&str; 9] =
    ["choice", "open-choice", "decimal", "integer", "date", "dateTime", "time", "string", "quantity"];
const WRITTEN: [&str; 7] = ["boolean", "decimal", "integer", "string", "text", "url", "open-choice"];
const SEQUENCE: &[Rule] = &[
    (
        |it| has(it, "chromosome") == has(it, "genomeBuild"),
        "a chromosome and a genomeBuild, or neither (msq-5)",
    ),
    (
        |it| {
            let ways = ["genomeBuild", "referenceSeqId", "referenceSeqPointer", "referenceSeqString"];
            ways.iter().filter(|way| has(it, way)).count() == 1
        },
        "one way to say which sequence (msq-6)",
    ),
];

fn an_entry_has(it: &Object, name: &str) -> bool {
    items(it, "entry").iter().any(|entry| entry.get(name).is_some())
}

fn an_item_is_home(it: &Object, name: &str) -> bool {
    items(it, name).iter().any(|item| item.get("use").and_then(Value::as_str) == Some("home"))
}

/// No component has the code of an observation that has a value itself.
fn one_value(it: &Object) -> bool {
    let own: HashSet<String> = codings(it, "code").iter().map(Value::to_string).collect();
    let mut others = items(it, "component").iter().filter_map(Value::as_object);
    let same = |component: &Object| {
        codings(component, "code").iter().any(|coding| own.contains(&coding.to_string()))
    };
    !chosen(it, "value") || !others.any(same)
}

fn link_ids_differ(it: &Object) -> bool {
    let mut seen = HashSet::new();
    let mut left: Vec<&Value> = items(it, "item").iter().collect();
    while let Some(item) = left.pop() {
        let id = item.get("linkId").and_then(Value::as_str);
        if id.is_some_and(|id| !seen.insert(id)) {
            return false;
        }
        left.extend(item.get("item").and_then(Value::as_array).into_iter().flatten());
    }
    true
}
