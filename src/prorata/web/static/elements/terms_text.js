// Terms: what a payer agrees to by paying in some way.

import { say } from './words.js';

const OPTION = {
  card: 'card', sepa_debit: 'sepaDebit', us_bank_account: 'usBankAccount', bacs_debit: 'bacsDebit',
};

export function termsOf(type, context, session, isSaved) {
  const wish = context.options.terms?.[OPTION[type]] || 'auto';
  if (wish === 'never' || !(type in OPTION)) return '';
  const business = context.options.business?.name || session.business_name || say('the_seller');
  if (type !== 'card') return say(`terms_${type}`, { business });
  const isLasting = session.session_mode === 'setup' || session.session_mode === 'subscription'
    || session.setup_future_usage === 'off_session' || isSaved;
  return isLasting || wish === 'always' ? say('terms_card', { business }) : '';
}
