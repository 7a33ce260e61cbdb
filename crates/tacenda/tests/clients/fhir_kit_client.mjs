// A program of fhir-kit-client's: everything through its own calls.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Client } from "fhir-kit-client";

const client = new Client({ baseUrl: process.env.FHIR, bearerToken: process.env.TOKEN });
const number = randomUUID();
const urn = `urn:uuid:${randomUUID()}`;

const observation = (subject, day) => ({
  resourceType: "Observation",
  status: "final",
  code: { coding: [{ system: "http://loinc.org", code: "29463-7" }] },
  subject: { reference: subject },
  effectiveDateTime: `2026-01-0${day}`,
  valueQuantity: { value: 70 + day, unit: "kg" },
});
const post = (resource, fullUrl) =>
  ({ fullUrl, resource, request: { method: "POST", url: resource.resourceType } });

// What the server says it does.
const statement = await client.capabilityStatement();
assert.equal(statement.fhirVersion, "4.0.1");
const smart = await client.smartAuthMetadata();
assert.ok(smart.tokenUrl, "the token endpoint is found");

// Transaction and batch.
const patientOf = { resourceType: "Patient", identifier: [{ system: "urn:fhir-kit", value: number }] };
const done = await client.transaction({
  body: {
    resourceType: "Bundle",
    type: "transaction",
    entry: [post(patientOf, urn), ...[1, 2, 3, 4, 5, 6, 7].map((day) => post(observation(urn, day)))],
  },
});
assert.deepEqual(done.entry.map((entry) => entry.response.status), Array(8).fill("201 Created"));

// Search by URL and by form.
const searchParams = { identifier: `urn:fhir-kit|${number}` };
const byUrl = await client.search({ resourceType: "Patient", searchParams });
const byForm = await client.search({ resourceType: "Patient", searchParams, options: { postSearch: true } });
assert.deepEqual(byUrl.entry, byForm.entry);
const patient = byUrl.entry[0].resource;

// Create, read, update.
const created = await client.create({ resourceType: "Observation", body: observation(`Patient/${patient.id}`, 9) });
assert.equal(created.meta.versionId, "1");
assert.deepEqual(await client.read({ resourceType: "Observation", id: created.id }), created);
const updated = await client.update({
  resourceType: "Observation", id: created.id, body: { ...created, status: "amended" },
});
assert.equal(updated.meta.versionId, "2");
const stale = client.update({
  resourceType: "Observation", id: created.id, body: created, options: { headers: { "If-Match": 'W/"1"' } },
});
await assert.rejects(stale, (error) => error.response.status === 412);
const resolved = await client.resolve({ reference: created.subject.reference });
assert.equal(resolved.id, patient.id);

// Pages.
let page = await client.search({ resourceType: "Observation", searchParams: { patient: patient.id, _count: 3 } });
const seen = [];
while (page) {
  seen.push(...(page.entry ?? []).map((entry) => entry.resource.id));
  page = await client.nextPage({ bundle: page });
}
assert.equal(seen.length, 8);
assert.equal(new Set(seen).size, 8);
const included = await client.search({
  resourceType: "Observation", searchParams: { patient: patient.id, _include: "Observation:patient", _count: 2 },
});
assert.deepEqual(included.entry.map((entry) => entry.search.mode), ["match", "match", "include"]);
assert.equal(included.entry[2].resource.id, patient.id);
const batch = await client.batch({
  body: {
    resourceType: "Bundle",
    type: "batch",
    entry: [{ request: { method: "GET", url: `Observation?patient=${patient.id}&status=amended` } }],
  },
});
assert.deepEqual(batch.entry[0].resource.entry.map((entry) => entry.resource.id), [created.id]);

// Patch, and a create that is done once.
const jsonPatch = [{ op: "test", path: "/status", value: "amended" }, { op: "replace", path: "/status", value: "corrected" }];
const patched = await client.patch({ resourceType: "Observation", id: created.id, jsonPatch });
assert.equal(patched.status, "corrected");
await assert.rejects(client.patch({ resourceType: "Observation", id: created.id, jsonPatch }), (error) => error.response.status === 422);
const identified = { ...observation(`Patient/${patient.id}`, 8), identifier: [{ system: "urn:fhir-kit", value: number }] };
const once = { headers: { "If-None-Exist": `patient=${patient.id}&identifier=urn:fhir-kit|${number}` } };
const made = await client.create({ resourceType: "Observation", body: identified, options: once });
assert.equal((await client.create({ resourceType: "Observation", body: identified, options: once })).id, made.id);
await client.delete({ resourceType: "Observation", id: made.id });

// History and vread.
const history = await client.history({ resourceType: "Observation", id: created.id });
assert.deepEqual(history.entry.map((entry) => entry.request.method), ["PUT", "PUT", "POST"]);
const first = await client.vread({ resourceType: "Observation", id: created.id, version: "1" });
assert.equal(first.status, "final");

// Delete.
await client.delete({ resourceType: "Observation", id: created.id });
await assert.rejects(client.read({ resourceType: "Observation", id: created.id }), (error) => error.response.status === 410);
