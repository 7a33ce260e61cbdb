//! The plan of care: what the patient and the physician agreed on.

use serde_json::{Value, json};

use crate::{
    body::Body,
    chart::{Chart, instant},
    coding::{SNOMED, concept},
};

const PLAN_DAYS: i64 = 340;

/// One plan that addresses all of the patient's conditions.
pub(crate) fn plan(chart: &mut Chart<'_>, body: &Body) {
    let addresses: Vec<&Value> = body.conditions().iter().map(|(_, reference)| reference).collect();
    let plan = json!({
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [concept(SNOMED, "734163000", "Care plan")],
        "title": chart.say("Care at home, yearly plan", "Assistenza domiciliare, piano annuale"),
        "subject": chart.subject,
        "period": {
            "start": chart.days_ago(PLAN_DAYS).to_string(),
            "end": chart.days_ago(PLAN_DAYS - 365).to_string(),
        },
        "created": instant(chart.days_ago(PLAN_DAYS), 10 * 60 + 30),
        "author": chart.physician,
        "addresses": addresses,
        "activity": [
            activity(chart, "Half an hour of walking on five days a week", "Mezz'ora di cammino cinque giorni alla settimana"),
            activity(chart, "Visit with laboratory tests every six months", "Visita con esami di laboratorio ogni sei mesi"),
        ],
    });
    chart.bundle.add(plan);
}

fn activity(chart: &Chart<'_>, english: &'static str, italian: &'static str) -> Value {
    json!({ "detail": {
        "kind": "ServiceRequest",
        "status": "in-progress",
        "doNotPerform": false,
        "description": chart.say(english, italian),
    } })
}
