// IBAN: one line for a bank account in Europe; the page draws the box around.

import { styleRules } from './bare_style.js';
import { glyph } from './brands.js';
import { run } from './core.js';
import { build, textField } from './field.js';
import { checkIban, countryOf, EXAMPLES, formatIban, strip } from './iban_rules.js';
import { say } from './words.js';

run((context, { changed }) => {
  const { options } = context;
  const countries = () => {
    const named = context.options.supportedCountries;
    // SEPA stands for all countries that have it.
    return !named || named.includes('SEPA') ? null : named;
  };
  const field = textField({
    name: 'iban', scope: 'iban', label: 'IBAN', short: true, autocomplete: 'off',
    placeholder: EXAMPLES[options.placeholderCountry] || EXAMPLES.DE, format: formatIban,
    check: (text) => checkIban(text, countries()), onChange: changed, maxlength: 42,
    earlyCheck: (text) => {
      const code = strip(text).length >= 2 ? checkIban(text, countries()) : null;
      return code === 'incomplete_iban' ? null : code;
    },
  });
  const icon = build('span', { class: 'Bare-icon', html: glyph('bank') });
  const root = build('div', { class: 'Bare' }, icon, field.root);
  const draw = () => {
    icon.hidden = Boolean(context.options.hideIcon);
    field.input.disabled = Boolean(context.options.disabled);
  };
  draw();
  return {
    root,
    rules: () => styleRules(context.options.style),
    state: () => {
      const problem = field.problem();
      return {
        empty: field.isEmpty, complete: field.isComplete, country: countryOf(field.value),
        bankName: '',
        error: problem
          ? { type: 'validation_error', code: problem.code, message: problem.message } : undefined,
      };
    },
    validate: () => {
      const wrong = field.validate();
      if (!wrong) return {};
      field.input.focus();
      return { error: { type: 'validation_error', code: wrong.code, message: wrong.message } };
    },
    read: () => ({ type: 'sepa_debit', sepa_debit: { iban: strip(field.value) } }),
    clear: () => { field.value = ''; },
    update: (next) => {
      context.options = next;
      draw();
    },
    reject: (_, message) => field.reject(message),
  };
});
