// Billing: subscriptions, invoices, credit notes, schedules and test clocks, by the Node SDK.
import assert from "node:assert/strict";
import test from "node:test";
import { ids, makePayer, makePrice, makeSubscription, refused, stripe, until } from "./shop.mjs";

const DAY = 86400;

test("a subscription is made, changed, listed, found and canceled", async () => {
  const [payer, basic] = await Promise.all([makePayer(), makePrice()]);
  const better = await makePrice({ unit_amount: 4500, product: basic.product });
  const made = await makeSubscription(payer, basic, {
    metadata: { team: "node" },
    expand: ["latest_invoice.payments", "latest_invoice.confirmation_secret", "items.data.price.product"],
  });
  assert.equal(made.status, "active");
  assert.equal(made.latest_invoice.payments.data[0].status, "paid");
  assert.equal(made.items.data[0].price.product.name, "Basic");
  const item = made.items.data[0];
  const changed = await stripe.subscriptions.update(made.id, {
    items: [{ id: item.id, price: better.id }],
    proration_behavior: "always_invoice",
    expand: ["latest_invoice.lines"],
  });
  assert.equal(changed.latest_invoice.amount_paid, 3000);
  assert.deepEqual(changed.latest_invoice.lines.data.map((line) => line.amount).sort(), [-1500, 4500]);
  assert.deepEqual(ids((await stripe.subscriptions.list({ price: better.id })).data), [made.id]);
  const found = await stripe.subscriptions.search({ query: "metadata['team']:'node'" });
  assert.deepEqual(ids(found.data), [made.id]);
  const ending = await stripe.subscriptions.update(made.id, { cancel_at_period_end: true });
  assert.ok(ending.cancel_at > ending.created);
  const gone = await stripe.subscriptions.cancel(made.id, { cancellation_details: { comment: "bye" } });
  assert.deepEqual([gone.status, gone.cancellation_details.comment], ["canceled", "bye"]);
  assert.equal((await stripe.subscriptions.retrieve(made.id)).ended_at, gone.ended_at);
  await refused(stripe.subscriptions.cancel(made.id), "StripeInvalidRequestError");
});

test("items of a subscription are resources of their own", async () => {
  const [payer, one, two] = await Promise.all([makePayer(), makePrice(), makePrice()]);
  const subscription = await makeSubscription(payer, one);
  const added = await stripe.subscriptionItems.create({
    subscription: subscription.id, price: two.id, quantity: 3,
  });
  assert.equal((await stripe.subscriptionItems.update(added.id, { quantity: 4 })).quantity, 4);
  assert.equal((await stripe.subscriptionItems.retrieve(added.id)).price.id, two.id);
  const listed = await stripe.subscriptionItems.list({ subscription: subscription.id });
  assert.equal(listed.data.length, 2);
  assert.equal((await stripe.subscriptionItems.del(added.id)).deleted, true);
});

test("a subscription is paused, resumed and migrated", async () => {
  const [payer, price] = await Promise.all([makePayer(), makePrice()]);
  const flexible = { billing_mode: { type: "flexible" } };
  const subscription = await makeSubscription(payer, price, flexible);
  const paused = await stripe.subscriptions.pause(subscription.id, { type: "subscription" });
  assert.equal(paused.status, "paused");
  const resumed = await stripe.subscriptions.resume(subscription.id, {
    billing_cycle_anchor: { type: "now" }, payment_behavior: "resume_on_payment_success",
  });
  assert.equal(resumed.status, "active");
  const classic = await makeSubscription(payer, price, { billing_mode: { type: "classic" } });
  const migrated = await stripe.subscriptions.migrate(classic.id, flexible);
  assert.equal(migrated.billing_mode.type, "flexible");
});

test("an incomplete subscription is paid by confirming its secret's intent", async () => {
  const [customer, price] = await Promise.all([stripe.customers.create({}), makePrice()]);
  const made = await makeSubscription(customer, price, {
    payment_behavior: "default_incomplete",
    payment_settings: { save_default_payment_method: "on_subscription" },
    expand: ["latest_invoice.confirmation_secret"],
  });
  assert.equal(made.status, "incomplete");
  const intent = made.latest_invoice.confirmation_secret.client_secret.split("_secret_")[0];
  await stripe.paymentIntents.confirm(intent, { payment_method: "pm_card_visa",
    return_url: "https://example.com/" });
  const paid = await stripe.subscriptions.retrieve(made.id);
  assert.equal(paid.status, "active");
  assert.match(paid.default_payment_method, /^pm_/);
});

test("an invoice is drafted, filled, finalized and paid", async () => {
  const payer = await makePayer();
  const invoice = await stripe.invoices.create({ customer: payer.id, auto_advance: false });
  const item = await stripe.invoiceItems.create({
    customer: payer.id, invoice: invoice.id, amount: 1000, currency: "usd",
  });
  assert.equal((await stripe.invoiceItems.update(item.id, { description: "Work" })).description, "Work");
  assert.equal((await stripe.invoiceItems.retrieve(item.id)).invoice, invoice.id);
  assert.deepEqual(ids((await stripe.invoiceItems.list({ invoice: invoice.id })).data), [item.id]);
  const extra = { description: "Extra", amount: 500 };
  const filled = await stripe.invoices.addLines(invoice.id, { lines: [extra] });
  assert.equal(filled.total, 1500);
  const lines = await stripe.invoices.listLineItems(invoice.id);
  const line = lines.data.find((each) => each.description === "Extra");
  await stripe.invoices.updateLineItem(invoice.id, line.id, { amount: 700 });
  await stripe.invoices.updateLines(invoice.id, { lines: [{ id: line.id, amount: 800 }] });
  const removed = { lines: [{ id: line.id, behavior: "delete" }] };
  assert.equal((await stripe.invoices.removeLines(invoice.id, removed)).total, 1000);
  const open = await stripe.invoices.finalizeInvoice(invoice.id);
  assert.equal(open.status, "open");
  const paid = await stripe.invoices.pay(invoice.id);
  assert.deepEqual([paid.status, paid.amount_paid], ["paid", 1000]);
  const payments = await stripe.invoicePayments.list({ invoice: invoice.id });
  assert.equal((await stripe.invoicePayments.retrieve(payments.data[0].id)).status, "paid");
  const found = await stripe.invoices.search({ query: `number:"${paid.number}"` });
  assert.deepEqual(ids(found.data), [invoice.id]);
});

test("invoices are sent, voided, given up and deleted", async () => {
  const payer = await makePayer();
  const draft = async () => {
    const terms = { collection_method: "send_invoice", days_until_due: 30 };
    const invoice = await stripe.invoices.create({ customer: payer.id, ...terms });
    const amount = { amount: 900, currency: "usd" };
    await stripe.invoiceItems.create({ customer: payer.id, invoice: invoice.id, ...amount });
    return invoice;
  };
  const sent = await stripe.invoices.sendInvoice((await draft()).id);
  assert.equal(sent.status, "open");
  assert.equal((await stripe.invoices.voidInvoice(sent.id)).status, "void");
  const lost = await stripe.invoices.finalizeInvoice((await draft()).id);
  assert.equal((await stripe.invoices.markUncollectible(lost.id)).status, "uncollectible");
  const unwanted = await draft();
  assert.equal((await stripe.invoices.update(unwanted.id, { footer: "x" })).footer, "x");
  assert.equal((await stripe.invoices.del(unwanted.id)).deleted, true);
  const listed = await stripe.invoices.list({ customer: payer.id, status: "void" });
  assert.deepEqual(ids(listed.data), [sent.id]);
});

test("a preview says what a change would cost", async () => {
  const [payer, basic] = await Promise.all([makePayer(), makePrice()]);
  const better = await makePrice({ unit_amount: 4500, product: basic.product });
  const subscription = await makeSubscription(payer, basic);
  const items = [{ id: subscription.items.data[0].id, price: better.id }];
  const preview = await stripe.invoices.createPreview({
    subscription: subscription.id,
    subscription_details: { items, proration_behavior: "always_invoice" },
  });
  assert.equal(preview.total, 3000);
  await refused(stripe.invoices.createPreview({ customer: payer.id }), "StripeInvalidRequestError");
});

test("credit notes take back what an invoice asked for", async () => {
  const [payer, price] = await Promise.all([makePayer(), makePrice()]);
  const subscription = await makeSubscription(payer, price);
  const invoice = subscription.latest_invoice;
  const terms = { invoice, amount: 500, refund_amount: 500 };
  assert.equal((await stripe.creditNotes.preview(terms)).total, 500);
  assert.equal((await stripe.creditNotes.listPreviewLineItems(terms)).data.length, 1);
  const note = await stripe.creditNotes.create({ ...terms, reason: "duplicate" });
  assert.equal((await stripe.creditNotes.update(note.id, { memo: "sorry" })).memo, "sorry");
  assert.equal((await stripe.creditNotes.retrieve(note.id)).refunds[0].amount_refunded, 500);
  assert.equal((await stripe.creditNotes.listLineItems(note.id)).data[0].amount, 500);
  assert.deepEqual(ids((await stripe.creditNotes.list({ invoice })).data), [note.id]);
  const open = await stripe.invoices.create({ customer: payer.id, auto_advance: false,
    pending_invoice_items_behavior: "exclude" });
  const amount = { amount: 900, currency: "usd" };
  await stripe.invoiceItems.create({ customer: payer.id, invoice: open.id, ...amount });
  await stripe.invoices.finalizeInvoice(open.id);
  const less = await stripe.creditNotes.create({ invoice: open.id, amount: 400 });
  assert.equal((await stripe.creditNotes.voidCreditNote(less.id)).status, "void");
});

test("a schedule plans phases, is changed, released and canceled", async () => {
  const [payer, price] = await Promise.all([makePayer(), makePrice()]);
  const phase = (quantity) => ({
    items: [{ price: price.id, quantity }],
    duration: { interval: "month", interval_count: 1 },
  });
  const made = await stripe.subscriptionSchedules.create({
    customer: payer.id, start_date: "now", end_behavior: "release", phases: [phase(1), phase(2)],
  });
  assert.equal(made.status, "active");
  const changed = await stripe.subscriptionSchedules.update(made.id, { metadata: { a: "b" } });
  assert.equal(changed.metadata.a, "b");
  const shown = await stripe.subscriptionSchedules.retrieve(made.id, { expand: ["subscription"] });
  assert.equal(shown.subscription.schedule, made.id);
  const listed = await stripe.subscriptionSchedules.list({ customer: payer.id });
  assert.deepEqual(ids(listed.data), [made.id]);
  assert.equal((await stripe.subscriptionSchedules.release(made.id)).status, "released");
  const other = await stripe.subscriptionSchedules.create({
    from_subscription: shown.subscription.id,
  });
  assert.equal((await stripe.subscriptionSchedules.cancel(other.id)).status, "canceled");
});

test("a test clock lives through a year", async () => {
  const start = Date.UTC(2026, 0, 1) / 1000;
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: start, name: "node" });
  const [payer, price] = await Promise.all([
    makePayer("pm_card_visa", { test_clock: clock.id }),
    makePrice(),
  ]);
  const subscription = await makeSubscription(payer, price);
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: start + 366 * DAY });
  await until(async () => {
    const { status } = await stripe.testHelpers.testClocks.retrieve(clock.id);
    return status === "ready";
  });
  const invoices = await stripe.invoices
    .list({ subscription: subscription.id, limit: 5 })
    .autoPagingToArray({ limit: 100 });
  assert.equal(invoices.length, 13);
  assert.ok(invoices.every((invoice) => invoice.status === "paid"));
  assert.ok(ids((await stripe.testHelpers.testClocks.list()).data).includes(clock.id));
  assert.equal((await stripe.testHelpers.testClocks.del(clock.id)).deleted, true);
});
