// Methods: the ways to pay, one of them open; what is typed there goes to the API and nowhere else.

import { brandMark, glyph, SHOWN_BRANDS } from '../elements/brands.js';
import {
  brandOf, checkCvc, checkExpiry, checkNumber, checkPostalCode, comparesPostalCode, digitsOf,
  formatCvc, formatExpiry, formatNumber, isFullNumber, readCard,
} from '../elements/card_rules.js';
import {
  checkAccount, checkBacsAccount, checkRouting, checkSortCode, formatSortCode, onlyDigits,
} from '../elements/debit_rules.js';
import { checkIban, formatIban, strip } from '../elements/iban_rules.js';
import { postalName } from '../elements/countries.js';
import { say } from '../elements/words.js';
import { fillCountries } from './address.js';
import { showError } from './fields.js';
import { all, callApi, callPage, facts, find, word } from './page.js';

// A card in the gateway's own fields, where it has some.
let theirs = null;

export function startMethods() {
  for (const radio of all('input[name="method"]')) radio.addEventListener('change', open);
  for (const each of all('[data-brand]')) {
    each.innerHTML = each.dataset.brand === 'bank' ? glyph('bank') : brandMark(each.dataset.brand);
  }
  for (const each of all('[data-glyph]')) each.innerHTML = glyph(each.dataset.glyph === 'card' ? 'card' : 'bank');
  for (const each of all('[data-brands]')) each.innerHTML = SHOWN_BRANDS.map(brandMark).join('');
  for (const each of all('[data-forget]')) each.addEventListener('click', () => forget(each));
  for (const each of all('[data-terms]')) {
    each.textContent = say(`terms_${each.dataset.terms}`, { business: facts.business });
  }
  if (find('card-number')) startCard();
  if (find('gateway-card')) startTheirs();
  startPlace();
  typed('iban', formatIban);
  for (const [id, most] of [['us-routing', 9], ['us-account', 17], ['bacs-account', 8]]) {
    typed(id, onlyDigits(most));
  }
  typed('bacs-sort', formatSortCode);
  // A browser that comes back to the page has chosen already.
  open();
}

export const chosen = () => document.querySelector('input[name="method"]:checked')?.value
  || document.querySelector('[data-method]')?.dataset.method || null;
export const isSaved = (method) => Boolean(method?.startsWith('pm_'));

function open() {
  for (const method of all('[data-method]')) {
    find(`form-${method.dataset.method}`).hidden = method.dataset.method !== chosen();
  }
}

async function forget(button) {
  if (!window.confirm(word('forget'))) return;
  const { error } = await callPage('/remove_payment_method', { payment_method: button.dataset.forget });
  if (error) return;
  button.closest('.method').remove();
  const first = document.querySelector('input[name="method"]');
  first.checked = true;
  open();
  first.focus();
}

// Keep what is typed in its form, and the caret behind the same character.
function typed(id, format, after = () => {}) {
  const input = find(id);
  if (!input) return;
  let previous = input.value;
  input.addEventListener('input', () => {
    const caret = input.selectionStart;
    const behind = input.value.slice(0, caret).replace(/[^A-Za-z0-9]/g, '').length;
    const atEnd = caret === input.value.length;
    input.value = format(input.value, previous);
    previous = input.value;
    if (!atEnd && document.activeElement === input) {
      let place = 0;
      for (let seen = 0; seen < behind && place < input.value.length; place += 1) {
        if (/[A-Za-z0-9]/.test(input.value[place])) seen += 1;
      }
      input.setSelectionRange(place, place);
    }
    after(input);
  });
}

function startCard() {
  const [number, expiry, cvc] = ['card-number', 'card-exp', 'card-cvc'].map(find);
  typed('card-number', formatNumber, () => {
    drawBrand(number.value);
    if (isFullNumber(number.value)) pass(number, expiry, checkNumber(number.value));
  });
  typed('card-exp', formatExpiry, () => {
    if (digitsOf(expiry.value).length === 4) pass(expiry, cvc, checkExpiry(expiry.value));
  });
  typed('card-cvc', (text) => formatCvc(text, number.value ? brandOf(number.value).cvc : 4));
  for (const input of [number, expiry, cvc]) {
    input.addEventListener('blur', () => {
      if (input.value) showError(input, wrongCard()[input.id] || '');
    });
  }
  drawBrand(number.value);
  find('cvc-mark').innerHTML = glyph('cvc');
}

async function startTheirs() {
  const { gatewayCard } = await import('../design/gateway_card.js');
  theirs = gatewayCard(find('gateway-card'));
}

function startPlace() {
  const country = find('card-country');
  if (!country) return;
  fillCountries(country, find('place').dataset.country);
  country.addEventListener('change', place);
  place();
}

// A field that is full and right hands on to the next one; a wrong one says so at once.
function pass(input, next, wrong) {
  if (wrong && wrong.startsWith('invalid')) showError(input, say(wrong));
  else if (!wrong && document.activeElement === input && !next.value
    && input.selectionStart === input.value.length) next.focus();
}

function drawBrand(number) {
  const { brand } = brandOf(number);
  const known = brand !== 'unknown';
  find('card-holder').classList.toggle('is-known', known);
  find('card-marks').innerHTML = known ? brandMark(brand) : SHOWN_BRANDS.map(brandMark).join('');
}

// Some countries' banks compare the postal code.
function place() {
  const country = find('card-country');
  const zip = find('card-zip');
  const isCompared = comparesPostalCode(country.value);
  zip.parentElement.hidden = !isCompared;
  zip.required = isCompared;
  country.classList.toggle('bl', !isCompared);
  country.classList.toggle('br', !isCompared);
  const label = postalName(country.value);
  zip.placeholder = label;
  zip.parentElement.querySelector('label').textContent = label;
}

function wrongCard() {
  const value = (id) => find(id).value;
  const codes = find('gateway-card') ? {} : {
    'card-number': checkNumber(value('card-number')),
    'card-exp': checkExpiry(value('card-exp')),
    'card-cvc': checkCvc(value('card-cvc'), value('card-number')),
  };
  const found = {};
  if (find('gateway-card') && (!theirs || theirs.check())) found['gateway-card'] = 'incomplete';
  for (const [id, code] of Object.entries(codes)) if (code) found[id] = say(code);
  if (!value('card-name').trim()) found['card-name'] = word('required');
  const zip = find('card-zip');
  if (zip && !zip.parentElement.hidden) {
    const code = checkPostalCode(zip.value, value('card-country'));
    if (code) found['card-zip'] = say(code);
  }
  return found;
}

const wrong = (id, check) => {
  const code = check(find(id).value);
  return code ? say(code) : null;
};
const lacks = (id) => (find(id).value.trim() ? null : word('required'));

const CHECKS = {
  card: () => (find('card-name') ? wrongCard() : { 'payment-title': word('declined') }),
  sepa_debit: () => ({ iban: wrong('iban', checkIban), 'sepa-name': lacks('sepa-name') }),
  us_bank_account: () => ({
    'us-name': lacks('us-name'), 'us-routing': wrong('us-routing', checkRouting),
    'us-account': wrong('us-account', checkAccount),
  }),
  bacs_debit: () => ({
    'bacs-name': lacks('bacs-name'),
    'bacs-sort': wrong('bacs-sort', checkSortCode),
    'bacs-account': wrong('bacs-account', checkBacsAccount),
  }),
};

// Return the fields of the open method that are wrong.
export function checkMethod() {
  const method = chosen();
  if (!method || isSaved(method)) return [];
  const found = CHECKS[method]();
  for (const input of all(`#form-${method} input`)) showError(input, found[input.id] || '');
  return Object.keys(found).filter((id) => found[id]).map(find);
}

// Make the open method; return what the API answers.
export async function makeMethod(billing) {
  const method = readMethod(billing);
  if (method.type === 'card' && theirs) {
    const kept = await keepToken(method);
    if (kept.error) return kept;
    method.card = { token: kept.body.id };
  }
  return callApi('POST', '/v1/payment_methods', method);
}

// What the gateway's own fields hold becomes a token of ours, for one use.
async function keepToken({ billing_details }) {
  const { token, error } = await theirs.tokenize(billing_details);
  if (error) {
    theirs.say(error.message);
    return { error: { type: 'card_error', ...error } };
  }
  return callApi('POST', '/v1/prorata/tokens', { token, billing_details });
}

// Return the open method as POST /v1/payment_methods takes it.
function readMethod(billing) {
  const type = chosen();
  const digits = (id) => digitsOf(find(id).value);
  const details = { ...billing };
  const name = (id) => { details.name = find(id).value.trim() || details.name; };
  let data = {};
  if (type === 'card') {
    if (!theirs) {
      data = readCard(...['card-number', 'card-exp', 'card-cvc'].map((id) => find(id).value));
    }
    name('card-name');
    if (find('card-country')) {
      details.address = { country: find('card-country').value };
      if (!find('card-zip').parentElement.hidden) details.address.postal_code = find('card-zip').value.trim();
    }
  } else if (type === 'sepa_debit') {
    data = { iban: strip(find('iban').value) };
    name('sepa-name');
  } else if (type === 'us_bank_account') {
    data = {
      routing_number: digits('us-routing'), account_number: digits('us-account'),
      account_holder_type: find('us-holder').value,
    };
    name('us-name');
  } else if (type === 'bacs_debit') {
    data = { sort_code: digits('bacs-sort'), account_number: digits('bacs-account') };
    name('bacs-name');
  }
  return { type, [type]: data, billing_details: details };
}

// Return the field that a declined card is mended in, or null.
export function fieldOfDecline(error) {
  const code = error.decline_code || error.code || '';
  if (/cvc/.test(code)) return find('card-cvc');
  if (/number/.test(code)) return find('card-number');
  if (/expir/.test(code)) return find('card-exp');
  if (/zip/.test(code)) return find('card-zip') || find('billing-postalCode');
  return null;
}
