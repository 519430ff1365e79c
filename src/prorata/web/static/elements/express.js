// Express: one button that pays at once. Here it opens the sandbox's wallet, in test mode alone.

import { run, tell } from './core.js';
import { build } from './field.js';
import { openSession } from './session.js';
import { walletButton } from './wallet_button.js';

run(async (context, { changed }) => {
  const session = await openSession(context);
  const isWanted = () => (context.options.paymentMethods?.googlePay
    ?? context.options.wallets?.googlePay) !== 'never';
  const isAvailable = session.prorata.wallet && isWanted();
  let paidWith = null;
  const { button, draw } = walletButton(() => tell('wallet', { step: 'click' }));
  const root = build('div', { class: 'Buttons', hidden: !isAvailable }, button);

  draw(context.options);
  return {
    root,
    state: () => ({ empty: paidWith === null, complete: paidWith !== null }),
    readiness: () => ({
      availablePaymentMethods: isAvailable ? {
        amazonPay: false, applePay: false, googlePay: true, klarna: false, link: false, paypal: false,
      } : undefined,
    }),
    validate: () => ({}),
    read: () => paidWith || {},
    update: () => draw(context.options),
    hears: {
      paywith: (method) => {
        paidWith = method;
        changed();
        return {};
      },
    },
  };
});
