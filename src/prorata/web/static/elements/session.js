// Session: what the account, the intent and the customer allow in these fields.

import { ask } from './api.js';
import { say } from './words.js';

const DEFERRED = {
  amount: 'amount', currency: 'currency', mode: 'mode', captureMethod: 'capture_method',
  setupFutureUsage: 'setup_future_usage', onBehalfOf: 'on_behalf_of',
  paymentMethodConfiguration: 'payment_method_configuration',
  allowedPaymentMethodTypes: 'allowed_payment_method_types',
  excludedPaymentMethodTypes: 'excluded_payment_method_types',
};

// Return the session of the page's purpose; throw {error}.
export async function openSession(context) {
  const { group = {} } = context;
  const params = { locale: context.locale };
  if (group.clientSecret) {
    params.client_secret = group.clientSecret;
    params.type = group.clientSecret.startsWith('seti_') ? 'setup_intent' : 'payment_intent';
  } else if (group.mode) {
    params.type = 'deferred_intent';
    params.deferred_intent = {};
    for (const [camel, snake] of Object.entries(DEFERRED)) {
      if (group[camel] !== undefined) params.deferred_intent[snake] = group[camel];
    }
  } else {
    params.type = 'plain';
  }
  if (group.customerSessionClientSecret) {
    params.customer_session_client_secret = group.customerSessionClientSecret;
  }
  const { body, error } = await ask(context, 'GET', '/v1/elements/sessions', params);
  if (error) throw { error };
  return context.checkout ? withCheckout(body, context.checkout) : body;
}

// A Checkout session says itself what its customer has saved, and may do with it.
function withCheckout(session, { saved, save, remove, business }) {
  const methods = saved.map(({ id, type, brand, last4, exp_month, exp_year, name }) => ({
    id, type, [type]: { brand, last4, exp_month, exp_year }, billing_details: { name },
  }));
  const able = (is) => (is ? 'enabled' : 'disabled');
  return {
    ...session, business_name: business,
    customer: {
      payment_methods: methods,
      features: {
        payment_method_save: able(save), payment_method_remove: able(remove),
        payment_method_save_usage: 'on_session',
      },
    },
  };
}

// Where money is real, cards are typed into fields of the gateway's own: ours stay shut.
export function refuseOtherCards({ prorata }, type) {
  if (prorata.card_fields || (prorata.gateway_fields && type === 'card')) return;
  throw { error: {
    type: 'invalid_request_error', code: 'card_fields_of_gateway',
    message: prorata.gateway_fields
      ? `The gateway's own fields cannot be taken apart into ${type}: use the card or the payment`
        + ' Element.' : say('card_fields_of_gateway'),
  } };
}
