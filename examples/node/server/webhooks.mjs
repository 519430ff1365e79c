// Webhooks: what billing tells the shop, and what the shop does about it, once each.
import Stripe from 'stripe';
import { provision, userOf } from './access.mjs';
import * as books from './books.mjs';
import { shopUrl, stripe, webhookSecret } from './settings.mjs';
import { carryOut } from './wishes.mjs';

let secret = webhookSecret;
const day = (second) => new Date(second * 1000).toISOString().slice(0, 10);
const money = (amount) => `$${(amount / 100).toFixed(2)}`;

const HANDLERS = {
  'checkout.session.completed': ({ payment_status: status, mode }) => {
    if (status === 'unpaid') return 'Ordered; the bank’s answer will take some days';
    return mode === 'setup' ? 'A card was saved at Checkout' : 'Bought at Checkout: access given';
  },
  'checkout.session.async_payment_succeeded': () => 'The bank paid: access given',
  'checkout.session.async_payment_failed': () => 'The bank did not pay',
  'customer.subscription.created': ({ status, trial_end: end }) => {
    if (status === 'incomplete') return 'Subscribed; waits for the first payment';
    return end ? `Free trial until ${day(end)}: access given` : 'Subscribed: access given';
  },
  'customer.subscription.updated': ({ status, cancel_at: end }) => (
    end ? 'Will end; access until then' : `The subscription is now ${status.replace('_', ' ')}`
  ),
  'customer.subscription.deleted': () => 'The subscription ended: access ends',
  'customer.subscription.paused': () => 'The subscription pauses: no access',
  'customer.subscription.resumed': () => 'The subscription goes on',
  'customer.subscription.trial_will_end': ({ trial_end: end }) => `The trial ends on ${day(end)}`,
  'entitlements.active_entitlement_summary.updated': ({ entitlements }) => (
    `May use: ${entitlements.data.map((each) => each.lookup_key).sort().join(', ') || 'nothing'}`
  ),
  'invoice.paid': ({ amount_paid: paid, lines }) => (
    `${money(paid)} paid: access until ${day(Math.max(...lines.data.map((line) => line.period.end)))}`
  ),
  'invoice.payment_failed': ({ amount_due: due }) => `${money(due)} declined: no access`,
  'setup_intent.succeeded': carryOut,
};

// Answers a delivery: only with a right signature, and acted upon only once.
export async function receive(request, response) {
  let event;
  try {
    event = stripe.webhooks.constructEvent(
      request.body, request.headers['stripe-signature'], secret,
    );
  } catch {
    response.status(400).send('The signature is wrong.');
    return;
  }
  await books.inTurn(() => actUpon(event));
  response.sendStatus(200);
}

async function actUpon(event) {
  const handler = HANDLERS[event.type];
  if (!handler || books.wasTold(event.id)) return;
  const about = event.data.object;
  // A wish (a trial, an upgrade) is carried out before the look at what there is.
  const done = await handler(about);
  if (about.customer) await provision(await userOf(about.customer, about.client_reference_id));
  const { id, type, created } = event;
  books.remember({ id, type, created, customer: about.customer ?? null, done });
  books.save();
}

// Makes the endpoint at which this shop is told, unless its secret was given.
export async function listen() {
  if (secret) return;
  const url = `${shopUrl}/webhooks`;
  // The secret is told once, when an endpoint is made: an earlier one of ours gives way.
  for (const each of (await stripe.webhookEndpoints.list({ limit: 100 })).data) {
    if (each.url === url) await stripe.webhookEndpoints.del(each.id);
  }
  const made = await stripe.webhookEndpoints.create({
    url, enabled_events: Object.keys(HANDLERS), api_version: Stripe.API_VERSION,
  });
  secret = made.secret;
}

// Acts upon what was told while the shop was down.
export async function catchUp() {
  const missed = [];
  const types = Object.keys(HANDLERS);
  for await (const event of stripe.events.list({ types, limit: 100 })) missed.unshift(event);
  for (const event of missed) await books.inTurn(() => actUpon(event));
}
