// A program of @medplum/core's: everything through its own calls.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { MedplumClient } from "@medplum/core";

const base = new URL(process.env.FHIR);
const client = new MedplumClient({
  baseUrl: `${base.origin}/`,
  fhirUrlPath: base.pathname.slice(1),
  accessToken: process.env.TOKEN,
  cacheTime: 0,
});
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

// Transaction.
const patientOf = { resourceType: "Patient", identifier: [{ system: "urn:medplum", value: number }] };
const done = await client.executeBatch({
  resourceType: "Bundle",
  type: "transaction",
  entry: [post(patientOf, urn), ...[1, 2, 3, 4, 5, 6, 7].map((day) => post(observation(urn, day)))],
});
assert.deepEqual(done.entry.map((entry) => entry.response.status), Array(8).fill("201 Created"));

// Search.
const patient = await client.searchOne("Patient", { identifier: `urn:medplum|${number}` });
assert.ok(patient.id);

// Create, read, update.
const created = await client.createResource(observation(`Patient/${patient.id}`, 9));
assert.equal(created.meta.versionId, "1");
assert.deepEqual(await client.readResource("Observation", created.id), created);
assert.equal((await client.readReference(created.subject)).id, patient.id);
const updated = await client.updateResource({ ...created, status: "amended" });
assert.equal(updated.meta.versionId, "2");

// Pages. Of the next page it asks for a number of its own as well.
const seen = [];
for await (const page of client.searchResourcePages("Observation", { patient: patient.id, _count: 3 })) {
  seen.push(...page.map((one) => one.id));
}
assert.equal(seen.length, 8);
assert.equal(new Set(seen).size, 8);
const included = await client.search("Observation", { patient: patient.id, _include: "Observation:patient", _count: 2 });
assert.deepEqual(included.entry.map((entry) => entry.search.mode), ["match", "match", "include"]);
const amended = await client.searchResources("Observation", `patient=${patient.id}&status=amended`);
assert.deepEqual(amended.map((one) => one.id), [created.id]);

// Patch, and what is created or updated once.
const patched = await client.patchResource("Observation", created.id, [{ op: "replace", path: "/status", value: "corrected" }]);
assert.equal(patched.status, "corrected");
const identified = { ...observation(`Patient/${patient.id}`, 8), identifier: [{ system: "urn:medplum", value: number }] };
const criteria = `patient=${patient.id}&identifier=urn:medplum|${number}`;
const made = await client.createResourceIfNoneExist(identified, criteria);
assert.equal((await client.createResourceIfNoneExist(identified, criteria)).id, made.id);
const again = await client.upsertResource({ ...identified, status: "amended" }, criteria);
assert.deepEqual([again.id, again.status], [made.id, "amended"]);
await client.deleteResource("Observation", made.id);

// History.
const history = await client.readHistory("Observation", created.id);
assert.deepEqual(history.entry.map((entry) => entry.resource.status), ["corrected", "amended", "final"]);
assert.equal((await client.readVersion("Observation", created.id, "1")).status, "final");

// Delete.
await client.deleteResource("Observation", created.id);
await assert.rejects(client.readResource("Observation", created.id));
