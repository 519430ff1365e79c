// Payments: intents, methods, charges, refunds and disputes, by the Node SDK.
import assert from "node:assert/strict";
import test from "node:test";
import { connect, ids, makePayer, publishableKey, refused, stripe, until } from "./shop.mjs";

const now = { currency: "usd", confirm: true };
const still = { automatic_payment_methods: { enabled: true, allow_redirects: "never" } };

test("an intent is made, changed, confirmed and found", async () => {
  const payer = await makePayer();
  const made = await stripe.paymentIntents.create({ amount: 2000, currency: "usd", ...still });
  assert.equal(made.status, "requires_payment_method");
  const terms = { amount: 2500, customer: payer.id, metadata: { order: "7" } };
  assert.equal((await stripe.paymentIntents.update(made.id, terms)).amount, 2500);
  const method = payer.invoice_settings.default_payment_method;
  const paid = await stripe.paymentIntents.confirm(made.id, {
    payment_method: method,
    expand: ["latest_charge.balance_transaction"],
  });
  assert.equal(paid.status, "succeeded");
  assert.equal(paid.latest_charge.balance_transaction.amount, 2500);
  const listed = await stripe.paymentIntents.list({ customer: payer.id });
  assert.deepEqual(ids(listed.data), [made.id]);
  const found = await stripe.paymentIntents.search({ query: "metadata['order']:'7'" });
  assert.deepEqual(ids(found.data), [made.id]);
  assert.equal((await stripe.paymentIntents.retrieve(made.id)).amount_received, 2500);
});

test("a decline is a card error that carries the intent", async () => {
  const error = await refused(
    stripe.paymentIntents.create({
      amount: 900, payment_method: "pm_card_visa_chargeDeclinedInsufficientFunds", ...now, ...still,
    }),
    "StripeCardError",
    { code: "card_declined", decline_code: "insufficient_funds", statusCode: 402 },
  );
  assert.equal(error.payment_intent.status, "requires_payment_method");
  assert.match(error.charge, /^ch_/);
  assert.match(error.requestId, /^req_/);
});

test("money is held, captured in part, and released", async () => {
  const terms = { payment_method: "pm_card_visa", capture_method: "manual", ...now, ...still };
  const held = await stripe.paymentIntents.create({ amount: 3000, ...terms });
  assert.equal(held.status, "requires_capture");
  const taken = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1000 });
  assert.deepEqual([taken.status, taken.amount_received], ["succeeded", 1000]);
  const other = await stripe.paymentIntents.create({ amount: 3000, ...terms });
  assert.equal((await stripe.paymentIntents.cancel(other.id)).status, "canceled");
  const unexpected = { code: "payment_intent_unexpected_state" };
  await refused(stripe.paymentIntents.capture(other.id), "StripeInvalidRequestError", unexpected);
});

test("a challenge is waited for, and a page sees it with the publishable key", async () => {
  const intent = await stripe.paymentIntents.create({
    amount: 1200, payment_method: "pm_card_threeDSecure2Required", ...now,
    return_url: "https://example.com/back",
  });
  assert.equal(intent.status, "requires_action");
  assert.equal(intent.next_action.type, "redirect_to_url");
  const page = connect(publishableKey);
  const secret = { client_secret: intent.client_secret };
  assert.equal((await page.paymentIntents.retrieve(intent.id, secret)).id, intent.id);
  await refused(page.paymentIntents.list(), "StripePermissionError");
});

test("charges, refunds and the movements they make", async () => {
  const charge = await stripe.charges.create({ amount: 4000, currency: "usd", source: "tok_visa" });
  assert.equal(charge.status, "succeeded");
  assert.equal((await stripe.charges.update(charge.id, { description: "hat" })).description, "hat");
  const refund = await stripe.refunds.create({ charge: charge.id, amount: 1500 });
  assert.equal(refund.status, "succeeded");
  await stripe.refunds.update(refund.id, { metadata: { why: "late" } });
  assert.equal((await stripe.refunds.retrieve(refund.id)).metadata.why, "late");
  assert.deepEqual(ids((await stripe.refunds.list({ charge: charge.id })).data), [refund.id]);
  assert.equal((await stripe.charges.retrieve(charge.id)).amount_refunded, 1500);
  const rest = { charge: charge.id, amount: 2501 };
  await refused(stripe.refunds.create(rest), "StripeInvalidRequestError");
  const query = `amount:4000 AND status:"succeeded"`;
  assert.ok(ids((await stripe.charges.search({ query })).data).includes(charge.id));
  const movement = await stripe.balanceTransactions.retrieve(charge.balance_transaction);
  assert.equal(movement.net, movement.amount - movement.fee);
  const moved = await stripe.balanceTransactions.list({ source: charge.id });
  assert.deepEqual(ids(moved.data), [movement.id]);
  assert.equal((await stripe.balance.retrieve()).object, "balance");
  const waiting = await stripe.charges.create({ amount: 700, currency: "usd", source: "tok_visa",
    capture: false });
  assert.equal((await stripe.charges.capture(waiting.id)).captured, true);
});

test("a dispute is answered with evidence and won", async () => {
  const intent = await stripe.paymentIntents.create({
    amount: 5000, payment_method: "pm_card_createDispute", ...now, ...still,
  });
  const listed = await stripe.disputes.list({ payment_intent: intent.id });
  const dispute = await stripe.disputes.retrieve(listed.data[0].id);
  assert.equal(dispute.status, "needs_response");
  const evidence = { uncategorized_text: "winning_evidence" };
  await stripe.disputes.update(dispute.id, { evidence, submit: true });
  await until(async () => (await stripe.disputes.retrieve(dispute.id)).status === "won");
  await refused(stripe.disputes.close(dispute.id), "StripeInvalidRequestError");
});

test("payment methods are attached, changed and detached for good", async () => {
  const customer = await stripe.customers.create({});
  const made = await stripe.paymentMethods.create({ type: "card", card: { token: "tok_visa" } });
  await stripe.paymentMethods.attach(made.id, { customer: customer.id });
  const details = { billing_details: { name: "Ann" } };
  assert.equal((await stripe.paymentMethods.update(made.id, details)).billing_details.name, "Ann");
  const listed = await stripe.paymentMethods.list({ customer: customer.id });
  assert.deepEqual(ids(listed.data), [made.id]);
  assert.equal((await stripe.paymentMethods.detach(made.id)).customer, null);
  const back = stripe.paymentMethods.attach(made.id, { customer: customer.id });
  await refused(back, "StripeInvalidRequestError");
  assert.equal((await stripe.paymentMethods.retrieve(made.id)).id, made.id);
});

test("set-ups keep a method for later, and their attempts are listed", async () => {
  const customer = await stripe.customers.create({});
  const made = await stripe.setupIntents.create({ customer: customer.id, ...still });
  await stripe.setupIntents.update(made.id, { description: "for later" });
  const done = await stripe.setupIntents.confirm(made.id, { payment_method: "pm_card_visa" });
  assert.deepEqual([done.status, done.description], ["succeeded", "for later"]);
  const attempts = await stripe.setupAttempts.list({ setup_intent: made.id });
  assert.equal(attempts.data[0].status, "succeeded");
  assert.deepEqual(ids((await stripe.setupIntents.list({ customer: customer.id })).data), [made.id]);
  assert.equal((await stripe.setupIntents.retrieve(made.id)).payment_method, done.payment_method);
  const other = await stripe.setupIntents.create({ customer: customer.id });
  assert.equal((await stripe.setupIntents.cancel(other.id)).status, "canceled");
});

test("a bank debit is processed and leaves a mandate", async () => {
  const customer = await stripe.customers.create({ email: "debit@node.test", name: "Debit" });
  const intent = await stripe.paymentIntents.create({
    amount: 1000,
    currency: "eur",
    customer: customer.id,
    confirm: true,
    allowed_payment_method_types: ["sepa_debit"],
    payment_method_data: {
      type: "sepa_debit",
      sepa_debit: { iban: "AT611904300234573201" },
      billing_details: { name: "Debit", email: "debit@node.test" },
    },
    mandate_data: { customer_acceptance: { type: "offline" } },
  });
  assert.equal(intent.status, "processing");
  const paid = await until(async () => {
    const shown = await stripe.paymentIntents.retrieve(intent.id, { expand: ["latest_charge"] });
    return shown.status === "succeeded" && shown;
  });
  const { mandate } = paid.latest_charge.payment_method_details.sepa_debit;
  assert.equal((await stripe.mandates.retrieve(mandate)).status, "active");
});

test("tokens are made in test mode", async () => {
  const card = { number: "4242424242424242", exp_month: "12", exp_year: "2040", cvc: "123" };
  const token = await stripe.tokens.create({ card });
  assert.equal((await stripe.tokens.retrieve(token.id)).card.last4, "4242");
  const wrong = { ...card, number: "4242424242424241" };
  await refused(stripe.tokens.create({ card: wrong }), "StripeCardError", { code: "incorrect_number" });
});
