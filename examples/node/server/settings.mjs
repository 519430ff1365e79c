// Settings: what the environment says; nothing but it differs between Prorata and Stripe.
import Stripe from 'stripe';

const said = process.env;
export const secretKey = said.STRIPE_SECRET_KEY;
export const publishableKey = said.STRIPE_PUBLISHABLE_KEY;
export const webhookSecret = said.STRIPE_WEBHOOK_SECRET || '';
// Empty: Stripe itself. Prorata on this machine: http://127.0.0.1:4242
export const apiBase = (said.STRIPE_API_BASE || '').replace(/\/$/, '');
export const pricingTable = said.PRICING_TABLE_ID || '';
export const port = Number(said.PORT || 4244);
export const shopUrl = (said.SHOP_URL || `http://127.0.0.1:${port}`).replace(/\/$/, '');
export const database = said.SHOP_DATABASE || 'shop.json';

const scripts = apiBase || 'https://js.stripe.com';
export const script = `${scripts}/endive/stripe.js`;
export const tableScript = `${scripts}/v3/pricing-table.js`;

function place() {
  if (!apiBase) return {};
  const { hostname, port: number, protocol } = new URL(apiBase);
  const scheme = protocol.replace(':', '');
  return { host: hostname, port: number || (scheme === 'https' ? 443 : 80), protocol: scheme };
}

if (!secretKey || !publishableKey) {
  console.error('Set STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY first; README.md says how.');
  process.exit(1);
}
export const stripe = new Stripe(secretKey, { ...place(), maxNetworkRetries: 2 });
