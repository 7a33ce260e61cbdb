"""A SMART application made of PyPI's fhirclient. It asks its parent to do what a browser does."""

import json
import sys

from fhirclient import client
from fhirclient.models.observation import Observation
from fhirclient.server import FHIRPermissionDeniedException, FHIRNotFoundException

origin, callback, own, other = sys.argv[1:]


def parent(action, url):
    print(json.dumps({"action": action, "url": url}), flush=True)
    return json.loads(sys.stdin.readline())


smart = client.FHIRClient(
    settings={
        "app_id": "app",
        "api_base": origin + "/fhir",
        "redirect_uri": callback,
        "scope": "openid fhirUser patient/Patient.read patient/Observation.rs",
    }
)
assert not smart.ready
smart.handle_callback(parent("browse", smart.authorize_url))
assert smart.ready and smart.patient_id == own, smart.patient_id
assert smart.patient.id == own and smart.patient.birthDate is not None
found = Observation.where({"patient": own}).perform_resources(smart.server)
assert found and all(one.subject.reference == f"Patient/{own}" for one in found)
one = Observation.read(found[0].id, smart.server)


def refused(path, expected):
    try:
        smart.server.request_json(path)
    except expected:
        return
    raise AssertionError(path)


refused(f"Condition?patient={own}", FHIRPermissionDeniedException)
refused(f"Patient/{other}", FHIRNotFoundException)
refused(f"Observation?patient={other}", FHIRNotFoundException)
one.status = "amended"
try:
    one.update(smart.server)
    raise AssertionError("it wrote")
except FHIRPermissionDeniedException:
    pass
print(json.dumps({"action": "done", "url": smart.server.auth.access_token}), flush=True)
