// Shop: the client of the server under test, and small words that all Node tests use.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(process.env.STRIPE_MODULES + "/");

export const Stripe = require("stripe");
export const url = new URL(process.env.PRORATA_URL);
export const secretKey = process.env.PRORATA_SECRET_KEY;
export const publishableKey = process.env.PRORATA_PUBLISHABLE_KEY;

// Gives a client of the server; other keys and settings may be named.
export function connect(key = secretKey, settings = {}) {
  const place = { host: url.hostname, port: url.port, protocol: "http" };
  return new Stripe(key, { ...place, telemetry: false, ...settings });
}

export const stripe = connect();

// Makes the price of a new product: 15.00 USD a month unless something else is said.
export async function makePrice(terms = {}) {
  const product = { product_data: { name: "Basic" } };
  const monthly = { currency: "usd", unit_amount: 1500, recurring: { interval: "month" } };
  return stripe.prices.create({ ...monthly, ...(terms.product ? {} : product), ...terms });
}

// Makes a customer who pays with a card, which is the default for invoices.
export async function makePayer(card = "pm_card_visa", more = {}) {
  const settings = { default_payment_method: card };
  return stripe.customers.create({ payment_method: card, invoice_settings: settings, ...more });
}

// Makes a paid subscription of one price.
export async function makeSubscription(customer, price, more = {}) {
  const items = [{ price: price.id }];
  return stripe.subscriptions.create({ customer: customer.id, items, ...more });
}

// Expects a refusal of this class; the other arguments are fields of the error.
export async function refused(promise, type, fields = {}) {
  const error = await promise.then(
    () => assert.fail(`no ${type}`),
    (error) => error,
  );
  assert.equal(error.type, type, error.stack);
  assert.ok(error instanceof Stripe.errors[type], `instance of ${type}`);
  for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value, name);
  return error;
}

// Waits until a question has an answer that is not undefined, null or false.
export async function until(question, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    assert.ok(Date.now() < end, `not within ${seconds} seconds: ${question}`);
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

// Counts the pages of a list while it is paged to its end.
export async function all(list) {
  const found = [];
  for await (const each of list) found.push(each);
  return found;
}

export const ids = (list) => list.map((each) => each.id);
