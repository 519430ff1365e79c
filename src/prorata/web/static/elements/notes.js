// Notes: elements that say something and ask nothing.

import { run } from './core.js';
import { build } from './field.js';
import { say } from './words.js';

const DRAWN = {
  terms: (context) => build('p', { class: 'TermsText' }, context.options.text || say('terms_card', {
    business: context.options.business?.name || context.business || say('the_seller'),
  })),
  linkSignup: () => build('p', { class: 'TermsText' }, say('link_signup')),
  // Nothing is offered by instalments here, and so nothing is promoted.
  paymentMethodMessaging: () => build('span', {}),
  // A session has one currency, which leaves nothing to choose.
  currencySelector: () => build('span', {}),
};

run((context) => ({
  root: DRAWN[context.type](context), state: () => ({ empty: true, complete: true }),
  validate: () => ({}), read: () => ({}),
}));
