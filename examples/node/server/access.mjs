// Access: who may use what, from what billing says. An event is a reason to look, not the truth:
// late, repeated or out of order, each ends in the same look.
import * as books from './books.mjs';
import { planOf } from './catalogue.mjs';
import { stripe } from './settings.mjs';

const LETS_IN = ['active', 'trialing'];
const OVER = ['canceled', 'incomplete_expired'];

// Returns the user behind a customer; `reference` is our own id, given to Checkout.
export async function userOf(customer, reference) {
  let user = books.userWith('customer', customer)
    || (reference && books.userWith('id', reference));
  if (!user) {
    const { email } = await stripe.customers.retrieve(customer);
    user = books.userCalled(email || `${customer}@no-address.invalid`);
  }
  user.customer = customer;
  return user;
}

// Writes down what a customer may use from now on.
export async function provision(user) {
  const found = await stripe.subscriptions.list({
    customer: user.customer, status: 'all', limit: 20,
  });
  const letsIn = ({ status }) => LETS_IN.includes(status);
  const subscription = found.data.find(letsIn)
    || found.data.find(({ status }) => !OVER.includes(status)) || found.data[0];
  user.features = [];
  user.status = subscription?.status ?? null;
  user.subscription = subscription?.id ?? null;
  if (!subscription) return;
  const [item] = subscription.items.data;
  user.plan = planOf(item.price.product)?.key ?? null;
  user.endsAt = subscription.cancel_at || subscription.ended_at;
  user.paidUntil = letsIn(subscription) ? item.current_period_end : null;
  if (!letsIn(subscription)) return;
  const entitled = stripe.entitlements.activeEntitlements.list({ customer: user.customer });
  for await (const each of entitled) user.features.push(each.lookup_key);
  user.features.sort();
}

// Returns the user's customer at billing, made when it is first needed.
export async function customerOf(user) {
  if (!user.customer) {
    const made = await stripe.customers.create(
      { email: user.email, metadata: { user: user.id } },
      { idempotencyKey: `customer-of-${user.id}` },
    );
    user.customer = made.id;
    books.save();
  }
  return user.customer;
}
