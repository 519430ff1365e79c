// Debit forms: bank accounts that are debited, in euros, dollars and pounds.

import { checkEmail } from './contact_rules.js';
import {
  checkAccount, checkBacsAccount, checkRouting, checkSortCode, formatSortCode, onlyDigits,
} from './debit_rules.js';
import { build, selectField, textField } from './field.js';
import { checkIban, EXAMPLES, formatIban, strip } from './iban_rules.js';
import { likelyCountry } from './countries.js';
import { asked, defaultsOf, details, isShown, nameField } from './payment_forms.js';
import { say } from './words.js';

function emailField(context, onChange) {
  return textField({
    name: 'email', label: say('email'), type: 'email', autocomplete: 'email', inputmode: 'email',
    placeholder: say('email_example'), value: defaultsOf(context).email || '', check: checkEmail,
    onChange,
  });
}

// A form of a debit: who holds the account, their address of e-mail, and the account itself.
function debitForm(context, type, onChange, account, read, more = []) {
  const wished = asked(context, type);
  const name = isShown(wished.name, true) ? nameField(context, 'account_holder', onChange) : null;
  const email = isShown(wished.email, true) ? emailField(context, onChange) : null;
  const fields = [...account, ...(name ? [name] : []), ...(email ? [email] : []), ...more];
  return {
    type, glyph: 'bank', fields,
    root: build('div', { class: `Grid Grid--${type}` }, ...fields.map((each) => each.root)),
    place: () => { if (email) email.root.hidden = asked(context, type).email === 'never'; },
    read: () => ({ type, [type]: read(), billing_details: details(context, { name, email }) }),
    named: { number: account[account.length - 1] },
  };
}

function sepaForm(context, onChange) {
  const iban = textField({
    name: 'iban', label: 'IBAN', placeholder: EXAMPLES[likelyCountry(context.locale)] || EXAMPLES.DE,
    format: formatIban, check: checkIban, maxlength: 42, onChange,
  });
  return debitForm(context, 'sepa_debit', onChange, [iban], () => ({ iban: strip(iban.value) }));
}

function bankForm(context, onChange) {
  const holder = selectField({
    name: 'accountHolderType', label: say('holder_type'), onChange,
    choices: [['individual', say('individual')], ['company', say('company')]],
  });
  const routing = textField({
    name: 'routingNumber', label: say('routing_number'), inputmode: 'numeric', onChange,
    placeholder: '110000000', format: onlyDigits(9), check: checkRouting,
  });
  const account = textField({
    name: 'accountNumber', label: say('account_number'), inputmode: 'numeric', onChange,
    placeholder: '000123456789', format: onlyDigits(17), check: checkAccount,
  });
  return debitForm(context, 'us_bank_account', onChange, [routing, account], () => ({
    account_holder_type: holder.value, routing_number: routing.value, account_number: account.value,
  }), [holder]);
}

function bacsForm(context, onChange) {
  const sort = textField({
    name: 'sortCode', label: say('sort_code'), inputmode: 'numeric', placeholder: '10-88-00',
    format: formatSortCode, check: checkSortCode, onChange,
  });
  const account = textField({
    name: 'accountNumber', label: say('account_number'), inputmode: 'numeric', onChange,
    placeholder: '00012345', format: onlyDigits(8), check: checkBacsAccount,
  });
  return debitForm(context, 'bacs_debit', onChange, [sort, account], () => ({
    sort_code: sort.value.replace(/\D/g, ''), account_number: account.value,
  }));
}

export const DEBIT_FORMS = { sepa_debit: sepaForm, us_bank_account: bankForm, bacs_debit: bacsForm };
