// Checkout: a Checkout session whose page the shop draws itself, with our elements in it.

const CHECKOUT_SECRET = /^cs_(test|live)_[A-Za-z0-9]+_secret_.+$/;

class CheckoutGroup extends Group {
  constructor(stripe, options, checkout) {
    super(stripe, options);
    this.checkout = checkout;
  }

  get hasPurpose() { return true; }

  get isDeferred() { return false; }

  async context() {
    const base = super.context();
    const page = await this.checkout.loaded.catch(() => null);
    if (!page) return base;
    const { total, mode, payment_methods: methods } = this.checkout.page;
    const isFree = mode === 'payment' && total.due === 0;
    return plain({
      ...base,
      group: {
        mode: isFree ? 'setup' : mode, amount: total.due,
        currency: this.checkout.page.currency || undefined,
        allowedPaymentMethodTypes: methods.types,
      },
      checkout: {
        id: page.id, secret: this.checkout.secret, saved: methods.saved, save: methods.save,
        remove: methods.remove, setUp: methods.set_up, business: page.account.display_name,
        collects: this.checkout.page.collects, collected: this.checkout.page.collected,
        submit: this.checkout.page.submit_type,
        codes: this.checkout.page.discounts.map(({ code }) => code).filter(Boolean), hasTrial: Boolean(page.recurring?.trial),
      },
    });
  }

  get walletTotal() {
    const { page } = this.checkout;
    return page && { amount: page.total.due, currency: page.currency };
  }

  changed(element) { this.checkout.elementChanged(element); }
}

class Checkout {
  constructor(stripe, options, kind) {
    this.stripe = stripe;
    this.kind = kind;
    this.listeners = new Listeners();
    this.page = null;
    this.last = '';
    this.line = Promise.resolve();
    this.soon = new Map();
    const elements = kind === 'form' ? options : options.elementsOptions || {};
    const { appearance, fonts, loader, syncAddressCheckbox } = elements;
    this.group = new CheckoutGroup(stripe, {
      appearance, fonts, loader, syncAddressCheckbox,
    }, this);
    this.options = options;
    this.loaded = this.load(options);
    this.loaded.catch(() => {});
  }

  async load({ clientSecret, fetchClientSecret, defaultValues }) {
    this.secret = await (fetchClientSecret ? fetchClientSecret() : clientSecret);
    refuseUnless(typeof this.secret === 'string' && CHECKOUT_SECRET.test(this.secret),
      'The clientSecret must be the client_secret of a Checkout Session, which has the form'
      + ` cs_…_secret_…. You specified: ${this.secret}.`);
    this.id = sessionOf(this.secret);
    const answer = await this.fetch();
    if (answer.error) throw new Error(answer.error.message);
    const wanted = defaultValues || {};
    const { collected } = this.page;
    const params = {
      ...(wanted.email && !collected.email ? { email: wanted.email } : {}),
      ...(wanted.phoneNumber && !collected.phone ? { phone: wanted.phoneNumber } : {}),
      ...(wanted.billingAddress && !collected.billing_address ? placeOf(wanted.billingAddress) : {}),
      ...(wanted.shippingAddress && this.page.collects.shipping_countries && !collected.shipping
        ? shippedTo(wanted.shippingAddress) : {}),
    };
    if (Object.keys(params).length && this.page.status === 'open') await this.post('', params);
    return this.page;
  }

  controller() { return this.stripe.controller(); }

  // frames: those that hold the payment method that goes along.
  async ask(method, path, params = {}, frames = undefined) {
    const answer = await this.controller().call('ask', {
      method, path: `/v1/payment_pages/${this.id}${path}`, locale: this.group.locale, frames,
      params: { client_secret: this.secret, ...params },
    });
    if (answer.body) this.take(answer.body);
    return answer;
  }

  fetch() { return this.ask('GET', ''); }
  post(path, params, frames) { return this.ask('POST', path, params, frames); }

  take(page) {
    const before = this.page;
    this.page = page;
    const changes = before && (before.total.due !== page.total.due
      || before.payment_methods.types.join() !== page.payment_methods.types.join());
    if (changes) this.regroup();
    this.tellChange();
  }

  async regroup() {
    const context = await this.group.context();
    for (const each of this.group.mounted()) {
      if (['payment', 'expressCheckout', 'paymentForm'].includes(each.type)) {
        each.frame.send('group', context);
      }
    }
  }

  // Pages hear of a session that looks otherwise than the last one they were told of.
  tellChange() {
    if (!this.isLoaded) return;
    const session = this.session();
    const text = JSON.stringify(session);
    if (text === this.last) return;
    this.last = text;
    this.listeners.tell('change', session);
  }

  session() {
    const locale = this.page.page_locale && this.page.page_locale !== 'auto'
      ? this.page.page_locale : this.group.locale;
    return sessionView(this.page, locale, this.canConfirm());
  }

  canConfirm() {
    const { page } = this;
    if (page.status !== 'open') return false;
    const typed = { contactDetails: 'email', linkAuthentication: 'email', taxId: 'tax_id' };
    const said = this.group.mounted().filter((each) => each.state.complete).map((each) =>
      (each.type === 'address'
        ? { billing: 'billing_address', shipping: 'shipping' }[each.options.mode] : typed[each.type]));
    if (page.missing.some((each) => !said.includes(each))) return false;
    const payment = this.group.find('payment');
    return page.collects.payment_method === 'none' || !payment || Boolean(payment.state.complete);
  }

  elementChanged(element) {
    const { type, state, options } = element;
    if (!this.isLoaded || !state.complete) {
      if (this.isLoaded) this.tellChange();
      return;
    }
    clearTimeout(this.soon.get(element));
    // What is typed counts for taxes and delivery as soon as it is whole.
    this.soon.set(element, setTimeout(() => {
      if (type === 'address' && options.mode === 'billing') this.change(placeOf(state.value));
      else if (type === 'address') this.change(shippedTo(state.value));
      else if (['contactDetails', 'linkAuthentication'].includes(type)
        && !this.page.collects.email_locked) this.change({ email: state.value.email });
      else this.tellChange();
    }, type === 'payment' ? 0 : 400));
  }

  // One change after the other: each is worked out on what the one before left.
  queue(work) {
    const next = this.line.then(work);
    this.line = next.catch(() => {});
    return next;
  }

  change(params, code) {
    return this.queue(async () => {
      const answer = await this.post('', params);
      if (answer.error) return buyerError(answer.error, code);
      return { type: 'success', session: this.session() };
    });
  }

  runServerUpdate(work) {
    return this.queue(async () => {
      try {
        await work();
      } catch (fault) {
        return { type: 'error', error: { message: String(fault.message || fault), code: null } };
      }
      const answer = await this.fetch();
      return answer.error ? buyerError(answer.error) : { type: 'success', session: this.session() };
    });
  }

  frames(withPayment = true) {
    return this.group.mounted().filter((each) => withPayment
      || !['payment', 'expressCheckout'].includes(each.type)).map((each) => each.frame.name);
  }

  async validateElements() {
    const mounted = this.group.mounted();
    if (!mounted.length) {
      return { type: 'error', error: {
        code: 'no_elements', message: 'No Element is mounted.', validation_errors: [],
      } };
    }
    const wrong = [];
    for (const each of mounted) {
      const { error } = await this.controller().call('submit', { frames: [each.frame.name] });
      if (error) wrong.push({ message: error.message, element: elementName(each) });
    }
    return wrong.length
      ? { type: 'error', error: {
        code: 'validation_error', message: wrong[0].message, validation_errors: wrong,
      } }
      : { type: 'success', session: this.session() };
  }

  confirm(options) { return this.queue(() => confirmCheckout(this, options)); }

  async loadActions() {
    try {
      await this.loaded;
    } catch (fault) {
      return { type: 'error', error: { message: fault.message, code: null } };
    }
    this.isLoaded = true;
    this.last = JSON.stringify(this.session());
    return { type: 'success', actions: actionsFor(this, this.kind) };
  }
}

const elementName = ({ type, options }) => ({
  address: options.mode === 'billing' ? 'billingAddress' : 'shippingAddress',
  paymentForm: 'checkoutForm',
}[type] || type);

const MADE = {
  Payment: 'payment', ExpressCheckout: 'expressCheckout', CurrencySelector: 'currencySelector',
  TaxId: 'taxId', ContactDetails: 'contactDetails', Terms: 'terms', LinkSignup: 'linkSignup',
};

// create…Element and get…Element, and what else both kinds of checkout have in common.
const checkoutObject = (checkout) => {
  const { group, kind } = checkout;
  const object = {
    on: (event, handler) => { checkout.listeners.on(event, handler); },
    loadActions: () => checkout.loadActions(),
    changeAppearance: (appearance) => { group.update({ appearance }); },
    loadFonts: (fonts) => { group.loadFonts(fonts); },
  };
  if (kind === 'form') {
    return Object.assign(object, {
      createForm: (options) => group.create('paymentForm', options),
      getForm: () => group.getElement('paymentForm'),
      createCurrencySelectorElement: () => group.create('currencySelector'),
      getCurrencySelectorElement: () => group.getElement('currencySelector'),
    });
  }
  for (const [name, type] of Object.entries(MADE)) {
    object[`create${name}Element`] = (options) => group.create(type, options);
    object[`get${name}Element`] = () => group.getElement(type);
  }
  for (const [name, mode] of [['Billing', 'billing'], ['Shipping', 'shipping']]) {
    object[`create${name}AddressElement`] = (options) =>
      group.create('address', { ...options, mode });
    object[`get${name}AddressElement`] = () => group.getElement('address', { mode });
  }
  return object;
};

const initCheckout = (stripe, options, kind) => {
  refuseUnless(isObject(options) && options.clientSecret,
    'The checkout needs clientSecret: a string, or a promise of it.');
  return checkoutObject(new Checkout(stripe, options, kind));
};

// As it was before clover: a promise of everything at once, the session by session().
const initOldCheckout = (stripe, options) => {
  if (TRAIN === 'clover') return initCheckout(stripe, options, 'elements');
  const checkout = new Checkout(stripe, options, 'elements');
  return (async () => {
    const { type, actions, error } = await checkout.loadActions();
    if (type === 'error') throw new IntegrationError(error.message);
    const { group } = checkout;
    return {
      ...checkoutObject(checkout), ...actions, session: () => checkout.session(),
      createElement: (name, more) => group.create(name, more),
      getElement: (name, more) => group.getElement(name, more),
    };
  })();
};
