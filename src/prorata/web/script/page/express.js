// Express: the sandbox's wallet. The page may have its say between a click and the payment.

const WALLET = 'google_pay';
// Whoever says one of these asks for what it needs, and for no billing address unless it says so.
const ASKS_ITSELF = ['allowedShippingCountries', 'applePay', 'business', 'emailRequired',
  'lineItems', 'phoneNumberRequired', 'shippingAddressRequired'];
const asksBilling = (options) => options.billingAddressRequired
  ?? !ASKS_ITSELF.some((name) => options[name] !== undefined);

// What the session behind a checkout's button or form needs to know of the payer.
const askedOf = ({ group: { checkout } }) => {
  if (!checkout?.page) return {};
  const { collects, collected, shipping_options: rates } = checkout.page;
  return {
    emailRequired: !collects.email_locked && !collected.email, billingAddressRequired: true,
    phoneNumberRequired: Boolean(collects.phone),
    shippingAddressRequired: Boolean(collects.shipping_countries),
    allowedShippingCountries: collects.shipping_countries || undefined,
    shippingRates: rates.map(({ id, amount, display_name: displayName }) => ({
      id, amount, displayName,
    })),
  };
};

const openWallet = (element, detail) => {
  if (detail.step !== 'click') return;
  let isAnswered = false;
  const resolve = (details = {}) => {
    if (isAnswered) return;
    isAnswered = true;
    const options = { ...askedOf(element), ...element.options, ...details };
    showWallet(element, { ...options, billingAddressRequired: asksBilling(options) });
  };
  const reject = () => { isAnswered = true; };
  if (!element.listeners.has('click')) {
    resolve();
    return;
  }
  element.tell('click', { expressPaymentType: WALLET, resolve, reject });
};

const showWallet = (element, details) => {
  const { group } = element;
  const frame = new Frame('wallet', {
    title: 'Sandbox wallet',
    locale: group.locale,
    init: async () => ({
      ...await group.context(), options: plain(details), total: plain(group.walletTotal || null),
    }),
    hear: (type, said) => heardWallet(type, said),
  });
  const close = () => {
    modal.close();
    frame.remove();
  };
  const modal = new Modal({
    iframe: frame.iframe,
    label: 'Sandbox wallet',
    onClose: () => {
      close();
      element.tell('cancel', {});
    },
  });
  const ask = (event, said) => {
    if (!element.listeners.has(event)) {
      frame.send('resolved', {});
      return;
    }
    element.listeners.tell(event, {
      ...said,
      resolve: (answer) => frame.send('resolved', plain(answer || {})),
      reject: () => frame.send('rejected'),
    });
  };
  const heardWallet = async (type, said) => {
    if (type === 'cancel') {
      close();
      element.tell('cancel', {});
    } else if (type === 'shippingaddresschange' || type === 'shippingratechange') {
      ask(type, said);
    } else if (type === 'pay') {
      await element.frame.call('paywith', said.method);
      close();
      element.listeners.tell('confirm', {
        ...said.event,
        ...(element.type === 'paymentForm' ? { source: 'checkout-form-ece' } : {}),
        expressPaymentType: WALLET,
        paymentFailed: (payload = {}) => {
          if (payload.message) console.warn(payload.message);
        },
      });
    }
  };
};
