// Plumbing: pages, keys, errors, versions, idempotency and files, as the Node SDK handles them.
import assert from "node:assert/strict";
import test from "node:test";
import { Stripe, all, connect, ids, publishableKey, refused, secretKey, stripe } from "./shop.mjs";

test("a list pages by itself, forwards and backwards", async () => {
  const made = [];
  for (let n = 0; n < 7; n++) {
    made.unshift((await stripe.customers.create({ email: "pages@node.test" })).id);
  }
  const filter = { email: "pages@node.test", limit: 3 };
  assert.deepEqual(ids(await all(stripe.customers.list(filter))), made);
  const some = await stripe.customers.list(filter).autoPagingToArray({ limit: 5 });
  assert.deepEqual(ids(some), made.slice(0, 5));
  const back = await all(stripe.customers.list({ ...filter, ending_before: made[6] }));
  assert.deepEqual(ids(back), made.slice(0, 6).reverse());
  const seen = [];
  await stripe.customers.list(filter).autoPagingEach((customer) => {
    seen.push(customer.id);
    return seen.length < 4;
  });
  assert.deepEqual(seen, made.slice(0, 4));
  const query = "email:'pages@node.test'";
  assert.deepEqual(ids(await all(stripe.customers.search({ query, limit: 2 }))), made);
});

test("every answer carries its request, version and key", async () => {
  const made = await stripe.customers.create({}, { idempotencyKey: "node-headers" });
  const { lastResponse } = made;
  assert.match(lastResponse.requestId, /^req_/);
  assert.equal(lastResponse.statusCode, 200);
  assert.equal(lastResponse.apiVersion, Stripe.API_VERSION);
  assert.equal(lastResponse.idempotencyKey, "node-headers");
});

test("a key makes a request happen once, and only that request", async () => {
  const once = { idempotencyKey: "node-once" };
  const first = await stripe.customers.create({ name: "Once" }, once);
  const second = await stripe.customers.create({ name: "Once" }, once);
  assert.equal(first.id, second.id);
  assert.equal(second.lastResponse.headers["idempotent-replayed"], "true");
  const other = stripe.customers.create({ name: "Twice" }, once);
  await refused(other, "StripeIdempotencyError", { statusCode: 400 });
});

test("errors have the classes that programs catch", async () => {
  await refused(connect("sk_test_wrong").customers.list(), "StripeAuthenticationError",
    { statusCode: 401 });
  await refused(connect(publishableKey).customers.list(), "StripePermissionError",
    { statusCode: 403 });
  await refused(stripe.customers.retrieve("cus_nobody"), "StripeInvalidRequestError",
    { statusCode: 404, code: "resource_missing", param: "id",
      message: "No such customer: 'cus_nobody'" });
  await refused(stripe.prices.create({ currency: "usd", product: "prod_x", unit: 1 }),
    "StripeInvalidRequestError", { code: "parameter_unknown", param: "unit" });
  await refused(stripe.subscriptions.create({ items: [] }), "StripeInvalidRequestError");
  await refused(stripe.rawRequest("GET", "/v1/nonsense"), "StripeInvalidRequestError",
    { statusCode: 404 });
  const nowhere = new Stripe(secretKey, { host: "127.0.0.1", port: 9, protocol: "http",
    maxNetworkRetries: 0 });
  await refused(nowhere.customers.list(), "StripeConnectionError");
});

test("the account is itself, by whatever name it is called", async () => {
  const account = await stripe.accounts.retrieveCurrent();
  const named = { stripeAccount: account.id };
  assert.equal((await stripe.accounts.retrieve(account.id)).id, account.id);
  assert.ok((await stripe.customers.list({ limit: 1 }, named)).data.length <= 1);
  const strange = stripe.customers.list({}, { stripeAccount: "acct_stranger" });
  await refused(strange, "StripePermissionError", { code: "account_invalid" });
});

test("older versions are spoken per request and per client", async () => {
  const older = connect(secretKey, { apiVersion: "2024-06-20" });
  const customer = await older.customers.create({ source: "tok_visa" });
  assert.equal(customer.lastResponse.apiVersion, "2024-06-20");
  const product = { product_data: { name: "Old" } };
  const price = await older.prices.create({ currency: "usd", unit_amount: 500,
    recurring: { interval: "month" }, ...product });
  const subscription = await older.subscriptions.create({ customer: customer.id,
    items: [{ price: price.id }], expand: ["latest_invoice.payment_intent"] });
  assert.equal(typeof subscription.current_period_end, "number");
  assert.equal(subscription.latest_invoice.payment_intent.status, "succeeded");
  const newer = await stripe.subscriptions.retrieve(subscription.id);
  assert.equal(newer.current_period_end, undefined);
  assert.equal(newer.items.data[0].current_period_end, subscription.current_period_end);
  await refused(connect(secretKey, { apiVersion: "2019-01-32" }).customers.list(),
    "StripeInvalidRequestError");
});

test("events are listed by type and read one by one", async () => {
  const product = await stripe.products.create({ name: "Told" });
  await stripe.products.update(product.id, { name: "Retold" });
  const types = ["product.created", "product.updated"];
  const listed = await stripe.events.list({ types, limit: 2 });
  assert.deepEqual(listed.data.map((event) => event.type), ["product.updated", "product.created"]);
  const event = await stripe.events.retrieve(listed.data[0].id);
  assert.deepEqual(event.data.previous_attributes.name, "Told");
  assert.match(event.request.id, /^req_/);
});

test("a file is uploaded and linked to", async () => {
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  const file = await stripe.files.create({
    purpose: "business_icon",
    file: { data: png, name: "icon.png", type: "application/octet-stream" },
  });
  assert.equal(file.size, png.length);
  assert.equal((await stripe.files.retrieve(file.id)).filename, "icon.png");
  assert.ok(ids((await stripe.files.list()).data).includes(file.id));
  const link = await stripe.fileLinks.create({ file: file.id });
  await stripe.fileLinks.update(link.id, { metadata: { a: "b" } });
  assert.equal((await stripe.fileLinks.retrieve(link.id)).metadata.a, "b");
  assert.deepEqual(ids((await stripe.fileLinks.list({ file: file.id })).data), [link.id]);
});

test("what is not built is empty when it is listed", async () => {
  const lists = [stripe.payouts.list(), stripe.transfers.list(), stripe.reviews.list(),
    stripe.applicationFees.list(), stripe.countrySpecs.list(), stripe.topups.list(),
    stripe.radar.earlyFraudWarnings.list(), stripe.issuing.cards.list(),
    stripe.identity.verificationSessions.list()];
  for (const list of await Promise.all(lists)) assert.deepEqual(list.data, []);
});
