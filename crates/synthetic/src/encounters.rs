//! Visits to the outpatient clinic, every three months.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::{
    body::Body,
    chart::{Chart, instant},
    coding::{SNOMED, concept},
};

/// How many visits there are in two years.
const VISITS: i64 = 9;

/// When a patient was seen.
pub(crate) struct Visit {
    pub(crate) reference: Value,
    pub(crate) day: Date,
    /// Minutes after midnight.
    pub(crate) minute: i64,
    /// How far the two years have gone, in percent.
    pub(crate) progress: i64,
}

/// Adds the visits, the earliest first.
pub(crate) fn visits(chart: &mut Chart<'_>, body: &Body) -> Vec<Visit> {
    let mut draw = chart.draw("encounters");
    let mut visit = |number: i64| {
        let day = chart.days_ago(720 - 88 * number - draw.between(0, 12));
        let minute = draw.between(8 * 60, 17 * 60);
        let (_, reason) = draw.pick(body.conditions());
        let encounter = encounter(chart, day, minute, reason);
        Visit { reference: chart.bundle.add(encounter), day, minute, progress: 100 * number / (VISITS - 1) }
    };
    (0..VISITS).map(&mut visit).collect()
}

fn encounter(chart: &Chart<'_>, day: Date, minute: i64, reason: &Value) -> Value {
    let period = json!({ "start": instant(day, minute), "end": instant(day, minute + 25) });
    json!({
        "resourceType": "Encounter",
        "status": "finished",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "AMB",
            "display": "ambulatory",
        },
        "type": [concept(SNOMED, "185349003", "Encounter for check up")],
        "subject": chart.subject,
        "participant": [{ "period": period, "individual": chart.physician }],
        "period": period,
        "reasonReference": [reason],
        "serviceProvider": chart.hospital,
    })
}
