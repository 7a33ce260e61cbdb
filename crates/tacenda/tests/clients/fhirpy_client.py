"""A program of fhirpy's: everything through its own calls."""

import os
import uuid

from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

client = SyncFHIRClient(os.environ["FHIR"], authorization=f"Bearer {os.environ['TOKEN']}")
number = uuid.uuid4().hex


def refused(kind, call):
    try:
        call()
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was expected")


# Transaction: a patient with what refers to them.
urn = f"urn:uuid:{uuid.uuid4()}"


def post(resource, url=None):
    entry = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
    return {"fullUrl": url, **entry} if url else entry


def observation(subject, day):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": subject},
        "effectiveDateTime": f"2026-01-{day:02}",
        "valueQuantity": {"value": 70 + day, "unit": "kg"},
    }


entries = [post({"resourceType": "Patient", "identifier": [{"system": "urn:fhirpy", "value": number}]}, urn)]
entries += [post(observation(urn, day)) for day in range(1, 8)]
done = client.execute("", data={"resourceType": "Bundle", "type": "transaction", "entry": entries})
assert [entry.response.status for entry in done.entry] == ["201 Created"] * 8, done

# Search, and read by reference.
patient = client.resources("Patient").search(identifier=f"urn:fhirpy|{number}").get()
assert patient.to_reference().to_resource() == patient
assert client.resources("Patient").search(identifier="urn:fhirpy|nobody").first() is None

# Create, update, read.
weight = client.resource(**{**observation(patient.reference, 9), "resource_type": "Observation"})
weight.save()
assert weight.id and weight.meta.versionId == "1"
weight["status"] = "amended"
weight.save()
again = client.reference("Observation", weight.id).to_resource()
assert again.status == "amended" and again.meta.versionId == "2", again

# Search with pages, criteria and their modifiers.
found = client.resources("Observation").search(patient=patient.id)
pages = found.limit(3).fetch_all()
assert len(pages) == 8 and len({one.id for one in pages}) == 8, len(pages)
assert len(found.limit(3).fetch()) == 3
assert [one.id for one in found.search(status="amended").fetch()] == [weight.id]
assert len(found.search(date__ge="2026-01-03", date__lt="2026-01-06").fetch()) == 3
assert len(found.search(status__not="amended").fetch()) == 7
included = found.include("Observation", "patient").limit(2).fetch_raw()
assert [entry.search.mode for entry in included.entry] == ["match", "match", "include"], included
assert included.entry[2].resource.id == patient.id
refused(OperationOutcome, lambda: found.search(nonsense="x").fetch())

# The library sends criteria in the URL of its POST, where FHIR has none: nothing is created that was not wanted.
named = client.resources("Patient").search(identifier=f"urn:fhirpy|{number}")
another = client.resource("Patient", identifier=[{"system": "urn:fhirpy", "value": number}])
refused(OperationOutcome, lambda: named.get_or_create(another))
assert len(named.fetch()) == 1

# History.
history = weight.execute("_history", method="get")
assert [entry.resource.status for entry in history.entry] == ["amended", "final"], history
assert weight.execute("_history/1", method="get").status == "final"

# Patch: FHIR's is a JSON Patch; the library's own merges, which FHIR does not know.
patching = SyncFHIRClient(
    os.environ["FHIR"],
    authorization=client.authorization,
    extra_headers={"Content-Type": "application/json-patch+json"},
)
change = [{"op": "replace", "path": "/status", "value": "corrected"}]
patched = patching.execute(weight.reference, method="patch", data=change)
assert patched.status == "corrected" and patched.meta.versionId == "3", patched

# Update by criteria: created once, then updated.
document = {"resourceType": "DocumentReference", "status": "current", "subject": {"reference": patient.reference},
            "identifier": [{"system": "urn:fhirpy", "value": number}], "content": [{"attachment": {"title": "a"}}]}
by_number = client.resources("DocumentReference").search(patient=patient.id, identifier=f"urn:fhirpy|{number}")
made, created = by_number.update(client.resource("DocumentReference", **document))
assert created and made.meta.versionId == "1", made
made, created = by_number.update(client.resource("DocumentReference", **{**document, "status": "superseded"}))
assert not created and made.status == "superseded" and made.meta.versionId == "2", made
by_number.delete()
assert by_number.first() is None

# Delete.
weight.delete()
refused(ResourceNotFound, lambda: client.reference("Observation", weight.id).to_resource())
assert len(found.fetch_all()) == 7
