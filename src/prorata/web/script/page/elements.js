// Elements: a group of Elements that belong to one payment, and what they have in common.

const MODES = ['payment', 'setup', 'subscription'];
const SNAKE = {
  setup_future_usage: 'setupFutureUsage', capture_method: 'captureMethod',
  on_behalf_of: 'onBehalfOf', payment_method_options: 'paymentMethodOptions',
  payment_method_configuration: 'paymentMethodConfiguration',
  payment_method_types: 'allowedPaymentMethodTypes',
};
const GROUP_OPTIONS = [
  'mode', 'amount', 'currency', 'setupFutureUsage', 'captureMethod', 'onBehalfOf',
  'paymentMethodOptions', 'paymentMethodConfiguration', 'allowedPaymentMethodTypes',
  'excludedPaymentMethodTypes', 'paymentMethodCreation', 'clientSecret',
  'customerSessionClientSecret',
];

const readGroupOptions = (options) => {
  const read = { ...options };
  for (const [snake, camel] of Object.entries(SNAKE)) {
    if (snake in read && !(camel in read)) read[camel] = read[snake];
    delete read[snake];
  }
  if (read.paymentMethodTypes && !read.allowedPaymentMethodTypes) {
    // The name of earlier trains.
    read.allowedPaymentMethodTypes = read.paymentMethodTypes;
  }
  return read;
};

const checkGroupOptions = (options) => {
  const { clientSecret, mode, amount, currency, syncAddressCheckbox: sync } = options;
  refuseUnless(sync === undefined || ['billing', 'shipping', 'none'].includes(sync), 'Invalid value'
    + ` for elements(): syncAddressCheckbox should be billing, shipping or none. You specified: ${
      sync}.`);
  if (clientSecret !== undefined) {
    refuseUnless(typeof clientSecret === 'string' && SECRET.test(clientSecret),
      'Invalid value for elements(): clientSecret should be a client secret of the form'
      + ` \${id}_secret_\${secret}. You specified: ${clientSecret}.`);
    refuseUnless(mode === undefined, 'elements() takes either clientSecret or mode, not both.');
  }
  if (mode === undefined) return;
  refuseUnless(MODES.includes(mode), `Invalid value for elements(): mode should be one of ${
    MODES.join(', ')}. You specified: ${mode}.`);
  if (mode === 'setup') return;
  refuseUnless(Number.isInteger(amount) && amount >= 0, 'Invalid value for elements(): amount'
    + ` should be a whole number of the currency's smallest unit. You specified: ${amount}.`);
  refuseUnless(mode === 'subscription' || amount > 0, 'Invalid value for elements(): amount must be'
    + ' above zero for mode "payment". Use mode "setup" where nothing is charged.');
  refuseUnless(typeof currency === 'string' && /^[a-z]{3}$/i.test(currency),
    `Invalid value for elements(): currency should be a three-letter code. You specified: ${
      currency}.`);
};

const SECRET = /^(pi|seti)_[A-Za-z0-9]+_secret_[A-Za-z0-9]+$/;

class Group {
  constructor(stripe, options = {}) {
    this.stripe = stripe;
    this.options = readGroupOptions(options);
    checkGroupOptions(this.options);
    nameGroupOptions(this.options);
    this.listeners = new Listeners();
    this.locale = localeOf(this.options.locale || stripe.locale);
    this.elements = [];
    this.fonts = [];
    this.submitted = false;
    this.loadFonts(this.options.fonts);
  }

  controller() { return this.stripe.controller(); }

  get isDeferred() { return this.options.mode !== undefined; }

  async loadFonts(fonts) {
    if (!fonts || !fonts.length) return;
    this.fonts = await readFonts(fonts);
    this.sendAll('group', await this.context());
  }

  context() {
    const group = {};
    for (const name of GROUP_OPTIONS) {
      if (this.options[name] !== undefined && this.options[name] !== null) {
        group[name] = this.options[name];
      }
    }
    return plain({
      key: this.stripe.key, account: this.stripe.account, version: this.stripe.apiVersion,
      locale: this.locale, appearance: newerAppearance(this.options.appearance), fonts: this.fonts,
      loader: this.options.loader || 'auto', group, page: location.hostname,
      sync: this.options.syncAddressCheckbox || 'billing',
    });
  }

  mounted() {
    return this.elements.map(implementationOf).filter((each) => each.frame);
  }

  siblings(element) {
    return this.mounted().filter((each) => each !== element).map((each) => ({
      type: each.type, mode: each.options.mode, name: each.frame.name,
    }));
  }

  tellSiblings() {
    for (const each of this.mounted()) each.frame.send('siblings', this.siblings(each));
  }

  sendAll(type, detail) {
    for (const each of this.mounted()) each.frame.send(type, detail);
  }

  frames() { return this.mounted().map((each) => each.frame.name); }

  find(...types) { return this.mounted().find((each) => types.includes(each.type)); }

  changed() { this.submitted = false; }

  create(type, options = {}) {
    const known = ELEMENTS[type];
    refuseUnless(known, `"${type}" is no type of Element. There are: ${
      Object.keys(ELEMENTS).filter((each) => !ELEMENTS[each].refused).join(', ')}.`);
    refuseUnless(!known.refused, `${known.refused} is not supported by this server.`);
    if (type === 'address') {
      refuseUnless(['shipping', 'billing'].includes(options.mode),
        "You must supply options.mode to the address Element: 'shipping' or 'billing'.");
    }
    if (type === 'payment' || type === 'expressCheckout') {
      refuseUnless(this.hasPurpose, `The ${type} Element needs elements() to be given a`
        + ' clientSecret, or mode, amount and currency.');
    }
    const others = this.elements.filter((each) => implementationOf(each).type === type
      && (!known.many || implementationOf(each).options[known.many] === options[known.many]));
    refuseUnless(!others.length, `Can only create one Element of type ${type} through one instance`
      + ' of elements(). Destroy the other one, or call elements() again.');
    nameElementOptions(type, options);
    const element = newElement(this, type, options);
    this.elements.push(element);
    return element;
  }

  get hasPurpose() {
    return this.options.clientSecret !== undefined || this.options.mode !== undefined;
  }

  getElement(type, options = {}) {
    if (typeof type === 'function' && type.__elementType) return this.getElement(type.__elementType);
    const found = this.elements.find((each) => {
      const element = implementationOf(each);
      return element.type === type && (!options.mode || element.options.mode === options.mode);
    });
    return found || null;
  }

  forget(implementation) {
    this.elements = this.elements.filter((each) => implementationOf(each) !== implementation);
  }

  async update(options = {}) {
    refuseUnless(options.clientSecret === undefined
      || options.clientSecret === this.options.clientSecret,
    'The clientSecret of elements() cannot be changed. Call elements() again.');
    const next = { ...this.options, ...readGroupOptions(options) };
    checkGroupOptions(next);
    nameGroupOptions(next);
    this.options = next;
    if (options.locale) this.locale = localeOf(options.locale);
    if (options.fonts) await this.loadFonts(options.fonts);
    this.submitted = false;
    const context = await this.context();
    await Promise.all(this.mounted().map((each) => each.frame.call('group', context)));
    this.listeners.tell('update-end');
  }

  async submit() {
    const answer = await this.controller().call('submit', { frames: this.frames() });
    if (answer.error) return { error: answer.error };
    this.submitted = true;
    return answer.selectedPaymentMethod
      ? { selectedPaymentMethod: answer.selectedPaymentMethod } : {};
  }

  async fetchUpdates() {
    const context = await this.context();
    const answers = await Promise.all(
      this.mounted().map((each) => each.frame.call('refresh', context)),
    );
    const wrong = answers.find((each) => each && each.error);
    return wrong ? { error: wrong.error } : {};
  }
}

const groupOf = (elements) => {
  const found = behind(elements);
  refuseUnless(found instanceof Group,
    'This is no Elements instance: create one with stripe.elements().');
  return found;
};

class Elements {
  constructor(group) { standFor(this, group); }

  create(type, options) { return groupOf(this).create(type, options); }
  getElement(type, options) { return groupOf(this).getElement(type, options); }
  update(options) { return groupOf(this).update(options); }
  submit() { return groupOf(this).submit(); }
  fetchUpdates() { return groupOf(this).fetchUpdates(); }

  // 'update-end' is what a group tells.
  on(event, handler) { groupOf(this).listeners.on(event, handler); }
  once(event, handler) { groupOf(this).listeners.once(event, handler); }
  off(event, handler) { groupOf(this).listeners.off(event, handler); }
}

const localeOf = (wanted) =>
  (!wanted || wanted === 'auto' ? navigator.language || 'en' : String(wanted));
