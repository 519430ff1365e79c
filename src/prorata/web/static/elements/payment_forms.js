// Payment forms: for each way to pay, the fields it needs and what they say to the API.

import {
  brandOf, checkCvc, checkExpiry, checkNumber, checkPostalCode, comparesPostalCode, digitsOf,
  formatCvc, formatExpiry, formatNumber, isFullNumber, readCard,
} from './card_rules.js';
import { brandMark, glyph, SHOWN_BRANDS } from './brands.js';
import { build, selectField, textField } from './field.js';
import { countryChoices, likelyCountry, postalName } from './countries.js';
import { say } from './words.js';

// What the page wants asked, and what it says itself: {name, email, phone, country, postalCode}.
export function asked(context, type) {
  const fields = context.options.fields || {};
  const said = { ...wish(fields.billingDetails), ...wish(fields[type]?.billingDetails) };
  const hasAddress = (context.siblings || []).some((each) => each.type === 'address'
    && each.mode === 'billing');
  const hasEmail = (context.siblings || []).some((each) =>
    ['linkAuthentication', 'contactDetails'].includes(each.type));
  return {
    name: said.name || 'auto',
    email: hasEmail ? 'never' : said.email || 'auto',
    country: hasAddress ? 'never' : said.country || 'auto',
    postalCode: hasAddress ? 'never' : said.postalCode || 'auto',
  };
}

function wish(said) {
  if (said === 'never') return { name: 'never', email: 'never', country: 'never', postalCode: 'never' };
  if (!said || typeof said !== 'object') return {};
  const address = typeof said.address === 'object' ? said.address
    : said.address === 'never' ? { country: 'never', postalCode: 'never' } : {};
  return { ...said, ...address };
}

export const defaultsOf = (context) => context.options.defaultValues?.billingDetails || {};

export const isShown = (wished, isUsual) => wished === 'always' || (isUsual && wished !== 'never');

export function details(context, fields) {
  const known = defaultsOf(context);
  const read = {};
  for (const name of ['name', 'email', 'phone']) {
    const value = fields[name]?.value || known[name];
    if (value) read[name] = value;
  }
  const address = { ...(known.address || {}) };
  for (const [name, field] of Object.entries({
    country: fields.country, postal_code: fields.postalCode,
  })) {
    if (field && !field.root.hidden && field.value) address[name] = field.value;
  }
  if (fields.country && fields.postalCode?.root.hidden) delete address.postal_code;
  if (Object.keys(address).length) read.address = address;
  return read;
}

export function nameField(context, label, onChange) {
  return textField({
    name: 'name', label: say(label), autocomplete: label === 'name_on_card' ? 'cc-name' : 'name',
    placeholder: say('name_example'), value: defaultsOf(context).name || '', onChange,
  });
}

// Where the card's owner lives, as far as banks compare it.
export function placeFields(context, onChange) {
  const known = defaultsOf(context).address || {};
  const country = selectField({
    name: 'country', label: say('country'), autocomplete: 'billing country',
    choices: countryChoices(), value: known.country || likelyCountry(context.locale),
    onChange: () => { place(); onChange(); },
  });
  const postalCode = textField({
    name: 'postalCode', label: say('postal_code'), autocomplete: 'billing postal-code',
    value: known.postal_code || '', onChange, maxlength: 12,
    check: (text) => checkPostalCode(text, country.value),
  });

  function place() {
    const now = asked(context, 'card');
    country.root.hidden = !isShown(now.country, true);
    const isCompared = comparesPostalCode(country.value);
    postalCode.root.hidden = !isShown(now.postalCode, isCompared && now.country !== 'never');
    const label = postalCode.root.querySelector('.Label');
    label.textContent = postalName(country.value);
    postalCode.input.placeholder = { US: '12345', GB: 'WS11 1DB', CA: 'A1A 1A1' }[country.value] || '';
  }

  place();
  return { country, postalCode, place };
}

function cardForm(context, onChange) {
  const marks = build('span', { class: 'Marks' });
  const number = textField({
    name: 'number', label: say('card_number'), autocomplete: 'cc-number', inputmode: 'numeric',
    placeholder: '1234 1234 1234 1234', format: formatNumber, check: checkNumber, maxlength: 23,
    earlyCheck: (text) => (isFullNumber(text) ? checkNumber(text) : null), icon: marks,
    onChange: () => { drawMarks(); seeNetworks(); onChange(); },
  });
  const expiry = textField({
    name: 'expiry', label: say('expiry'), autocomplete: 'cc-exp', inputmode: 'numeric',
    placeholder: say('expiry_short'), format: formatExpiry, check: checkExpiry, onChange,
    earlyCheck: (text) => (digitsOf(text).length >= 4 ? checkExpiry(text) : null),
  });
  const cvc = textField({
    name: 'cvc', label: say('cvc'), autocomplete: 'cc-csc', inputmode: 'numeric',
    placeholder: say('cvc_short'), icon: build('span', { class: 'Marks', html: glyph('cvc') }),
    format: (text) => formatCvc(text, number.value ? brandOf(number.value).cvc : 4),
    check: (text) => checkCvc(text, number.value), onChange,
  });
  const wished = asked(context, 'card');
  const name = isShown(wished.name, false) ? nameField(context, 'name_on_card', onChange) : null;
  const { country, postalCode, place } = placeFields(context, onChange);

  function drawMarks() {
    const { brand } = brandOf(number.value);
    marks.innerHTML = brand === 'unknown'
      ? SHOWN_BRANDS.map(brandMark).join('') : brandMark(brand);
  }

  // Which of its networks a card is charged on is asked where it has two.
  async function seeNetworks() {
    if (!networks && !isFullNumber(number.value)) return;
    networks ||= import('./networks.js').then(({ networkChoice }) => networkChoice({
      scope: 'payment', wished: () => context.options.defaultValues?.card?.network, onChange,
    }));
    choice = await networks;
    if (!choice.field.root.isConnected) number.root.after(choice.field.root);
    choice.show(digitsOf(number.value), brandOf(number.value).brand);
  }

  let networks;
  let choice;
  drawMarks();
  const fields = [number, expiry, cvc, ...(name ? [name] : []), country, postalCode];
  walkOn(number, expiry, isFullNumber);
  walkOn(expiry, cvc, (text) => digitsOf(text).length === 4);
  return {
    type: 'card', glyph: 'card', fields,
    root: build('div', { class: 'Grid Grid--card' }, ...(name ? [name.root] : []), number.root,
      expiry.root, cvc.root, country.root, postalCode.root),
    place,
    brand: () => brandOf(number.value).brand,
    read: () => ({
      type: 'card',
      card: { ...readCard(number.value, expiry.value, cvc.value), ...choice?.read() },
      billing_details: details(context, { name, country, postalCode }),
    }),
    named: { number, expiry, cvc, postal: postalCode },
  };
}

function walkOn(field, next, isFull) {
  field.input.addEventListener('input', (event) => {
    if (event.inputType === 'insertText' && isFull(field.value) && field.isComplete) {
      next.input.focus();
    }
  });
}

function transferForm(context) {
  return {
    type: 'customer_balance', glyph: 'transfer', fields: [],
    root: build('p', { class: 'TermsText' }, say('transfer_note')), place: () => {},
    read: () => ({ type: 'customer_balance', billing_details: details(context, {}) }), named: {},
  };
}

const FORMS = { card: cardForm, customer_balance: transferForm };
const DEBITS = ['sepa_debit', 'us_bank_account', 'bacs_debit'];

export const hasForm = (type) => type in FORMS || DEBITS.includes(type);

// Forms of debits are loaded where there is one.
export async function loadForms(types) {
  if (types.some((type) => DEBITS.includes(type)) && !FORMS.sepa_debit) {
    Object.assign(FORMS, (await import('./debit_forms.js')).DEBIT_FORMS);
  }
}

export const formOf = (type, context, onChange) => FORMS[type](context, onChange);
export const methodName = (type) => say(`method_${type}`);
