// Webhooks: endpoints by the Node SDK, and deliveries that its verification accepts.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";
import { Stripe, ids, stripe, until } from "./shop.mjs";

// Receives deliveries: each as its raw body and its signature.
async function receiver() {
  const received = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const signature = request.headers["stripe-signature"];
      received.push({ body: Buffer.concat(parts), signature });
      response.end("ok");
    });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${server.address().port}/hook`;
  return { received, url, close: () => server.close() };
}

test("an endpoint is made, changed, listed and deleted", async () => {
  const made = await stripe.webhookEndpoints.create({
    url: "http://127.0.0.1:9/none", enabled_events: ["invoice.paid"], metadata: { a: "b" },
  });
  assert.match(made.secret, /^whsec_/);
  const terms = { enabled_events: ["*"], disabled: true };
  assert.equal((await stripe.webhookEndpoints.update(made.id, terms)).status, "disabled");
  assert.equal((await stripe.webhookEndpoints.retrieve(made.id)).secret, undefined);
  assert.ok(ids((await stripe.webhookEndpoints.list()).data).includes(made.id));
  assert.equal((await stripe.webhookEndpoints.del(made.id)).deleted, true);
});

test("a delivery is verified, and a forged one is not", async () => {
  const hook = await receiver();
  const endpoint = await stripe.webhookEndpoints.create({
    url: hook.url, enabled_events: ["customer.created"], api_version: Stripe.API_VERSION,
  });
  try {
    const customer = await stripe.customers.create({ name: "Delivered" });
    const { body, signature } = await until(() => hook.received[0]);
    const event = stripe.webhooks.constructEvent(body, signature, endpoint.secret);
    assert.equal(event.type, "customer.created");
    assert.equal(event.data.object.id, customer.id);
    const later = await stripe.webhooks.constructEventAsync(body, signature, endpoint.secret);
    assert.equal(later.id, event.id);
    assert.throws(
      () => stripe.webhooks.constructEvent(`${body} `, signature, endpoint.secret),
      Stripe.errors.StripeSignatureVerificationError,
    );
    assert.throws(
      () => stripe.webhooks.constructEvent(body, signature, "whsec_other"),
      Stripe.errors.StripeSignatureVerificationError,
    );
  } finally {
    await stripe.webhookEndpoints.del(endpoint.id);
    hook.close();
  }
});

test("an endpoint of an older version receives the older form", async () => {
  const hook = await receiver();
  const endpoint = await stripe.webhookEndpoints.create({
    url: hook.url, enabled_events: ["customer.subscription.created"], api_version: "2024-06-20",
  });
  try {
    const customer = await stripe.customers.create({ source: "tok_visa" });
    const price = await stripe.prices.create({ currency: "usd", unit_amount: 100,
      recurring: { interval: "month" }, product_data: { name: "Old" } });
    await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    const { body } = await until(() => hook.received[0]);
    const event = JSON.parse(body);
    assert.equal(event.api_version, "2024-06-20");
    assert.equal(typeof event.data.object.current_period_end, "number");
  } finally {
    await stripe.webhookEndpoints.del(endpoint.id);
    hook.close();
  }
});
