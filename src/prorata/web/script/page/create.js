// Create: payment methods, tokens and confirmation tokens, made of what is in the fields.

const LEGACY_TOKENS = ['account', 'bank_account', 'cvc_update', 'person', 'pii'];

const createPaymentMethod = async (stripe, first, second, third) => {
  let described;
  if (typeof first === 'string') {
    // createPaymentMethod('card', element, data), as it was once called.
    described = describe(first, { [first]: second, ...third });
  } else {
    refuseUnless(isObject(first), 'stripe.createPaymentMethod() takes one object.');
    if (first.elements) {
      const group = groupOf(first.elements);
      refuseUnless(group.submitted || group.find('expressCheckout'), 'Before'
        + ' stripe.createPaymentMethod() call elements.submit(), and wait for its promise.');
      described = { frames: group.frames(), data: plain(first.params || {}) };
    } else if (first.element) {
      described = { frames: framesOf(first.element), data: plain(first.params || {}) };
    } else {
      refuseUnless(first.type, 'stripe.createPaymentMethod() needs a type, or elements.');
      described = describe(first.type, first);
    }
  }
  const answer = await stripe.controller().call('payment_method', {
    frames: described.frames, data: plain(described.data),
  });
  return answer.error ? { error: answer.error } : { paymentMethod: answer.body };
};

const createConfirmationToken = async (stripe, options) => {
  refuseUnless(isObject(options) && (options.elements || options.element),
    'stripe.createConfirmationToken() takes {elements, params}.');
  const group = options.elements ? groupOf(options.elements) : null;
  refuseUnless(!group || group.submitted || group.find('expressCheckout'),
    'Before stripe.createConfirmationToken() call elements.submit(), and wait for its promise.');
  if (group) checkBilling(group, options.params);
  const answer = await stripe.controller().call('confirmation_token', {
    frames: group ? group.frames() : framesOf(options.element),
    params: plain(options.params || {}),
    group: group ? group.context().group : {},
  });
  return answer.error ? { error: answer.error } : { confirmationToken: answer.body };
};

const createCvcToken = async (stripe, element) => {
  refuseUnless(isElement(element) && implementationOf(element).type === 'cardCvc',
    "createToken('cvc_update', element) takes a cardCvc Element.");
  const frames = [implementationOf(element).frame.name];
  const answer = await stripe.controller().call('token', { kind: 'cvc_update', frames, data: {} });
  return answer.error ? { error: answer.error } : { token: answer.body };
};

const createToken = async (stripe, subject, data = {}) => {
  if (subject === 'cvc_update') return createCvcToken(stripe, data);
  if (typeof subject === 'string') {
    refuseUnless(LEGACY_TOKENS.includes(subject), `There are no tokens of the type ${subject}.`);
    const params = subject === 'pii'
      ? { pii: { id_number: data.personal_id_number } } : { [subject]: plain(data) };
    const answer = await stripe.controller().ask('POST', '/v1/tokens', params);
    return answer.error ? { error: answer.error } : { token: answer.body };
  }
  const { type } = implementationOf(subject);
  if (type === 'iban') return { error: notSupported('Making a token of an IBAN') };
  refuseUnless(['card', 'cardNumber'].includes(type),
    'createToken() takes a card, a cardNumber Element, or the type of a token.');
  const answer = await stripe.controller().call('token', {
    kind: 'card', frames: framesOf(subject), data: plain(data),
  });
  return answer.error ? { error: answer.error } : { token: answer.body };
};
