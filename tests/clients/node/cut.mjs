// Lives a customer's short life over a way that cuts each request once, and prints who it was.
import { connect } from "./shop.mjs";

const stripe = connect(undefined, { maxNetworkRetries: 2 });

// Asks, and once more where the SDK gives up: an answer of which a part has come.
async function insist(name, ask) {
  const options = { idempotencyKey: `${process.env.KEY} ${name}` };
  try {
    return await ask(options);
  } catch (error) {
    if (error.statusCode >= 400) throw error;
    return ask(options);
  }
}

const visa = { default_payment_method: "pm_card_visa" };
const customer = await insist("customer", (options) =>
  stripe.customers.create({ payment_method: "pm_card_visa", invoice_settings: visa }, options),
);
const monthly = { currency: "usd", unit_amount: 1500, recurring: { interval: "month" } };
const price = await insist("price", (options) =>
  stripe.prices.create({ ...monthly, product_data: { name: "Basic" } }, options),
);
const items = [{ price: price.id }];
await insist("subscription", (options) =>
  stripe.subscriptions.create({ customer: customer.id, items }, options),
);
const method = customer.invoice_settings.default_payment_method;
const terms = { amount: 700, currency: "usd", confirm: true, off_session: true };
const paid = await insist("payment", (options) =>
  stripe.paymentIntents.create(
    { ...terms, customer: customer.id, payment_method: method },
    options,
  ),
);
await insist("refund", (options) =>
  stripe.refunds.create({ payment_intent: paid.id, amount: 200 }, options),
);
console.log(JSON.stringify({ customer: customer.id }));
