// Notes: elements that say something, or let choose between a few things, and hold no secrets.

import { run, tell } from './core.js';
import { build, selectField } from './field.js';
import { say } from './words.js';

const DRAWN = {
  terms: (context) => build('p', { class: 'TermsText' }, context.options.text || say('terms_card', {
    business: context.options.business?.name || context.business || say('the_seller'),
  })),
  linkSignup: () => build('p', { class: 'TermsText' }, say('link_signup')),
  // Nothing is offered by instalments here, and so nothing is promoted.
  paymentMethodMessaging: () => build('span', {}),
};

run((context, { changed }) => {
  if (context.type === 'currencySelector') return currencies(context, changed);
  const root = DRAWN[context.type](context);
  return {
    root, state: () => ({ empty: true, complete: true }), validate: () => ({}), read: () => ({}),
    update: () => {},
  };
});

// One currency leaves nothing to choose.
function currencies(context, changed) {
  const options = context.currencies || [];
  if (options.length < 2) {
    return {
      root: build('span', {}), state: () => ({ empty: true, complete: true }),
      validate: () => ({}), read: () => ({}),
    };
  }
  const field = selectField({
    name: 'currency', scope: 'currency', label: say('total'), value: context.currency,
    choices: options.map((each) => [each.currency, `${each.currency.toUpperCase()} ${each.amount}`]),
    onChange: () => { tell('checkout', { type: 'currency', currency: field.value }); changed(); },
  });
  return {
    root: field.root, state: () => ({ empty: false, complete: true, value: { currency: field.value } }),
    validate: () => ({}), read: () => ({}),
  };
}
