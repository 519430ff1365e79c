// Contact: the payer's address of e-mail.

import { checkEmail } from './contact_rules.js';
import { run } from './core.js';
import { build, textField, validateAll } from './field.js';
import { say } from './words.js';

run((context, { changed }) => {
  const field = textField({
    name: 'email', scope: context.type, label: say('email'), type: 'email', inputmode: 'email',
    autocomplete: 'email', placeholder: say('email_example'),
    value: context.options.defaultValues?.email || '', onChange: changed,
    check: checkEmail,
  });
  return {
    root: build('div', { class: 'Stack' }, field.root),
    state: () => ({
      empty: field.isEmpty, complete: field.isComplete, value: { email: field.value },
    }),
    validate: () => {
      const error = validateAll([field]);
      return error ? { error } : {};
    },
    read: () => ({ email: field.value }),
    focus: () => field.input.focus(),
    clear: () => { field.value = ''; },
  };
});
