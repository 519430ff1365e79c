// Refused: calls for payment methods and products that no gateway here has, refused by name.

const REFUSED_PAYMENTS = {
  AcssDebit: 'acss_debit', Affirm: 'affirm', AfterpayClearpay: 'afterpay_clearpay',
  Alipay: 'alipay', AuBecsDebit: 'au_becs_debit', Bancontact: 'bancontact', Billie: 'billie',
  Blik: 'blik', Boleto: 'boleto', Cashapp: 'cashapp', Eps: 'eps', Fpx: 'fpx', Giropay: 'giropay',
  GrabPay: 'grabpay', Ideal: 'ideal', Klarna: 'klarna', Konbini: 'konbini',
  Mobilepay: 'mobilepay', Multibanco: 'multibanco', Oxxo: 'oxxo', P24: 'p24',
  PayByBank: 'pay_by_bank', PayNow: 'paynow', PayPal: 'paypal', Pix: 'pix',
  PromptPay: 'promptpay', Sofort: 'sofort', Swish: 'swish', Twint: 'twint',
  WechatPay: 'wechat_pay', Zip: 'zip',
};
const REFUSED_SETUPS = {
  AcssDebit: 'acss_debit', AmazonPay: 'amazon_pay', AuBecsDebit: 'au_becs_debit',
  Bancontact: 'bancontact', Blik: 'blik', Cashapp: 'cashapp', Ideal: 'ideal', PayPal: 'paypal',
  Sofort: 'sofort',
};
const REFUSED_CALLS = {
  collectBankAccountForPayment: 'Financial Connections',
  collectBankAccountForSetup: 'Financial Connections',
  collectBankAccountToken: 'Financial Connections',
  collectFinancialConnectionsAccounts: 'Financial Connections',
  createEphemeralKeyNonce: 'Issuing',
  createFinancialAccountDisclosure: 'A financial account disclosure',
  createIssuingDisclosure: 'An issuing disclosure',
  createRadarSession: 'A Radar session',
  createSource: 'The Sources API',
  createTreasuryDisclosure: 'A treasury disclosure',
  processOrder: 'The Orders API',
  retrieveOrder: 'The Orders API',
  retrieveSource: 'The Sources API',
  verifyIdentity: 'Identity verification',
};

const refusedCalls = () => {
  const calls = {};
  const refuse = (what) => async () => ({ error: notSupported(what) });
  for (const [name, type] of Object.entries(REFUSED_PAYMENTS)) {
    calls[`confirm${name}Payment`] = refuse(`The payment method ${type}`);
  }
  for (const [name, type] of Object.entries(REFUSED_SETUPS)) {
    calls[`confirm${name}Setup`] = refuse(`The payment method ${type}`);
  }
  for (const [name, what] of Object.entries(REFUSED_CALLS)) calls[name] = refuse(what);
  return calls;
};

// Payment requests end where they begin: no browser wallet can be had without a live network.
const paymentRequest = (options) => {
  refuseUnless(isObject(options) && options.total && options.currency && options.country,
    'stripe.paymentRequest() needs country, currency and total.');
  const listeners = new Listeners();
  const request = {
    canMakePayment: async () => null,
    show: () => { throw new IntegrationError('No wallet can be had: canMakePayment() was null.'); },
    update: () => {},
    abort: () => {},
    isShowing: () => false,
    on: (event, handler) => { listeners.on(event, handler); return request; },
    once: (event, handler) => { listeners.once(event, handler); return request; },
    off: (event, handler) => { listeners.off(event, handler); return request; },
  };
  return request;
};
