// Billing credits: granted, burned down by an invoice, looked at and ended, by the Node SDK.
import assert from "node:assert/strict";
import test from "node:test";
import { ids, refused, stripe, until } from "./shop.mjs";

const DAY = 86400;
const BEGINS = 1_790_000_000;
const money = (value) => ({ type: "monetary", monetary: { currency: "usd", value } });
const metered = { scope: { price_type: "metered" } };

async function makeUser(name) {
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: BEGINS });
  const customer = await stripe.customers.create({
    test_clock: clock.id,
    payment_method: "pm_card_visa",
    invoice_settings: { default_payment_method: "pm_card_visa" },
  });
  const meter = await stripe.billing.meters.create({
    display_name: name,
    event_name: name,
    default_aggregation: { formula: "sum" },
  });
  const price = await stripe.prices.create({
    currency: "usd",
    unit_amount: 5,
    recurring: { interval: "month", usage_type: "metered", meter: meter.id },
    product_data: { name },
  });
  return { clock, customer, price };
}

async function advance(clock, to) {
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: to });
  await until(async () => (await stripe.testHelpers.testClocks.retrieve(clock.id)).status === "ready");
}

test("credits pay for usage before a card does", async () => {
  const { clock, customer, price } = await makeUser("node_credits");
  const grant = await stripe.billing.creditGrants.create({
    customer: customer.id,
    name: "Welcome",
    category: "promotional",
    amount: money(700),
    applicability_config: metered,
  });
  assert.deepEqual([grant.priority, grant.voided_at, grant.test_clock], [50, null, clock.id]);
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  });
  await stripe.billing.meterEvents.create({
    event_name: "node_credits",
    timestamp: BEGINS,
    payload: { stripe_customer_id: customer.id, value: "300" },
  });
  const preview = await stripe.invoices.createPreview({ subscription: subscription.id });
  assert.deepEqual([preview.subtotal, preview.total], [1500, 800]);
  assert.equal(preview.total_pretax_credit_amounts[0].credit_balance_transaction, null);
  await advance(clock, BEGINS + 32 * DAY);
  const [invoice] = (await stripe.invoices.list({ subscription: subscription.id, limit: 1 })).data;
  assert.deepEqual([invoice.status, invoice.total, invoice.amount_paid], ["paid", 800, 800]);
  const [used, granted] = (
    await stripe.billing.creditBalanceTransactions.list({ credit_grant: grant.id })
  ).data;
  assert.deepEqual([granted.credit.type, used.debit.type], ["credits_granted", "credits_applied"]);
  assert.equal(used.debit.credits_applied.invoice, invoice.id);
  assert.equal(invoice.total_pretax_credit_amounts[0].credit_balance_transaction, used.id);
  const summary = await stripe.billing.creditBalanceSummaries.retrieve({
    customer: customer.id,
    filter: { type: "credit_grant", credit_grant: grant.id },
  });
  assert.equal(summary.balances[0].ledger_balance.monetary.value, 0);
  await refused(stripe.billing.creditGrants.voidGrant(grant.id), "StripeInvalidRequestError");
});

test("grants are listed, changed, expired and voided", async () => {
  const { clock, customer, price } = await makeUser("node_grants");
  const make = (more) =>
    stripe.billing.creditGrants.create({
      customer: customer.id,
      amount: money(100),
      applicability_config: { scope: { prices: [{ id: price.id }] } },
      ...more,
    });
  const first = await make({ expires_at: BEGINS + 5 * DAY, metadata: { a: "b" } });
  const second = await make({ priority: 7 });
  const listed = await stripe.billing.creditGrants.list({ customer: customer.id });
  assert.deepEqual(ids(listed.data), [second.id, first.id]);
  const later = await stripe.billing.creditGrants.update(first.id, { expires_at: "" });
  assert.deepEqual([later.expires_at, later.metadata.a], [null, "b"]);
  assert.equal((await stripe.billing.creditGrants.expire(first.id)).expires_at, BEGINS);
  assert.equal((await stripe.billing.creditGrants.voidGrant(second.id)).voided_at, BEGINS);
  const third = await make({ expires_at: BEGINS + 2 * DAY });
  await advance(clock, BEGINS + 3 * DAY);
  const [expired] = (
    await stripe.billing.creditBalanceTransactions.list({ credit_grant: third.id })
  ).data;
  assert.deepEqual([expired.debit.type, expired.effective_at], ["credits_expired", third.expires_at]);
});
