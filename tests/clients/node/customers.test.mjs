// Customers and what belongs to them, by the Node SDK.
import assert from "node:assert/strict";
import test from "node:test";
import { all, ids, makePayer, refused, stripe } from "./shop.mjs";

test("a customer is made, changed, listed, found and deleted", async () => {
  const made = await stripe.customers.create({
    email: "ann@node.test",
    name: "Ann",
    address: { line1: "1 Main St", country: "US" },
    metadata: { since: "2026" },
    preferred_locales: ["de", "en"],
  });
  const changed = await stripe.customers.update(made.id, { address: { city: "Here" }, name: "" });
  assert.deepEqual([changed.address.city, changed.name], ["Here", null]);
  assert.deepEqual(await stripe.customers.retrieve(made.id), changed);
  const listed = await stripe.customers.list({ email: "ann@node.test" });
  assert.deepEqual(ids(listed.data), [made.id]);
  const query = "email:'ann@node.test' AND -metadata['since']:'2025'";
  assert.deepEqual(ids((await stripe.customers.search({ query })).data), [made.id]);
  assert.deepEqual(await all(stripe.customers.search({ query })), [changed]);
  const gone = await stripe.customers.del(made.id);
  assert.deepEqual([gone.id, gone.object, gone.deleted], [made.id, "customer", true]);
  assert.equal((await stripe.customers.retrieve(made.id)).deleted, true);
  const again = { statusCode: 404, code: "resource_missing", param: "id" };
  await refused(stripe.customers.del(made.id), "StripeInvalidRequestError", again);
});

test("a balance is adjusted and its transactions are kept", async () => {
  const { id } = await stripe.customers.create({ name: "Balanced" });
  const given = await stripe.customers.createBalanceTransaction(id, { amount: -500, currency: "usd" });
  assert.deepEqual([given.ending_balance, given.type], [-500, "adjustment"]);
  await stripe.customers.updateBalanceTransaction(id, given.id, { description: "a gift" });
  const shown = await stripe.customers.retrieveBalanceTransaction(id, given.id);
  assert.equal(shown.description, "a gift");
  const listed = await stripe.customers.listBalanceTransactions(id);
  assert.deepEqual(ids(listed.data), [given.id]);
  assert.equal((await stripe.customers.retrieve(id)).balance, -500);
});

test("tax ids belong to a customer or to the account", async () => {
  const customer = await stripe.customers.create({ name: "Taxed" });
  const made = await stripe.customers.createTaxId(customer.id, { type: "eu_vat", value: "DE123456789" });
  assert.equal((await stripe.customers.retrieveTaxId(customer.id, made.id)).value, "DE123456789");
  assert.deepEqual(ids((await stripe.customers.listTaxIds(customer.id)).data), [made.id]);
  const shown = await stripe.customers.retrieve(customer.id, { expand: ["tax_ids"] });
  assert.deepEqual(ids(shown.tax_ids.data), [made.id]);
  assert.equal((await stripe.customers.deleteTaxId(customer.id, made.id)).deleted, true);
  const own = await stripe.taxIds.create({ type: "us_ein", value: "12-3456789" });
  assert.equal((await stripe.taxIds.retrieve(own.id)).owner.type, "self");
  assert.ok(ids((await stripe.taxIds.list()).data).includes(own.id));
  assert.equal((await stripe.taxIds.del(own.id)).deleted, true);
});

test("sources of older programs are kept with the customer", async () => {
  const customer = await stripe.customers.create({ source: "tok_visa" });
  const shown = await stripe.customers.retrieve(customer.id, { expand: ["sources", "default_source"] });
  assert.equal(shown.sources.data[0].id, shown.default_source.id);
  const card = await stripe.customers.createSource(customer.id, { source: "tok_mastercard" });
  assert.equal(card.brand, "MasterCard");
  await stripe.customers.updateSource(customer.id, card.id, { exp_year: 2040 });
  assert.equal((await stripe.customers.retrieveSource(customer.id, card.id)).exp_year, 2040);
  const listed = await stripe.customers.listSources(customer.id, { object: "card" });
  assert.equal(listed.data.length, 2);
  assert.equal((await stripe.customers.deleteSource(customer.id, card.id)).deleted, true);
});

test("cash balances are funded and read", async () => {
  const { id } = await stripe.customers.create({ name: "Transfers" });
  await stripe.testHelpers.customers.fundCashBalance(id, { amount: 2500, currency: "eur" });
  const balance = await stripe.customers.retrieveCashBalance(id);
  assert.deepEqual(balance.available, { eur: 2500 });
  const manual = { settings: { reconciliation_mode: "manual" } };
  const changed = await stripe.customers.updateCashBalance(id, manual);
  assert.equal(changed.settings.reconciliation_mode, "manual");
  const moved = (await stripe.customers.listCashBalanceTransactions(id)).data[0];
  const shown = await stripe.customers.retrieveCashBalanceTransaction(id, moved.id);
  assert.equal(shown.net_amount, 2500);
});

test("a discount is given to a customer and taken away", async () => {
  const coupon = await stripe.coupons.create({ amount_off: 300, currency: "usd", duration: "forever" });
  const customer = await stripe.customers.create({ coupon: coupon.id }).catch(() => null);
  assert.equal(customer, null, "the newest version has no such parameter");
  const older = { apiVersion: "2024-06-20" };
  const made = await stripe.customers.create({ coupon: coupon.id }, older);
  assert.equal(made.discount.coupon.id, coupon.id);
  assert.equal((await stripe.customers.deleteDiscount(made.id)).deleted, true);
  assert.equal((await stripe.customers.retrieve(made.id)).discount, null);
});

test("payment methods of a customer are listed and expanded", async () => {
  const payer = await makePayer();
  const methods = await stripe.customers.listPaymentMethods(payer.id, { type: "card" });
  assert.equal(methods.data[0].id, payer.invoice_settings.default_payment_method);
  const one = await stripe.customers.retrievePaymentMethod(payer.id, methods.data[0].id);
  assert.equal(one.card.last4, "4242");
  const shown = await stripe.customers.retrieve(payer.id, {
    expand: ["invoice_settings.default_payment_method", "subscriptions"],
  });
  assert.equal(shown.invoice_settings.default_payment_method.card.brand, "visa");
  assert.deepEqual(shown.subscriptions.data, []);
});
