"""Half of the well-formed requests are about somebody who is there: ids that are made up find nothing."""

import os
import random

import schemathesis

PATIENT = os.environ["PATIENT"]
choice = random.Random(20260301)


def observation():
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "effectiveDateTime": "2026-03-01",
        "valueQuantity": {"value": 70.5, "unit": "kg"},
    }


@schemathesis.hook
def before_call(context, case, kwargs):
    if not case.meta or not case.meta.generation.mode.is_positive or choice.random() < 0.5:
        return
    operation = case.operation.definition.raw.get("operationId", "")
    if operation == "createObservation":
        case.body = observation()
        case.media_type = "application/fhir+json"
    elif operation.startswith("search") and case.query and "patient" in case.query:
        # One criterion beside the patient, so that something is found.
        others = [name for name in case.query if name not in ("patient", "subject", "_id", "_cursor")]
        kept = choice.sample(others, min(1, len(others)))
        case.query = {"patient": PATIENT, **{name: case.query[name] for name in kept}}
    elif case.path_parameters and case.path_parameters.get("id") and case.method in ("GET", "PATCH"):
        case.path_parameters["id"] = PATIENT
        if "type" in case.path_parameters:
            case.path_parameters["type"] = "Patient"
