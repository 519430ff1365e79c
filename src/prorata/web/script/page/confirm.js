// Confirm: the payer agrees; the fields are read, the API is asked, challenges are passed.

// What confirmParams may say that the API takes as it is.
const CONFIRM_PARAMS = {
  payment_intent: [
    'return_url', 'receipt_email', 'shipping', 'payment_method', 'payment_method_data',
    'payment_method_options', 'setup_future_usage', 'mandate_data', 'mandate', 'off_session',
    'confirmation_token', 'amount_details', 'expand', 'save_payment_method', 'allow_redisplay',
  ],
  setup_intent: [
    'return_url', 'payment_method', 'payment_method_data', 'payment_method_options',
    'mandate_data', 'confirmation_token', 'expand',
  ],
};

const checkSecret = (secret, kind, caller) => {
  const prefix = kind === 'setup_intent' ? 'seti' : 'pi';
  refuseUnless(typeof secret === 'string' && SECRET.test(secret) && secret.startsWith(`${prefix}_`),
    `Invalid value for ${caller}: the client secret of a ${
      kind === 'setup_intent' ? 'SetupIntent' : 'PaymentIntent'} has the form ${prefix}_…_secret_…`
    + ` You specified: ${secret}.`);
};

const onlyKnown = (params, kind, caller) => {
  const known = {};
  for (const [name, value] of Object.entries(params || {})) {
    refuseUnless(CONFIRM_PARAMS[kind].includes(name),
      `Unrecognized ${caller} parameter: confirmParams.${name}. There are: ${
        CONFIRM_PARAMS[kind].join(', ')}.`);
    if (value !== undefined) known[name] = value;
  }
  return known;
};

// confirmPayment and confirmSetup.
const confirmIntent = async (stripe, kind, options) => {
  const caller = kind === 'setup_intent' ? 'confirmSetup' : 'confirmPayment';
  refuseUnless(isObject(options), `stripe.${caller}() takes one object.`);
  const { redirect = 'always', confirmParams } = options;
  refuseUnless(['always', 'if_required'].includes(redirect),
    `Invalid value for ${caller}: redirect should be 'always' or 'if_required'.`);
  const group = options.elements ? groupOf(options.elements) : null;
  const secret = options.clientSecret || (group && group.options.clientSecret);
  refuseUnless(secret, `stripe.${caller}() needs elements that were given a clientSecret, or the`
    + ' clientSecret itself.');
  checkSecret(secret, kind, caller);
  checkReturnUrl(confirmParams, redirect);
  const params = onlyKnown(confirmParams, kind, caller);
  if (group) {
    checkBilling(group, params);
    refuseUnless(group.submitted || !group.isDeferred || group.find('expressCheckout'),
      `Before stripe.${caller}() call elements.submit(), and wait for its promise: it checks the`
      + ' fields, and must come before anything asynchronous.');
    refuseUnless(params.confirmation_token || group.find('payment', 'card', 'cardNumber', 'iban',
      'expressCheckout'), 'No Element holds a payment method: mount the payment Element first.');
  }
  const answer = await stripe.controller().call('confirm', {
    kind, secret, params, frames: group && !params.confirmation_token ? group.frames() : [],
    group: group ? group.context().group : {}, locale: group ? group.locale : undefined,
  });
  const result = answer.error
    ? answer : await doNextAction(stripe, answer.intent, secret, group?.locale);
  if (result.error) {
    if (group) group.controller().call('reject', { frames: group.frames(), error: result.error });
    return { error: result.error };
  }
  if (redirect === 'if_required') return result;
  location.assign(returnAddress(params.return_url, intentOf(result), secret));
  return new Promise(() => {});
};

// confirmCardPayment, confirmSepaDebitSetup and their like: one method, named or in one Element.
const confirmWithMethod = async (stripe, kind, type, secret, data = {}, options = {}) => {
  const caller = `confirm${METHOD_NAMES[type] || ''}${
    kind === 'setup_intent' ? 'Setup' : 'Payment'}`;
  checkSecret(secret, kind, caller);
  const { payment_method: method, ...rest } = data;
  const params = { ...rest };
  let frames = [];
  if (typeof method === 'string') {
    params.payment_method = method;
  } else if (isObject(method)) {
    const described = describe(type, method);
    frames = described.frames;
    params.payment_method_data = described.data;
  }
  const cvc = params.payment_method_options && params.payment_method_options.card
    && params.payment_method_options.card.cvc;
  if (isElement(cvc)) {
    const made = await createCvcToken(stripe, cvc);
    if (made.error) return { error: made.error };
    params.payment_method_options = {
      card: { ...params.payment_method_options.card, cvc: undefined, cvc_token: made.token.id },
    };
  }
  const answer = await stripe.controller().call('confirm', {
    kind, secret, params: plain(params), frames, group: {}, type,
  });
  if (answer.error) return { error: answer.error };
  if (options.handleActions === false) return resultOf(answer.intent);
  return doNextAction(stripe, answer.intent, secret);
};

const handleNextAction = async (stripe, secret) => {
  const now = await retrieveIntent(stripe, secret);
  if (now.error) return { error: now.error };
  return doNextAction(stripe, intentOf(now), secret);
};
