// Embedded: a whole checkout page in an iframe, below whatever the page puts above it.

const EMBEDDED = {
  'border': '0', 'margin': '0', 'padding': '0', 'width': '100%', 'display': 'block',
  'min-height': '320px', 'color-scheme': 'light dark',
};
const sessionOf = (secret) => secret.slice(0, secret.indexOf('_secret_'));

let isEmbeddedOpen = false;

class EmbeddedCheckout {
  #secret;
  #options;
  #iframe = null;
  #onMessage = null;
  #isDestroyed = false;

  constructor(stripe, secret, options) {
    this.#secret = secret;
    this.#options = { ...options, key: stripe.key, locale: stripe.locale };
  }

  // What the page calls is bound to this: a wrapping of it, such as Vue's ref(), calls it as well.
  mount = (target) => {
    refuseUnless(!this.#isDestroyed, 'This embedded checkout has been destroyed.');
    const node = typeof target === 'string' ? document.querySelector(target) : target;
    refuseUnless(node, `No element of the page fits ${target}: nothing was mounted.`);
    this.unmount();
    const iframe = document.createElement('iframe');
    iframe.name = 'embedded-checkout';
    iframe.title = 'Secure payment checkout frame';
    iframe.setAttribute('allow', 'payment *');
    styleFrame(iframe, EMBEDDED);
    const query = new URLSearchParams({ origin: location.origin });
    if (this.#options.locale && this.#options.locale !== 'auto') {
      query.set('locale', this.#options.locale);
    }
    iframe.src = `${ORIGIN}/c/embed/${sessionOf(this.#secret)}?${query}#${
      encodeURIComponent(this.#secret)}`;
    this.#iframe = iframe;
    this.#onMessage = (event) => this.#hear(event);
    window.addEventListener('message', this.#onMessage);
    node.appendChild(iframe);
  };

  unmount = () => {
    if (!this.#iframe) return;
    window.removeEventListener('message', this.#onMessage);
    this.#iframe.remove();
    this.#iframe = null;
  };

  destroy = () => {
    this.unmount();
    this.#isDestroyed = true;
    isEmbeddedOpen = false;
  };

  async #hear(event) {
    if (!this.#iframe || event.origin !== ORIGIN || event.source !== this.#iframe.contentWindow) {
      return;
    }
    const { type, detail = {}, ...rest } = isObject(event.data) ? event.data : {};
    const said = { ...rest, ...detail };
    const handlers = this.#options;
    const id = sessionOf(this.#secret);
    if (type === 'prorata:height') {
      this.#iframe.style.setProperty('height', `${said.height}px`, 'important');
    } else if (type === 'prorata:complete') {
      if (handlers.onComplete) handlers.onComplete();
    } else if (type === 'prorata:redirect') {
      location.assign(said.url);
    } else if (type === 'prorata:analytics' && handlers.onAnalyticsEvent) {
      handlers.onAnalyticsEvent({ checkoutSession: id, clientMetadata: {}, ...said });
    } else if (type === 'prorata:shipping') {
      // The cart is the visitor's to change: no permission hands it to the server, so nothing ever
      // calls onLineItemsChange.
      const ask = handlers.onShippingDetailsChange;
      const answer = ask
        ? await ask({ checkoutSessionId: id, ...said.event }) : { type: 'accept' };
      this.#iframe.contentWindow.postMessage(
        { type: `${type}:answer`, call: said.call, answer }, ORIGIN,
      );
    }
  }
}

const createEmbeddedCheckoutPage = async (stripe, options = {}) => {
  refuseUnless(options.clientSecret || typeof options.fetchClientSecret === 'function',
    'An embedded checkout needs clientSecret, or fetchClientSecret: a function that returns it.');
  refuseUnless(!isEmbeddedOpen, 'You cannot have multiple Embedded Checkout objects. Destroy the'
    + ' other one first.');
  isEmbeddedOpen = true;
  try {
    const secret = options.clientSecret || await options.fetchClientSecret();
    refuseUnless(typeof secret === 'string' && /^cs_.+_secret_.+$/.test(secret),
      'fetchClientSecret must return the client_secret of a Checkout Session whose ui_mode is'
      + ' embedded_page.');
    return new EmbeddedCheckout(stripe, secret, options);
  } catch (fault) {
    isEmbeddedOpen = false;
    throw fault;
  }
};
