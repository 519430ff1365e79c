// Entitlements: features, what products grant, and what a customer may use, by the Node SDK.
import assert from "node:assert/strict";
import test from "node:test";
import { ids, makePayer, makePrice, makeSubscription, refused, stripe } from "./shop.mjs";

const keys = (listed) => listed.data.map((each) => each.lookup_key);

test("a feature is made, changed, listed and archived", async () => {
  const { features } = stripe.entitlements;
  const made = await features.create({ name: "Chat", lookup_key: "n_chat", metadata: { a: "b" } });
  assert.deepEqual((await features.list({ lookup_key: "n_chat" })).data, [made]);
  const changed = await features.update(made.id, { name: "Talk", metadata: "" });
  assert.deepEqual([changed.name, changed.metadata], ["Talk", {}]);
  await refused(features.create({ name: "Other", lookup_key: "n_chat" }), "StripeInvalidRequestError", {
    param: "lookup_key",
  });
  assert.equal((await features.update(made.id, { active: false })).active, false);
  assert.deepEqual(ids((await features.list({ lookup_key: "n_chat" })).data), []);
  assert.deepEqual(ids((await features.list({ archived: true })).data), [made.id]);
  assert.equal((await features.retrieve(made.id)).active, false);
});

test("a customer may use what its subscription's product grants", async () => {
  const { activeEntitlements, features } = stripe.entitlements;
  const price = await makePrice();
  for (const lookup_key of ["n_one", "n_two"]) {
    const feature = await features.create({ name: lookup_key, lookup_key });
    await stripe.products.createFeature(price.product, { entitlement_feature: feature.id });
  }
  const [second, first] = (await stripe.products.listFeatures(price.product)).data;
  assert.equal(first.entitlement_feature.lookup_key, "n_one");
  assert.deepEqual(await stripe.products.retrieveFeature(price.product, second.id), second);
  const payer = await makePayer();
  const subscription = await makeSubscription(payer, price);
  const listed = await activeEntitlements.list({ customer: payer.id, expand: ["data.feature"] });
  assert.deepEqual(keys(listed), ["n_two", "n_one"]);
  assert.equal(listed.data[0].feature.name, "n_two");
  const found = await activeEntitlements.retrieve(listed.data[0].id, { expand: ["feature"] });
  assert.deepEqual(found, listed.data[0]);
  const gone = await stripe.products.deleteFeature(price.product, second.id);
  assert.deepEqual([gone.id, gone.deleted], [second.id, true]);
  assert.equal((await activeEntitlements.list({ customer: payer.id })).data.length, 2);
  await stripe.subscriptions.cancel(subscription.id);
  assert.deepEqual(keys(await activeEntitlements.list({ customer: payer.id })), []);
});

test("a summary tells of all that a customer may use", async () => {
  const price = await makePrice();
  for (let number = 0; number < 12; number += 1) {
    const lookup_key = `n_many_${number}`;
    const feature = await stripe.entitlements.features.create({ name: lookup_key, lookup_key });
    await stripe.products.createFeature(price.product, { entitlement_feature: feature.id });
  }
  const payer = await makePayer();
  await makeSubscription(payer, price);
  const type = "entitlements.active_entitlement_summary.updated";
  const event = (await stripe.events.list({ type })).data.find(
    (each) => each.data.object.customer === payer.id,
  );
  const told = event.data.object.entitlements;
  assert.deepEqual([told.data.length, told.has_more], [10, true]);
  assert.deepEqual(event.data.previous_attributes, { entitlements: { data: [], has_more: false } });
  const all = [];
  for await (const each of stripe.entitlements.activeEntitlements.list({ customer: payer.id, limit: 5 })) {
    all.push(each.id);
  }
  assert.equal(all.length, 12);
  assert.deepEqual(ids(told.data), all.slice(0, 10));
});
