//! Consent to the use of records in research.

use serde_json::{Value, json};

use crate::{
    chart::{Chart, instant},
    coding::{LOINC, concept, hl7},
};

/// Six of ten patients consent; one in twelve did and withdrew it; the others were never asked.
pub(crate) fn research(chart: &mut Chart<'_>) {
    let mut draw = chart.draw("consent");
    let status = match draw.below(100) {
        0..60 => "active",
        60..68 => "inactive",
        _ => return,
    };
    let days = draw.between(60, 700);
    let consent = resource(chart, status, days);
    chart.bundle.add(consent);
}

fn resource(chart: &Chart<'_>, status: &str, days: i64) -> Value {
    let given = chart.days_ago(days);
    json!({
        "resourceType": "Consent",
        "status": status,
        "scope": hl7("consentscope", "research", "Research"),
        "category": [concept(LOINC, "59284-0", "Consent Document")],
        "patient": chart.subject,
        "dateTime": instant(given, 10 * 60 + days % 60),
        "performer": [chart.subject],
        "organization": [chart.institute],
        "policy": [{
            "authority": "https://example.org/ethics-committee",
            "uri": "https://example.org/ethics-committee/protocol/ageing-at-home",
        }],
        "provision": {
            "type": "permit",
            "period": { "start": given.to_string(), "end": chart.days_ago(days - 1826).to_string() },
            "purpose": [{
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
                "code": "HRESCH",
                "display": "healthcare research",
            }],
        },
    })
}
