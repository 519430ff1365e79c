// Wishes: what becomes of a card that was saved for a purpose, on the word of
// `setup_intent.succeeded`, also when the browser was closed too early.
import Stripe from 'stripe';
import { catalogue, paidPlan } from './catalogue.mjs';
import { stripe } from './settings.mjs';

export const TRIAL_DAYS = 14;

export const wish = (what, plan) => ({ wish: what, plan: plan.key });

export async function carryOut(intent) {
  const plan = paidPlan(intent.metadata?.plan);
  if (!plan) return 'A card was saved';
  const { customer, payment_method: card } = intent;
  const price = catalogue.prices[plan.key];
  // The intent's id makes it happen once.
  const once = { idempotencyKey: `wish-${intent.id}` };
  try {
    if (intent.metadata.wish === 'trial') {
      await stripe.subscriptions.create({
        customer, items: [{ price }], trial_period_days: TRIAL_DAYS, default_payment_method: card,
      }, once);
      return `A card was saved: the trial of ${plan.name} begins`;
    }
    const { data: [subscription] } = await stripe.subscriptions.list({ customer, status: 'active' });
    if (!subscription) return 'A card was saved';
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0].id, price }],
      default_payment_method: card,
      proration_behavior: 'always_invoice',
      payment_behavior: 'error_if_incomplete',
    }, once);
    return `A card was saved: upgraded to ${plan.name}`;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeCardError) {
      return `A card was saved, and declined when it was charged: ${error.message}`;
    }
    throw error;
  }
}
