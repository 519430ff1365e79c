// Buying: what the page asks of the server; each answers JSON.
import { Router } from 'express';
import { customerOf } from './access.mjs';
import { catalogue, paidPlan } from './catalogue.mjs';
import { shopUrl, stripe } from './settings.mjs';
import { TRIAL_DAYS, wish } from './wishes.mjs';

export const buying = Router();

// Finds the plan that is wanted; the names of those that are sold are no secret.
buying.use((request, response, next) => {
  request.plan = paidPlan(request.body?.plan);
  next();
});
const needsPlan = (request, response, next) => (
  request.plan ? next() : response.status(404).json({ error: 'There is no such plan.' })
);
const HAS_ONE = 'You have a plan already: change it in your account.';
const needsNone = (request, response, next) => (
  request.user.features.length ? response.status(409).json({ error: HAS_ONE }) : next()
);

// Makes a Checkout session: hosted (the answer has its url), or for a frame or fields in our page.
buying.post('/checkout', needsPlan, needsNone, async (request, response) => {
  const { user, plan, body } = request;
  const shown = ['embedded_page', 'elements'].includes(body.ui) ? body.ui : 'hosted_page';
  const trial = body.model === 'free-trial' && !user.subscription;
  const welcome = `${shopUrl}/welcome?plan=${plan.key}&session_id={CHECKOUT_SESSION_ID}`;
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    ui_mode: shown,
    customer: await customerOf(user),
    client_reference_id: user.id,
    line_items: [{ price: catalogue.prices[plan.key], quantity: 1 }],
    allow_promotion_codes: true,
    ...(shown === 'hosted_page'
      ? { success_url: welcome, cancel_url: `${shopUrl}/` } : { return_url: welcome }),
    ...(trial && {
      payment_method_collection: body.later ? 'if_required' : 'always',
      subscription_data: {
        trial_period_days: TRIAL_DAYS,
        trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
      },
    }),
  });
  response.json({ url: session.url, clientSecret: session.client_secret });
});

// Makes the subscription that the payment element then pays; `attempt` is new with each page.
buying.post('/subscriptions', needsPlan, needsNone, async (request, response) => {
  const { user, plan, body } = request;
  const subscription = await stripe.subscriptions.create({
    customer: await customerOf(user),
    items: [{ price: catalogue.prices[plan.key] }],
    payment_behavior: 'default_incomplete',
    payment_settings: { save_default_payment_method: 'on_subscription' },
    expand: ['latest_invoice.confirmation_secret'],
  }, { idempotencyKey: `subscribe-${user.id}-${plan.key}-${body.attempt}` });
  response.json({
    clientSecret: subscription.latest_invoice.confirmation_secret.client_secret,
  });
});

// Saves a card for a trial or an upgrade; `wishes.mjs` carries it out.
buying.post('/setup-intents', needsPlan, async (request, response) => {
  const { user, plan, body } = request;
  const what = body.model === 'freemium' ? 'upgrade' : 'trial';
  if (what === 'upgrade' ? user.status !== 'active' : user.subscription) {
    response.status(409).json({ error: HAS_ONE });
    return;
  }
  const intent = await stripe.setupIntents.create({
    customer: await customerOf(user),
    usage: 'off_session',
    automatic_payment_methods: { enabled: true },
    metadata: wish(what, plan),
  }, { idempotencyKey: `${what}-${user.id}-${plan.key}-${body.attempt}` });
  response.json({ clientSecret: intent.client_secret });
});

buying.post('/join', async (request, response) => {
  const { user } = request;
  if (!user.features.length) {
    await stripe.subscriptions.create(
      { customer: await customerOf(user), items: [{ price: catalogue.prices.free }] },
      { idempotencyKey: `join-${user.id}-${user.subscription}` },
    );
  }
  response.json({ url: '/welcome' });
});

buying.post('/portal', async (request, response) => {
  const session = await stripe.billingPortal.sessions.create({
    customer: await customerOf(request.user),
    configuration: catalogue.portal,
    return_url: `${shopUrl}/account`,
  });
  response.json({ url: session.url });
});
