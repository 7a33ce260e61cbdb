//! The installation in the home, and what its sensors measured on the last days.

use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};

use crate::{
    body::Body,
    chart::{Chart, instant},
    coding::{INSTALLATION_FACT, LOINC, SENSOR, UCUM, coding, concept, decimal, hl7, quantity},
    conditions::Disease,
    draw::Draw,
    tickets,
};

/// Where an installation is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    ToInstall,
    Running,
    Maintenance,
    Removing,
    Inactive,
}

/// An installation, as its tickets see it.
pub(crate) struct Installation {
    pub(crate) device: Value,
    pub(crate) state: State,
    /// How many days before the last day it was ordered.
    pub(crate) ordered: i64,
}

/// On how many days the sensors' summaries are kept.
const SENSOR_DAYS: i64 = 3;

/// Two thirds of the patients get an installation, its tickets and, once it is there, its measurements.
pub(crate) fn install(chart: &mut Chart<'_>, body: &Body) {
    let mut draw = chart.draw("home");
    if !draw.chance(66) {
        return;
    }
    let state = match draw.below(100) {
        0..10 => State::ToInstall,
        10..78 => State::Running,
        78..88 => State::Maintenance,
        88..93 => State::Removing,
        _ => State::Inactive,
    };
    let ordered = if state == State::ToInstall { draw.between(3, 20) } else { draw.between(60, 390) };
    let device = device(chart, state, ordered, &mut draw);
    let installation = Installation { device: chart.bundle.add(device), state, ordered };
    tickets::write(chart, &installation);
    if state != State::ToInstall {
        let last_day = if state == State::Inactive { 25 } else { 1 };
        for days in (last_day..last_day + SENSOR_DAYS).rev() {
            sense(chart, body, &installation, chart.days_ago(days));
        }
    }
}

fn device(chart: &Chart<'_>, state: State, ordered: i64, draw: &mut Draw) -> Value {
    let (status, state) = match state {
        State::ToInstall => ("inactive", "to-install"),
        State::Running => ("active", "running"),
        State::Maintenance => ("active", "in-maintenance"),
        State::Removing => ("active", "being-removed"),
        State::Inactive => ("inactive", "inactive"),
    };
    let mut properties = vec![fact("state", state)];
    properties.extend(FACTS.iter().map(|(name, values)| fact(name, draw.pick::<&str>(values))));
    json!({
        "resourceType": "Device",
        "identifier": [{
            "system": "https://example.org/fhir/installation",
            "value": format!("INST-{}", draw.digits(6)),
        }],
        "status": status,
        "manufacturer": "Casa Vigile",
        "manufactureDate": chart.days_ago(ordered + 120).to_string(),
        "serialNumber": format!("CV-{}", draw.digits(8)),
        "deviceName": [{ "name": "Casa Vigile hub", "type": "user-friendly-name" }],
        "modelNumber": "CV-3",
        "type": concept("urn:tacenda:device-type", "home-installation", "Home installation"),
        "version": [{ "value": format!("3.{}.{}", draw.below(5), draw.below(10)) }],
        "property": properties,
        "patient": chart.subject,
        "owner": chart.home_service,
        "note": [{ "text": note(chart, draw) }],
    })
}

fn fact(name: &str, value: &str) -> Value {
    json!({
        "type": { "coding": [{ "system": INSTALLATION_FACT, "code": name }], "text": name },
        "valueCode": [{ "text": value }],
    })
}

fn note(chart: &Chart<'_>, draw: &mut Draw) -> &'static str {
    let (english, italian) = *draw.pick(&[
        (
            "Usually at home in the afternoon. Hub behind the television.",
            "Di solito in casa il pomeriggio. Centralina dietro il televisore.",
        ),
        (
            "Goes to the market every Tuesday morning. Weak signal in the kitchen.",
            "Ogni martedì mattina va al mercato. Segnale debole in cucina.",
        ),
        (
            "Sleeps badly since winter. Motion sensor moved to the hallway.",
            "Dorme male dall'inverno. Sensore di movimento spostato in corridoio.",
        ),
        (
            "Ring twice; hard of hearing. Spare batteries are in the cupboard.",
            "Suonare due volte; sente poco. Batterie di scorta nella credenza.",
        ),
    ]);
    chart.say(english, italian)
}

fn sense(chart: &mut Chart<'_>, body: &Body, installation: &Installation, day: Date) {
    let mut draw = chart.draw("sensors").fork(&day.to_string());
    let steps = body.steps(&mut draw);
    let restless = body.has(Disease::Depression) || body.has(Disease::Parkinson);
    let sleep = draw.around(if restless { 58 } else { 73 }, 12);
    let values = [
        ("steps", "Steps", Some("55423-8"), quantity(steps.into(), "steps", "{steps}")),
        ("sleep", "Sleep duration", Some("93832-4"), quantity(decimal(sleep, 1), "h", "h")),
        (
            "room-temperature",
            "Mean room temperature",
            None,
            quantity(decimal(draw.around(207, 25), 1), "°C", "Cel"),
        ),
        (
            "door-openings",
            "Openings of the front door",
            None,
            quantity(draw.between(0, 9).into(), "openings", "{openings}"),
        ),
    ];
    for (code, display, loinc, value) in values {
        let mut observation = sensed(chart, installation, day, (code, display, loinc));
        observation["valueQuantity"] = value;
        chart.bundle.add(observation);
    }
    let mut motion = sensed(chart, installation, day, ("motion", "Motion events in each hour", None));
    motion["valueSampledData"] = motion_by_hour(steps, &mut draw);
    chart.bundle.add(motion);
}

fn sensed(
    chart: &Chart<'_>,
    installation: &Installation,
    day: Date,
    (code, display, loinc): (&str, &str, Option<&str>),
) -> Value {
    let mut codings = vec![coding(SENSOR, code, display)];
    codings.extend(loinc.map(|loinc| coding(LOINC, loinc, display)));
    let next = day.saturating_add(1.day());
    json!({
        "resourceType": "Observation",
        "status": "final",
        "category": [hl7("observation-category", "activity", "Activity")],
        "code": { "coding": codings, "text": display },
        "subject": chart.subject,
        "effectivePeriod": { "start": instant(day, 0), "end": instant(next, 0) },
        "issued": instant(next, 5),
        "performer": [chart.home_service],
        "device": installation.device,
    })
}

fn motion_by_hour(steps: i64, draw: &mut Draw) -> Value {
    let hours = (0..24).map(|hour| {
        let awake = if (7..22).contains(&hour) { steps / 180 } else { 1 };
        draw.around(awake, awake / 2).to_string()
    });
    json!({
        "origin": { "value": 0, "unit": "events", "system": UCUM, "code": "{events}" },
        "period": 3_600_000,
        "dimensions": 1,
        "data": hours.collect::<Vec<_>>().join(" "),
    })
}

const FACTS: [(&str, &[&str]); 9] = [
    (
        "dwelling",
        &["flat, 2 rooms", "flat, 3 rooms", "flat, 4 rooms", "terraced house", "detached house", "farmhouse"],
    ),
    ("internet", &["fibre", "DSL", "mobile router", "none, SIM installed"]),
    ("cohabitants", &["lives alone", "with spouse", "with a child's family", "with a live-in carer"]),
    ("pets", &["none", "one cat", "two cats", "a small dog", "a large dog", "a parrot"]),
    ("visitors", &["daily", "a few times a week", "on weekends", "rarely"]),
    ("phone-model", &["landline only", "feature phone", "Android 13", "Android 14", "iPhone SE"]),
    (
        "appliances",
        &["washing machine, oven", "washing machine, dishwasher, oven", "gas stove", "induction hob, oven"],
    ),
    ("issues", &["none", "weak signal in the kitchen", "power cuts in storms", "router restarts at night"]),
    ("habits", &["early riser", "naps after lunch", "reads until late", "out every morning"]),
];
