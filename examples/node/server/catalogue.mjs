// Catalogue: the plans, and what each lets people do; found again by lookup key, made once.
import { stripe } from './settings.mjs';

export const FEATURES = {
  album: 'An album for your photos',
  sharing: 'Share photos by a link',
  originals: 'Download in full size',
};
export const PLANS = [
  { key: 'free', name: 'Free', words: 'To look around', amount: 0, features: ['album'] },
  {
    key: 'basic', name: 'Basic', words: 'For you and your family', amount: 1500,
    features: ['album', 'sharing'],
  },
  {
    key: 'premium', name: 'Premium', words: 'For those who print', amount: 2500,
    features: ['album', 'sharing', 'originals'],
  },
];

// Prices and products by the plan's key, and the portal's configuration.
export const catalogue = { prices: {}, products: {}, portal: '' };

export const planOf = (product) => PLANS.find(({ key }) => catalogue.products[key] === product);
export const paidPlan = (key) => PLANS.find((plan) => plan.key === key && plan.amount > 0);

export async function makeCatalogue() {
  const features = {};
  for (const [key, name] of Object.entries(FEATURES)) {
    const found = await stripe.entitlements.features.list({ lookup_key: key });
    const feature = found.data[0]
      || await stripe.entitlements.features.create({ lookup_key: key, name });
    features[key] = feature.id;
  }
  const keys = PLANS.map(({ key }) => `${key}_monthly`);
  const listed = await stripe.prices.list({ lookup_keys: keys, active: true });
  for (const plan of PLANS) {
    const price = listed.data.find((each) => each.lookup_key === `${plan.key}_monthly`)
      || await makePrice(plan);
    catalogue.prices[plan.key] = price.id;
    catalogue.products[plan.key] = price.product;
    await attach(price.product, plan, features);
  }
  catalogue.portal = await portal();
}

async function makePrice(plan) {
  const product = await stripe.products.create({
    name: plan.name,
    description: plan.words,
    marketing_features: plan.features.map((key) => ({ name: FEATURES[key] })),
  });
  return stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: plan.amount,
    recurring: { interval: 'month' },
    lookup_key: `${plan.key}_monthly`,
  });
}

async function attach(product, plan, features) {
  const attached = await stripe.products.listFeatures(product, { limit: 100 });
  const known = attached.data.map((each) => each.entitlement_feature.lookup_key);
  for (const key of plan.features.filter((each) => !known.includes(each))) {
    await stripe.products.createFeature(product, { entitlement_feature: features[key] });
  }
}

// Returns the configuration of the portal: what customers change by themselves there.
async function portal() {
  const mark = 'lumen-photos-node';
  const listed = await stripe.billingPortal.configurations.list({ active: true, limit: 100 });
  const found = listed.data.find((each) => each.metadata?.shop === mark);
  if (found) return found.id;
  const made = await stripe.billingPortal.configurations.create({
    features: {
      invoice_history: { enabled: true },
      payment_method_update: { enabled: true },
      subscription_cancel: { enabled: true, mode: 'at_period_end' },
      subscription_update: {
        enabled: true,
        default_allowed_updates: ['price', 'promotion_code'],
        products: PLANS.map(({ key }) => ({
          product: catalogue.products[key], prices: [catalogue.prices[key]],
        })),
        proration_behavior: 'always_invoice',
      },
    },
    metadata: { shop: mark },
  });
  return made.id;
}
