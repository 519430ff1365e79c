// Controller: reads the fields in its sister frames and speaks with the API for them.
//
// All frames of a page are of one origin, so this one may look into the others; the page may not.

import { ask } from './api.js';
import { run } from './core.js';

const FIELD_OF_CODE = {
  incorrect_number: 'number', invalid_number: 'number', card_declined: 'number',
  incorrect_cvc: 'cvc', invalid_cvc: 'cvc', expired_card: 'expiry', invalid_expiry_month: 'expiry',
  invalid_expiry_year: 'expiry', incorrect_zip: 'postal', processing_error: 'number',
};
const TRANSLATED = ['de', 'es', 'fr', 'it', 'ja', 'nl', 'pt'];
const KINDS = { payment_intent: 'payment_intents', setup_intent: 'setup_intents' };
const HOLD_METHODS = ['payment', 'card', 'cardNumber', 'iban', 'expressCheckout', 'paymentForm'];

// The API speaks English; a payer is told of a decline in the language of the fields.
async function localized(answer, locale = 'en') {
  const { error } = answer || {};
  const isFailed = /_authentication_failure$/.test(error?.code || '');
  if (!error || (error.type !== 'card_error' && !isFailed)) return answer;
  const language = locale.slice(0, 2);
  if (!TRANSLATED.includes(language)) return answer;
  const { default: texts } = await import(`./words/declines_${language}.js`);
  const text = isFailed ? texts.not_authenticated : texts[error.decline_code] || texts[error.code];
  return text ? { ...answer, error: { ...error, message: text } } : answer;
}

run((context) => {
  document.body.hidden = true;
  return {
    state: () => ({}), validate: () => ({}), read: () => ({}),
    hears: {
      ask: async (call) => localized(await askWithMethod(context, call), call.locale),
      submit: ({ frames }) => submit(frames),
      confirm: async (call) => localized(await confirm(context, call), call.locale),
      localize: ({ error, locale }) => localized({ error }, locale),
      payment_method: async (call) => localized(await makeMethod(context, call), call.locale),
      confirmation_token: (call) => makeConfirmationToken(context, call),
      token: async (call) => localized(await makeToken(context, call), call.locale),
      gather: ({ frames }) => told(gather(frames)),
      reject: ({ frames, error }) => reject(frames, error),
      abandon: (call) => abandon(call),
    },
  };
});

// The elements in the sister frames of these names. A frame of another origin cannot be looked into.
function sisters(frames) {
  const found = [];
  for (const name of frames || []) {
    try {
      const { prorataElement, document: page } = window.parent.frames[name];
      if (prorataElement) found.push({ kind: page.documentElement.dataset.kind, ...methodsOf(prorataElement) });
    } catch {
      // Not one of ours.
    }
  }
  return found;
}

const methodsOf = (element) => ({
  validate: () => element.validate(),
  prepare: async (billing) => (element.prepare ? element.prepare(billing) : {}),
  read: () => element.read(),
  reject: (field, message) => element.reject?.(field, message),
});

const notReady = { error: {
  type: 'invalid_request_error', code: 'element_not_ready',
  message: 'The Element is not ready yet: wait for its ready event.',
} };

function validate(frames) {
  const found = sisters(frames);
  if (found.length < (frames || []).length) return notReady;
  const wrong = found.map((each) => each.validate()).find((each) => each?.error);
  return wrong || { found };
}

function submit(frames) {
  const { error, found } = validate(frames);
  if (error) return { error };
  const payer = found.find((each) => HOLD_METHODS.includes(each.kind));
  const read = payer ? payer.read() : {};
  return { selectedPaymentMethod: read.type };
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

// One object over another, deeply; what is said later counts.
function merge(base, over) {
  const merged = { ...base };
  for (const [name, value] of Object.entries(over || {})) {
    if (value === undefined) continue;
    merged[name] = isObject(value) && isObject(merged[name]) ? merge(merged[name], value) : value;
  }
  return merged;
}

const whole = ({ address, ...rest }) => ({
  ...rest,
  address: Object.fromEntries(Object.entries(address || {}).filter(([, value]) => value)),
});

// Read all frames: {payment_method, payment_method_data, shipping, save}, or {error}.
function gather(frames, data = {}, type = undefined) {
  const { error, found } = validate(frames);
  if (error) return { error };
  const gathered = {};
  let method = type ? { type } : {};
  let holds = false;
  for (const { kind, read } of found) {
    const { contacts, ...values } = read();
    if (contacts) gathered.contacts = { ...gathered.contacts, ...contacts };
    if (HOLD_METHODS.includes(kind) || kind.startsWith('card')) {
      const { payment_method: saved, save, ...described } = values;
      if (saved) gathered.payment_method = saved;
      else if (described.type) {
        method = merge(method, described);
        holds = true;
      }
      if (save) gathered.save = save;
    } else if (values.email) {
      method = merge({ billing_details: { email: values.email } }, method);
      gathered.contacts = { ...gathered.contacts, email: values.email };
    } else if (kind === 'taxId') {
      const { tax_id: taxId, business_name: name } = values;
      gathered.contacts = {
        ...gathered.contacts, ...(taxId ? { tax_id: taxId } : {}),
        ...(name ? { business_name: name } : {}),
      };
    }
  }
  for (const { kind, read } of found) {
    if (kind !== 'address' && kind !== 'shippingAddress') continue;
    const { mode, ...place } = read();
    const { name, address } = place;
    if (mode === 'billing') {
      method = merge(method, { billing_details: whole(place) });
      gathered.contacts = { ...gathered.contacts, billing_address: address, ...(name ? { name } : {}) };
    } else if (mode === 'shipping') {
      gathered.shipping = whole(place);
      gathered.contacts = { ...gathered.contacts, shipping: gathered.shipping };
    }
  }
  method = merge(method, data);
  if (method.type && (holds || !gathered.payment_method)) gathered.payment_method_data = method;
  return gathered;
}

// Gather to send: what the gateway's own fields hold becomes a token first, which is used once.
async function gatherToSend(frames, data = {}, type = undefined) {
  const { error, found } = validate(frames);
  if (error) return { error };
  for (const each of found) {
    const { error: refused, token } = await each.prepare(data.billing_details);
    if (refused) return { error: refused };
    if (token) return { ...gather(frames, data, type), token };
  }
  return gather(frames, data, type);
}

// What the page may know of what was read: all but the method that the payer has typed.
function told({ payment_method_data: typed, ...rest }) {
  return { ...rest, hasMethod: Boolean(typed) };
}

// Ask the API what the page wants; the method in these frames, if any are named, goes along unseen.
async function askWithMethod(context, { method, path, params, frames }) {
  if (!frames) return ask(context, method, path, params);
  const { payment_method_data: typed, error } = await gatherToSend(frames);
  if (error) return { error };
  return ask(context, method, path, { ...params, payment_method_data: typed });
}

function acceptance() {
  return { customer_acceptance: { type: 'online', online: { user_agent: navigator.userAgent } } };
}

// Whether the payer agrees to later payments, which a mandate keeps.
function needsMandate(kind, params, group) {
  const type = params.payment_method_data?.type;
  if (type && !['card', 'customer_balance'].includes(type)) return true;
  return kind === 'setup_intent' || group?.mode === 'subscription' || group?.mode === 'setup'
    || (params.setup_future_usage ?? group?.setupFutureUsage) === 'off_session';
}

function composed(kind, params, gathered, group) {
  const { payment_method_data: said, save_payment_method: keep, ...rest } = params;
  const request = { ...rest };
  const method = request.payment_method || gathered.payment_method;
  if (method) request.payment_method = method;
  else if (gathered.payment_method_data || said) {
    request.payment_method_data = gathered.payment_method_data || said;
  }
  if (kind === 'payment_intent') {
    if (gathered.shipping && !request.shipping) request.shipping = gathered.shipping;
    if (gathered.save && !request.setup_future_usage) request.setup_future_usage = gathered.save;
    if (keep) request.setup_future_usage = 'off_session';
  }
  if (!request.mandate && !request.mandate_data && !request.confirmation_token
    && needsMandate(kind, request, group)) request.mandate_data = acceptance();
  return request;
}

async function confirm(context, { kind, secret, params, frames, group, type }) {
  const gathered = await gatherToSend(frames, params.payment_method_data, type);
  if (gathered.error) return { error: gathered.error };
  const request = composed(kind, params, gathered, group);
  const path = `/v1/${KINDS[kind]}/${secret.slice(0, secret.indexOf('_secret_'))}`;
  const other = kind === 'payment_intent' && group.currency
    && await otherCurrency(context, path, secret, group.currency.toLowerCase());
  if (other) return { error: other };
  const { body, error } = await ask(context, 'POST', `${path}/confirm`, {
    ...request, client_secret: secret, use_stripe_sdk: true,
  });
  if (!error) return { intent: body };
  return { error };
}

// What a payer was shown in one currency is not charged in another.
async function otherCurrency(context, path, secret, shown) {
  const { body } = await ask(context, 'GET', path, { client_secret: secret });
  if (!body || body.currency === shown) return null;
  return {
    type: 'invalid_request_error',
    message: `The provided currency (${body.currency}) does not match the expected currency (${
      shown}): confirm a PaymentIntent of the currency that elements() was given.`,
  };
}

async function makeMethod(context, { frames, data }) {
  const gathered = await gatherToSend(frames, data, data.type);
  if (gathered.error) return { error: gathered.error };
  if (gathered.payment_method) {
    return { error: {
      type: 'invalid_request_error',
      message: `The payer chose a saved payment method: use its id, ${gathered.payment_method}.`,
    } };
  }
  const answer = await ask(context, 'POST', '/v1/payment_methods', gathered.payment_method_data || data);
  if (answer.error) reject(frames, answer.error);
  return answer;
}

async function makeConfirmationToken(context, { frames, params, group }) {
  const gathered = await gatherToSend(frames, params.payment_method_data);
  if (gathered.error) return { error: gathered.error };
  const { payment_method_data: _, ...request } = params;
  if (gathered.payment_method) request.payment_method = gathered.payment_method;
  else request.payment_method_data = gathered.payment_method_data;
  if (gathered.shipping && !request.shipping) request.shipping = gathered.shipping;
  const usage = gathered.save || group.setupFutureUsage
    || (['setup', 'subscription'].includes(group.mode) ? 'off_session' : undefined);
  if (usage && !request.setup_future_usage) request.setup_future_usage = usage;
  if (needsMandate('payment_intent', request, group)) request.mandate_data ||= acceptance();
  return ask(context, 'POST', '/v1/confirmation_tokens', { ...request, use_stripe_sdk: true });
}

// The name and address beside a card that a token is made of, as payment methods have them.
function billingOf({ name, ...data }) {
  const parts = {
    line1: 'line1', line2: 'line2', city: 'city', state: 'state', postal_code: 'zip',
    country: 'country',
  };
  const address = {};
  for (const [newer, older] of Object.entries(parts)) {
    if (data[`address_${older}`]) address[newer] = data[`address_${older}`];
  }
  return { ...(name ? { name } : {}), ...(Object.keys(address).length ? { address } : {}) };
}

async function makeToken(context, { kind, frames, data }) {
  const gathered = await gatherToSend(frames, { billing_details: billingOf(data) });
  if (gathered.error) return { error: gathered.error };
  // The gateway's own fields made one already.
  if (gathered.token) return { body: gathered.token };
  const method = gathered.payment_method_data || {};
  if (kind === 'cvc_update') {
    return ask(context, 'POST', '/v1/tokens', { cvc_update: { cvc: method.card?.cvc } });
  }
  const postal = method.billing_details?.address?.postal_code;
  const card = { ...(postal ? { address_zip: postal } : {}), ...data, ...method.card };
  delete card.currency;
  const answer = await ask(context, 'POST', '/v1/tokens', { card });
  if (answer.error) reject(frames, answer.error);
  return answer;
}

// Show in the fields what a bank or the API did not like about them.
function reject(frames, error) {
  const field = error.type === 'card_error' && FIELD_OF_CODE[error.code];
  if (field) for (const each of sisters(frames)) each.reject(field, error.message);
  return {};
}

// The payer closed a challenge: it has failed.
async function abandon({ id, secret }) {
  await fetch(`/_prorata/challenge/${id}`, {
    method: 'POST', credentials: 'omit', redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ client_secret: secret, answer: 'fail' }),
  }).catch(() => {});
  return {};
}
