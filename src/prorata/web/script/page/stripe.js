// Stripe: what the page calls.

const KEY_FORM = /^(pk|sk|rk|ek)_(test|live)_/;

const newStripe = (key, options = {}) => {
  refuseUnless(typeof key === 'string' && key.trim(), 'Missing value for Stripe(): apiKey should be'
    + ' a publishable key, which begins with pk_.');
  refuseUnless(!/^(sk|rk)_/.test(key), secretKeyMessage);
  refuseUnless(KEY_FORM.test(key) || key.startsWith('pk_'),
    `Invalid value for Stripe(): ${key.slice(0, 8)}… is no publishable key.`);
  const apiVersion = TRAIN === 'v3' ? options.apiVersion : VERSION_OF_TRAIN[TRAIN];
  let controller = null;
  const stripe = {
    key,
    account: options.stripeAccount,
    locale: options.locale || 'auto',
    apiVersion,
    controller: () => {
      if (!controller) controller = new Controller(stripe);
      return controller;
    },
  };
  // Loaded beforehand, so that the first call does not wait for it.
  whenThereIsABody().then(() => stripe.controller());
  return stripe;
};

const callsOf = (stripe) => {
  const calls = {
    ...refusedCalls(),
    elements: (options) => new Elements(new Group(stripe, options)),
    confirmPayment: (options) => confirmIntent(stripe, 'payment_intent', options),
    confirmSetup: (options) => confirmIntent(stripe, 'setup_intent', options),
    createPaymentMethod: (...given) => createPaymentMethod(stripe, ...given),
    createToken: (...given) => createToken(stripe, ...given),
    createConfirmationToken: (options) => createConfirmationToken(stripe, options),
    handleCardAction: async (secret) => {
      checkSecret(secret, 'payment_intent', 'handleCardAction');
      return handleNextAction(stripe, secret);
    },
    handleNextAction: async ({ clientSecret, hashedValue } = {}) => {
      if (hashedValue) return { error: notSupported('hashedValue') };
      checkSecret(clientSecret, kindOf(String(clientSecret)), 'handleNextAction');
      return handleNextAction(stripe, clientSecret);
    },
    retrievePaymentIntent: async (secret) => {
      checkSecret(secret, 'payment_intent', 'retrievePaymentIntent');
      return retrieveIntent(stripe, secret);
    },
    retrieveSetupIntent: async (secret) => {
      checkSecret(secret, 'setup_intent', 'retrieveSetupIntent');
      return retrieveIntent(stripe, secret);
    },
    verifyMicrodepositsForPayment: (secret, data) => verifyDeposits(stripe, secret, data),
    verifyMicrodepositsForSetup: (secret, data) => verifyDeposits(stripe, secret, data),
    paymentRequest,
    initializePricing: async () => {
      throw new IntegrationError('initializePricing() is not supported by this server: pricing'
        + ' policies do not exist here. Show prices by currency_options instead.');
    },
    redirectToCheckout: async () => ({ error: notSupported('redirectToCheckout()'
      + ' (send the payer to the url of the Checkout Session)') }),
    registerAppInfo: () => {},
    _registerWrapper: () => {},
    ...checkoutCalls(stripe),
  };
  for (const [type, name] of Object.entries(METHOD_NAMES)) {
    calls[`confirm${name}Payment`] = (secret, ...more) =>
      confirmWithMethod(stripe, 'payment_intent', type, secret, ...more);
    calls[`confirm${name}Setup`] = (secret, ...more) =>
      confirmWithMethod(stripe, 'setup_intent', type, secret, ...more);
  }
  return calls;
};

const verifyDeposits = async (stripe, secret, data = {}) => {
  const { path, result } = KINDS[kindOf(secret)];
  const answer = await stripe.controller().ask('POST',
    `/v1/${path}/${idOf(secret)}/verify_microdeposits`, { client_secret: secret, ...data });
  return answer.error ? { error: answer.error } : { [result]: answer.body };
};

// Names changed with the trains; the old ones work on the pages of older trains, as documented.
const checkoutCalls = (stripe) => {
  const embedded = (options) => createEmbeddedCheckoutPage(stripe, options);
  const renamed = (old, now) => () => {
    throw new IntegrationError(`stripe.${old}() has been renamed: call stripe.${now}().`);
  };
  const isOld = TRAIN === 'v3' || isBefore('dahlia');
  return {
    createEmbeddedCheckoutPage: embedded,
    initEmbeddedCheckout: isOld
      ? embedded : renamed('initEmbeddedCheckout', 'createEmbeddedCheckoutPage'),
    initCheckoutElementsSdk: (options) => initCheckout(stripe, options, 'elements'),
    initCheckoutFormSdk: (options) => initCheckout(stripe, options, 'form'),
    initCheckout: isOld
      ? (options) => initOldCheckout(stripe, options)
      : renamed('initCheckout', 'initCheckoutElementsSdk'),
  };
};

class Stripe {
  constructor(key, options) {
    Object.assign(this, callsOf(newStripe(key, options)));
  }
}

// Called with new and without.
const construct = function (key, options) { return new Stripe(key, options || {}); };
construct.version = TRAIN === 'v3' ? 3 : TRAIN;
construct.StripeV3 = construct;

if (window.Stripe && window.Stripe.version !== undefined) {
  console.warn('Stripe.js was loaded twice; the first one stays.');
} else {
  window.Stripe = construct;
}
