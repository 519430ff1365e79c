// Catalogue: products, prices and what is taken off or put on them, by the Node SDK.
import assert from "node:assert/strict";
import test from "node:test";
import { ids, makePrice, refused, stripe } from "./shop.mjs";

test("a product is made, changed, listed, found and deleted", async () => {
  const made = await stripe.products.create({
    name: "Cup",
    default_price_data: { currency: "usd", unit_amount: 900 },
    metadata: { shelf: "3" },
    marketing_features: [{ name: "Holds tea" }],
  });
  assert.equal(typeof made.default_price, "string");
  const shown = await stripe.products.retrieve(made.id, { expand: ["default_price"] });
  assert.equal(shown.default_price.unit_amount, 900);
  const changed = await stripe.products.update(made.id, { metadata: { shelf: "" }, active: false });
  assert.deepEqual(changed.metadata, {});
  const listed = await stripe.products.list({ active: false, ids: [made.id] });
  assert.deepEqual(ids(listed.data), [made.id]);
  const found = await stripe.products.search({ query: 'name:"Cup" AND active:"false"' });
  assert.deepEqual(ids(found.data), [made.id]);
  await refused(stripe.products.del(made.id), "StripeInvalidRequestError");
  const bare = await stripe.products.create({ name: "Bare" });
  assert.deepEqual(await gone(stripe.products.del(bare.id)), [bare.id, true]);
});

test("a price has tiers and other currencies when they are asked for", async () => {
  const price = await makePrice({
    unit_amount: undefined,
    billing_scheme: "tiered",
    tiers_mode: "graduated",
    tiers: [
      { up_to: 5, unit_amount: 700 },
      { up_to: "inf", unit_amount_decimal: "650.5" },
    ],
    lookup_key: "node_tiers",
  });
  assert.equal(price.tiers, undefined);
  const shown = await stripe.prices.retrieve(price.id, { expand: ["tiers", "currency_options"] });
  assert.deepEqual(
    shown.tiers.map((tier) => [tier.up_to, tier.unit_amount, String(tier.unit_amount_decimal)]),
    [[5, 700, "700"], [null, null, "650.5"]],
  );
  assert.deepEqual(Object.keys(shown.currency_options), ["usd"]);
  const listed = await stripe.prices.list({ lookup_keys: ["node_tiers"], expand: ["data.product"] });
  assert.equal(listed.data[0].product.name, "Basic");
  const changed = await stripe.prices.update(price.id, { nickname: "Tiered", active: false });
  assert.deepEqual([changed.nickname, changed.active], ["Tiered", false]);
  const found = await stripe.prices.search({ query: "lookup_key:'node_tiers'" });
  assert.deepEqual(ids(found.data), [price.id]);
});

test("a plan is the older form of a price", async () => {
  const plan = await stripe.plans.create({
    id: "node-gold",
    currency: "usd",
    amount: 2500,
    interval: "year",
    product: { name: "Gold" },
  });
  assert.deepEqual([plan.id, plan.amount, plan.interval], ["node-gold", 2500, "year"]);
  assert.equal((await stripe.prices.retrieve("node-gold")).recurring.interval, "year");
  assert.equal((await stripe.plans.update(plan.id, { nickname: "G" })).nickname, "G");
  assert.ok(ids((await stripe.plans.list({ limit: 100 })).data).includes(plan.id));
  assert.deepEqual(await gone(stripe.plans.del(plan.id)), [plan.id, true]);
});

test("coupons and promotion codes", async () => {
  const coupon = await stripe.coupons.create({ percent_off: 12.5, duration: "repeating",
    duration_in_months: 3, currency_options: {}, name: "Autumn" });
  assert.equal(coupon.percent_off, 12.5);
  assert.equal((await stripe.coupons.update(coupon.id, { name: "Fall" })).name, "Fall");
  const code = await stripe.promotionCodes.create({
    promotion: { type: "coupon", coupon: coupon.id },
    code: "NODE125",
    max_redemptions: 2,
  });
  assert.equal(code.promotion.coupon, coupon.id);
  const listed = await stripe.promotionCodes.list({ code: "node125", expand: ["data.promotion.coupon"] });
  assert.equal(listed.data[0].promotion.coupon.name, "Fall");
  assert.equal((await stripe.promotionCodes.update(code.id, { active: false })).active, false);
  assert.equal((await stripe.promotionCodes.retrieve(code.id)).active, false);
  assert.ok(ids((await stripe.coupons.list({ limit: 100 })).data).includes(coupon.id));
  assert.deepEqual(await gone(stripe.coupons.del(coupon.id)), [coupon.id, true]);
  await refused(stripe.coupons.retrieve(coupon.id), "StripeInvalidRequestError", { statusCode: 404 });
});

test("tax rates, shipping rates and tax codes", async () => {
  const rate = await stripe.taxRates.create({ display_name: "VAT", percentage: 19, inclusive: true,
    country: "DE" });
  assert.deepEqual([rate.percentage, rate.effective_percentage], [19, 19]);
  assert.equal((await stripe.taxRates.update(rate.id, { active: false })).active, false);
  assert.deepEqual(ids((await stripe.taxRates.list({ active: false })).data), [rate.id]);
  assert.equal((await stripe.taxRates.retrieve(rate.id)).country, "DE");
  const shipping = await stripe.shippingRates.create({
    display_name: "Ground",
    type: "fixed_amount",
    fixed_amount: { amount: 500, currency: "usd" },
  });
  await stripe.shippingRates.update(shipping.id, { metadata: { by: "truck" } });
  assert.equal((await stripe.shippingRates.retrieve(shipping.id)).metadata.by, "truck");
  assert.deepEqual(ids((await stripe.shippingRates.list()).data), [shipping.id]);
  const code = (await stripe.taxCodes.list({ limit: 1 })).data[0];
  assert.equal((await stripe.taxCodes.retrieve(code.id)).name, code.name);
});

test("meters are made, switched off and on", async () => {
  const meter = await stripe.billing.meters.create({
    display_name: "Calls",
    event_name: "node_calls",
    default_aggregation: { formula: "sum" },
  });
  assert.equal((await stripe.billing.meters.update(meter.id, { display_name: "C" })).display_name, "C");
  assert.equal((await stripe.billing.meters.deactivate(meter.id)).status, "inactive");
  assert.equal((await stripe.billing.meters.reactivate(meter.id)).status, "active");
  assert.deepEqual(ids((await stripe.billing.meters.list({ status: "active" })).data), [meter.id]);
  const price = await makePrice({
    unit_amount: 2,
    recurring: { interval: "month", usage_type: "metered", meter: meter.id },
  });
  assert.equal(price.recurring.meter, meter.id);
});

async function gone(promise) {
  const answer = await promise;
  return [answer.id, answer.deleted];
}
