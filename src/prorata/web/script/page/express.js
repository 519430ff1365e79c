// Express: the sandbox's wallet. The page may have its say between a click and the payment.

const WALLET = 'google_pay';

const openWallet = (element, detail) => {
  if (detail.step !== 'click') return;
  let isAnswered = false;
  const resolve = (details = {}) => {
    if (isAnswered) return;
    isAnswered = true;
    showWallet(element, { ...element.options, ...details });
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
        expressPaymentType: WALLET,
        paymentFailed: (payload = {}) => {
          if (payload.message) console.warn(payload.message);
        },
      });
    }
  };
};
