// Next action: what an intent asks of the payer before it can go on, done in a modal or elsewhere.

const POLL_MILLISECONDS = 2000;
const KINDS = {
  payment_intent: { path: 'payment_intents', error: 'last_payment_error', result: 'paymentIntent' },
  setup_intent: { path: 'setup_intents', error: 'last_setup_error', result: 'setupIntent' },
};

const NOT_AUTHENTICATED = 'We are unable to authenticate your payment method. Please choose a different'
  + ' payment method and try again.';

const kindOf = (secret) => (secret.startsWith('seti_') ? 'setup_intent' : 'payment_intent');
const idOf = (secret) => secret.slice(0, secret.indexOf('_secret_'));

const retrieveIntent = async (stripe, secret) => {
  const { path, result } = KINDS[kindOf(secret)];
  const params = { client_secret: secret };
  const answer = await stripe.controller().ask('GET', `/v1/${path}/${idOf(secret)}`, params);
  return answer.error ? { error: answer.error } : { [result]: answer.body };
};

const intentOf = (result) => result.paymentIntent || result.setupIntent;
const resultOf = (intent) => ({ [KINDS[intent.object].result]: intent });

// Do what an intent waits for; the result is the intent as it is then, or the error it ended in.
const doNextAction = async (stripe, intent, secret, locale) => {
  const action = intent.next_action;
  if (!action || intent.status !== 'requires_action') return resultOf(intent);
  if (action.type === 'redirect_to_url') {
    location.assign(action.redirect_to_url.url);
    return new Promise(() => {});
  }
  if (action.type === 'use_stripe_sdk') {
    const result = await challenge(stripe, action.use_stripe_sdk.stripe_js, secret);
    if (!result.error) return result;
    return stripe.controller().call('localize', { error: result.error, locale });
  }
  if (action.type === 'display_bank_transfer_instructions') {
    await showPage(action.display_bank_transfer_instructions.hosted_instructions_url,
      'Bank transfer');
  }
  return resultOf(intent);
};

const showPage = (url, label) => new Promise((resolve) => {
  const iframe = document.createElement('iframe');
  iframe.src = url;
  iframe.title = label;
  const modal = new Modal({ iframe, label, onClose: () => { modal.close(); resolve(); } });
});

const challenge = (stripe, url, secret) => new Promise((resolve) => {
  const iframe = document.createElement('iframe');
  iframe.name = `__privateStripeFrameChallenge${Date.now()}`;
  iframe.title = '3D Secure authentication';
  iframe.src = url;
  let isOver = false;
  const end = async () => {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    window.removeEventListener('message', onMessage);
    modal.close();
    resolve(outcomeOf(await retrieveIntent(stripe, secret)));
  };
  const giveUp = async () => {
    await stripe.controller().call('abandon', { id: idOf(secret), secret });
    await end();
  };
  const onMessage = (event) => {
    const ours = event.origin === ORIGIN && event.source === iframe.contentWindow;
    if (ours && isObject(event.data) && event.data.type === 'prorata:challenge') end();
  };
  window.addEventListener('message', onMessage);
  const modal = new Modal({ iframe, label: '3D Secure authentication', onClose: giveUp });
  // A bank's own page tells us nothing when it is done.
  const timer = setInterval(async () => {
    const now = await retrieveIntent(stripe, secret);
    const intent = intentOf(now);
    if (intent && intent.status !== 'requires_action') end();
  }, POLL_MILLISECONDS);
});

// After an action an intent that waits for another method has failed: its error says why.
const outcomeOf = (result) => {
  const intent = intentOf(result);
  if (!intent || intent.status !== 'requires_payment_method') return result;
  const wrong = { ...intent[KINDS[intent.object].error] };
  // The API tells the seller what happened; a payer is told what to do.
  if (/_authentication_failure$/.test(wrong.code || '')) wrong.message = NOT_AUTHENTICATED;
  return { error: { ...invalidRequest('The payment failed.'), ...wrong, [intent.object]: intent } };
};

const redirectStatusOf = (intent) => {
  if (['succeeded', 'requires_capture'].includes(intent.status)) return 'succeeded';
  return ['processing', 'requires_action'].includes(intent.status) ? 'pending' : 'failed';
};

const returnAddress = (returnUrl, intent, secret) => {
  const address = new URL(returnUrl, location.href);
  address.searchParams.set(intent.object, intent.id);
  address.searchParams.set(`${intent.object}_client_secret`, secret);
  address.searchParams.set('redirect_status', redirectStatusOf(intent));
  return address.href;
};
