// Checkout confirm: the fields are read, the session is confirmed, the payer goes where it says.

const FINISH_TRIES = 30;
const FINISH_MILLISECONDS = 700;

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

const paymentFailed = (error) => ({ type: 'error', error: error.type === 'card_error'
  || /_authentication_failure$/.test(error.code || '')
  ? {
    message: error.message, code: 'paymentFailed',
    paymentFailed: { declineCode: error.decline_code || null },
  }
  : { message: error.message, code: null } });

// What is sent to confirm: what the page says, over what is in the elements; and the frames that
// hold the payment method, where it is typed: that the page never sees.
const confirmRequest = async (checkout, options) => {
  const { page } = checkout;
  const request = {
    expected_amount: page.total.due, expected_mark: page.mark, use_stripe_sdk: true,
    ...(options.returnUrl ? { return_url: options.returnUrl } : {}),
  };
  const needsMethod = page.collects.payment_method === 'required' && !options.paymentMethod;
  const frames = checkout.frames(needsMethod);
  const gathered = await checkout.controller().call('gather', { frames });
  if (gathered.error) return { error: gathered.error };
  if (options.paymentMethod) request.payment_method = options.paymentMethod;
  else if (gathered.payment_method) request.payment_method = gathered.payment_method;
  if (gathered.contacts) Object.assign(request, gathered.contacts);
  const save = options.savePaymentMethod ?? (gathered.save ? true : undefined);
  if (save !== undefined && page.payment_methods.save) request.save_payment_method = save;
  if (page.collects.payment_method === 'required' && page.payment_methods.set_up) {
    request.mandate_data = { customer_acceptance: {
      type: 'online', online: { user_agent: navigator.userAgent },
    } };
  }
  if (options.email) request.email = options.email;
  if (options.phoneNumber) request.phone = options.phoneNumber;
  if (options.billingAddress) Object.assign(request, placeOf(options.billingAddress));
  if (options.shippingAddress) Object.assign(request, shippedTo(options.shippingAddress));
  const { expressCheckoutConfirmEvent: express, formConfirmEvent: form } = options;
  expressRequest(request, express || (form?.source === 'checkout-form-ece' ? form : null), page);
  if (page.collects.email_locked) delete request.email;
  const isTyped = needsMethod && !request.payment_method && gathered.hasMethod;
  return { request, frames: isTyped ? frames : undefined };
};

const expressRequest = (request, event, page) => {
  if (!event) return;
  const { billingDetails, shippingAddress, shippingRate } = event;
  if (billingDetails && billingDetails.email && !request.email) request.email = billingDetails.email;
  if (billingDetails && billingDetails.phone && page.collects.phone && !request.phone) {
    request.phone = billingDetails.phone;
  }
  if (shippingAddress && page.collects.shipping_countries) {
    Object.assign(request, shippedTo(shippingAddress));
  }
  if (shippingRate && page.shipping_options.some((each) => each.id === shippingRate.id)) {
    request.shipping_rate = shippingRate.id;
  }
};

// Wait until a session whose payment is done is complete; the money's way is the server's affair.
const finished = async (checkout) => {
  for (let tries = 0; tries < FINISH_TRIES; tries += 1) {
    const { page } = checkout;
    if (page.status !== 'open' || page.last_error) return;
    if (page.intent && page.intent.status === 'requires_action') return;
    await pause(FINISH_MILLISECONDS);
    await checkout.fetch();
  }
};

const confirmCheckout = async (checkout, options) => {
  const { request, frames, error } = await confirmRequest(checkout, options);
  if (error) return { type: 'error', error: { message: error.message, code: null } };
  const answer = await checkout.post('/confirm', request, frames);
  if (answer.error) {
    await checkout.fetch();
    checkout.controller().call('reject', { frames: checkout.frames(true), error: answer.error });
    return paymentFailed(answer.error);
  }
  const { intent } = checkout.page;
  if (checkout.page.status === 'open' && intent && intent.status === 'requires_action') {
    const after = await doNextAction(checkout.stripe, { object: intent.kind, ...intent },
      intent.client_secret, checkout.group.locale);
    await checkout.fetch();
    if (after.error) return paymentFailed(after.error);
  }
  await finished(checkout);
  const { page } = checkout;
  if (page.last_error && page.status === 'open') return paymentFailed(page.last_error);
  const url = options.returnUrl
    ? options.returnUrl.replace(/{CHECKOUT_SESSION_ID}|%7BCHECKOUT_SESSION_ID%7D/g, page.id)
    : page.completion && page.completion.redirect_url;
  if (url && options.redirect !== 'if_required' && page.status === 'complete') {
    location.assign(url);
    return new Promise(() => {});
  }
  return { type: 'success', session: checkout.session() };
};
