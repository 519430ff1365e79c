// Older: what a program written for an older Node SDK does. It prints what it saw as JSON.
import { connect, stripe } from "./shop.mjs";

const version = process.env.STRIPE_PINNED;
const beforeBasil = version < "2025-03";
const seen = {};

// A client without settings sends the version that its SDK pins, or TypeScript makes one name it.
const answer = await stripe.balance.retrieve();
seen.version = answer.lastResponse.apiVersion ?? answer.lastResponse.headers["stripe-version"];

const product = await stripe.products.create({ name: "Old program" });
const terms = { currency: "usd", recurring: { interval: "month" }, product: product.id };
const basic = await stripe.prices.create({ unit_amount: 1000, ...terms });
const better = await stripe.prices.create({ unit_amount: 3000, ...terms });
const customer = await stripe.customers.create({
  payment_method: "pm_card_visa",
  invoice_settings: { default_payment_method: "pm_card_visa" },
});

const subscription = await stripe.subscriptions.create({
  customer: customer.id,
  items: [{ price: basic.id }],
  expand: [beforeBasil ? "latest_invoice.payment_intent" : "latest_invoice.payments"],
});
const invoice = subscription.latest_invoice;
seen.created = [subscription.status, invoice.status, invoice.total];
seen.paid = beforeBasil ? invoice.payment_intent.status : invoice.payments.data[0].status;
seen.period = typeof subscription.current_period_end === "number";
seen.subscription = (beforeBasil ? invoice : invoice.parent.subscription_details).subscription
  === subscription.id;

const upgraded = await stripe.subscriptions.update(subscription.id, {
  items: [{ id: subscription.items.data[0].id, price: better.id }],
  proration_behavior: "always_invoice",
  expand: ["latest_invoice"],
});
seen.upgraded = upgraded.latest_invoice.total;
const next = { customer: customer.id, subscription: subscription.id };
const preview = await (beforeBasil
  ? stripe.invoices.retrieveUpcoming(next)
  : stripe.invoices.createPreview(next));
seen.upcoming = preview.total;
seen.canceled = (await stripe.subscriptions.cancel(subscription.id)).status;

const poor = await stripe.customers.create({
  payment_method: "pm_card_chargeCustomerFail",
  invoice_settings: { default_payment_method: "pm_card_chargeCustomerFail" },
});
const unpaid = await stripe.subscriptions.create({ customer: poor.id, items: [{ price: basic.id }] });
seen.declined = unpaid.status;
const error = await stripe.invoices.pay(unpaid.latest_invoice).catch((error) => error);
seen.error = [error.type, error.code, error.statusCode];
const method = await stripe.paymentMethods.attach("pm_card_visa", { customer: poor.id });
const paid = await stripe.invoices.pay(unpaid.latest_invoice, { payment_method: method.id });
seen.recovered = [paid.status, (await stripe.subscriptions.retrieve(unpaid.id)).status];

const names = [];
for await (const each of stripe.invoices.list({ customer: customer.id, limit: 1 })) {
  names.push(each.number);
}
seen.pages = names.length;
seen.key = connect().getApiField("version") === seen.version;

console.log(JSON.stringify(seen));
