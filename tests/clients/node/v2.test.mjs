// What stands below /v2, by the Node SDK: event destinations, thin events, pages, errors, keys.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";
import { refused, stripe } from "./shop.mjs";

function receiver() {
  const received = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      received.push({ body: Buffer.concat(parts), headers: request.headers });
      response.end();
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const url = `http://127.0.0.1:${server.address().port}/`;
      resolve({ url, received, close: () => server.close(), closeAll: () => server.closeAllConnections() });
    });
  });
}

async function arrived(received, count) {
  for (let tries = 0; received.length < count; tries += 1) {
    assert.ok(tries < 200, `only ${received.length} of ${count} have arrived`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return received;
}

const terms = (more = {}) => ({
  name: "Node",
  type: "webhook_endpoint",
  event_payload: "thin",
  enabled_events: ["v1.customer.created"],
  webhook_endpoint: { url: "https://example.com/node" },
  ...more,
});

test("a thin event arrives, is parsed, and leads to its object", async () => {
  const place = await receiver();
  const destinations = stripe.v2.core.eventDestinations;
  const made = await destinations.create(
    terms({ webhook_endpoint: { url: place.url }, include: ["webhook_endpoint.signing_secret"] }),
  );
  const secret = made.webhook_endpoint.signing_secret;
  try {
    const customer = await stripe.customers.create({ name: "Node" });
    const pinged = await destinations.ping(made.id);
    assert.equal(pinged.type, "v2.core.event_destination.ping");
    await arrived(place.received, 2);
    const told = place.received
      .map(({ body, headers }) => stripe.parseEventNotification(body, headers["stripe-signature"], secret))
      .sort((a, b) => (a.type < b.type ? -1 : 1));
    assert.deepEqual(told.map((each) => each.type), ["v1.customer.created", pinged.type]);
    assert.equal((await told[0].fetchRelatedObject()).name, customer.name);
    const event = await told[0].fetchEvent();
    assert.equal(event.related_object.id, customer.id);
    const again = await stripe.v2.core.events.retrieve(told[0].id);
    assert.equal((await again.fetchRelatedObject()).id, customer.id);
    assert.equal((await told[1].fetchRelatedObject()).id, made.id);
    assert.throws(() =>
      stripe.webhooks.constructEvent(place.received[0].body, place.received[0].headers["stripe-signature"], secret),
    );
  } finally {
    await destinations.del(made.id);
    place.closeAll();
    place.close();
  }
});

test("destinations are changed, paged and deleted", async () => {
  const destinations = stripe.v2.core.eventDestinations;
  const made = [];
  for (const name of ["One", "Two", "Three"]) made.push((await destinations.create(terms({ name }))).id);
  const changed = await destinations.update(made[0], { metadata: { a: "1", b: "2" }, description: "Better" });
  assert.deepEqual([changed.description, changed.metadata.a], ["Better", "1"]);
  assert.deepEqual((await destinations.update(made[0], { metadata: { a: null } })).metadata, { b: "2" });
  assert.equal((await destinations.disable(made[0])).status_details.disabled.reason, "user");
  assert.equal((await destinations.enable(made[0])).status, "enabled");
  const seen = [];
  for await (const each of destinations.list({ limit: 2 })) seen.push(each.id);
  assert.deepEqual(seen.slice(0, 3), [...made].reverse());
  for (const id of made) assert.deepEqual((await destinations.del(id)).id, id);
  await refused(destinations.retrieve(made[0]), "StripeInvalidRequestError");
});

test("events are listed by object, type and time", async () => {
  const product = await stripe.products.create({ name: "Node" });
  await stripe.products.update(product.id, { name: "Better" });
  const seen = [];
  for await (const each of stripe.v2.core.events.list({ object_id: product.id, limit: 1 })) seen.push(each);
  assert.deepEqual(seen.map((each) => each.type), ["v1.product.updated", "v1.product.created"]);
  const since = new Date(Date.now() - 3600_000).toISOString();
  const page = await stripe.v2.core.events.list({
    object_id: product.id, types: ["v1.product.created"], created: { gte: since },
  });
  assert.deepEqual(page.data.map((each) => each.id), [seen[1].id]);
  assert.equal((await stripe.v2.core.events.retrieve(seen[1].id)).snapshot_event.slice(0, 4), "evt_");
});

test("what is wrong is told by the SDK's errors", async () => {
  const destinations = stripe.v2.core.eventDestinations;
  await refused(destinations.create(terms({ colour: "red" })), "StripeInvalidRequestError");
  await refused(destinations.create({}), "StripeInvalidRequestError");
  const key = { idempotencyKey: `node-${Date.now()}` };
  const made = await destinations.create(terms(), key);
  assert.equal((await destinations.create(terms(), key)).id, made.id);
  await refused(destinations.create(terms({ name: "Another" }), key), "StripeIdempotencyError");
  await destinations.del(made.id);
});
