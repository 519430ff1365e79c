// Card: a card in one line, or one part of it; the page draws the box around.

import {
  brandOf, checkCvc, checkExpiry, checkNumber, formatCvc, formatExpiry, formatNumber,
  isFullNumber, readCard, readExpiry, digitsOf,
} from './card_rules.js';
import { styleRules } from './bare_style.js';
import { brandMark, glyph } from './brands.js';
import { run } from './core.js';
import { build, textField } from './field.js';
import { openSession, refuseOtherCards } from './session.js';
import { say } from './words.js';

const NARROW = 430;

run(async (context, { changed }) => {
  const session = await openSession({ ...context, group: {} });
  const { type } = context;
  refuseOtherCards(session, type);
  if (session.prorata.gateway_fields) {
    return (await import('./gateway_form.js')).gatewayLine(context, session, changed);
  }
  return type === 'card' ? wholeCard(context, changed) : partOfCard(context, changed);
});

// In its colours, or all in the colour of the text.
const markOf = ({ options }, brand) => (options.iconStyle === 'solid' ? glyph('card') : brandMark(brand));

// The networks of a number, asked for beside it where it has two; {see, read}.
function networksOf(context, number, onChange) {
  let loading;
  let choice;
  return {
    async see() {
      if (!loading && !isFullNumber(number.value)) return;
      loading ||= import('./networks.js').then(({ networkChoice }) => networkChoice({
        scope: 'card', wished: () => context.options.preferredNetwork, onChange,
      }));
      choice = await loading;
      choice.show(digitsOf(number.value), brandOf(number.value).brand);
      const { root, input } = choice.field;
      input.className = 'NetworkChoice';
      input.setAttribute('aria-label', root.querySelector('.Label').textContent);
      input.hidden = root.hidden;
      if (!input.closest('.Bare')) number.root.after(input);
    },
    read: () => choice?.read() || {},
  };
}

const isTyped = (event) => event.inputType === 'insertText' || event.inputType === 'insertFromPaste';

function numberField(onChange, placeholder) {
  return textField({
    name: 'cardnumber', scope: 'card', label: say('card_number'), short: true,
    autocomplete: 'cc-number', inputmode: 'numeric', placeholder, format: formatNumber,
    check: checkNumber, onChange, maxlength: 23, type: 'tel',
    earlyCheck: (text) => (isFullNumber(text) ? checkNumber(text) : null),
  });
}

function expiryField(onChange, placeholder) {
  return textField({
    name: 'exp-date', scope: 'card', label: say('expiry'), short: true, autocomplete: 'cc-exp',
    inputmode: 'numeric', placeholder, format: formatExpiry, check: checkExpiry, onChange,
    type: 'tel',
    earlyCheck: (text) => (digitsOf(text).length >= 4 ? checkExpiry(text) : null),
  });
}

function cvcField(onChange, placeholder, numberOf = () => '') {
  return textField({
    name: 'cvc', scope: 'card', label: say('cvc'), short: true, autocomplete: 'cc-csc',
    inputmode: 'numeric', placeholder, type: 'tel', onChange,
    format: (text) => formatCvc(text, numberOf() ? brandOf(numberOf()).cvc : 4),
    check: (text) => checkCvc(text, numberOf()),
  });
}

function errorOf(fields) {
  const problem = fields.map((each) => each.problem()).find(Boolean);
  return problem
    ? { type: 'validation_error', code: problem.code, message: problem.message } : undefined;
}

function wholeCard(context, changed) {
  const { options } = context;
  const rest = build('div', { class: 'Bare-rest' });
  const icon = build('span', { class: 'Bare-icon' });
  const onChange = () => { draw(); changed(); };
  const number = numberField(() => { onChange(); networks.see(); }, say('card_number'));
  const networks = networksOf(context, number, () => changed());
  const expiry = expiryField(onChange, say('expiry_short'));
  const cvc = cvcField(onChange, say('cvc_short'), () => number.value);
  const isUs = /-US$/i.test(context.locale) || context.locale === 'en';
  const postal = textField({
    name: 'postal', scope: 'card', label: say(isUs ? 'zip' : 'postal_code'), short: true,
    autocomplete: 'billing postal-code', placeholder: say(isUs ? 'zip_short' : 'postal_code_short'),
    value: options.value?.postalCode || '', onChange, maxlength: 12,
    check: (text) => (text.trim().length < (isUs && /^\d*$/.test(text) ? 5 : 3)
      ? 'incomplete_zip' : null),
  });
  rest.append(expiry.root, cvc.root, postal.root);
  const root = build('div', { class: 'Bare Bare--card' }, icon, number.root, rest);
  const all = () => (context.options.hidePostalCode
    ? [number, expiry, cvc] : [number, expiry, cvc, postal]);

  function draw() {
    const { brand } = brandOf(number.value);
    icon.innerHTML = cvc.input === document.activeElement ? glyph('cvc') : markOf(context, brand);
    icon.hidden = Boolean(context.options.hideIcon);
    postal.root.hidden = Boolean(context.options.hidePostalCode);
    for (const each of all()) each.input.disabled = Boolean(context.options.disabled);
    const isMoved = number.isComplete && document.activeElement !== number.input;
    root.classList.toggle('is-narrow', root.clientWidth > 0 && root.clientWidth < NARROW);
    root.classList.toggle('is-moved', isMoved || rest.contains(document.activeElement));
    root.style.setProperty('--tail', number.input.value.split(' ').at(-1).length || 4);
    if (root.matches('.is-narrow.is-moved')) number.input.scrollLeft = number.input.scrollWidth;
  }

  walkOn([number, expiry, cvc, postal], all);
  root.addEventListener('focusin', draw);
  root.addEventListener('focusout', () => setTimeout(draw));
  new ResizeObserver(draw).observe(root);
  draw();
  return {
    root,
    rules: () => styleRules(context.options.style),
    state: () => ({
      empty: all().every((each) => each.isEmpty),
      complete: all().every((each) => each.isComplete),
      error: errorOf(all()),
      brand: brandOf(number.value).brand,
      value: { postalCode: context.options.hidePostalCode ? '' : postal.value },
    }),
    validate: () => validateBare(all()),
    read: () => ({
      type: 'card',
      card: { ...readCard(number.value, expiry.value, cvc.value), ...networks.read() },
      ...(context.options.hidePostalCode || !postal.value
        ? {} : { billing_details: { address: { postal_code: postal.value } } }),
    }),
    focus: () => number.input.focus(),
    clear: () => { for (const each of all()) each.value = ''; draw(); },
    update: (next) => {
      context.options = next;
      if (next.value?.postalCode !== undefined) postal.value = next.value.postalCode;
      draw();
    },
    reject: (name, message) => ({ number, expiry, cvc })[name]?.reject(message),
  };
}

function validateBare(fields) {
  const wrong = fields.map((each) => each.validate()).filter(Boolean);
  if (!wrong.length) return {};
  wrong[0].field.input.focus();
  const { code, message } = wrong[0];
  return { error: { type: 'validation_error', code, message } };
}

// Go on to the next field when one is full, and back when an empty one is erased.
function walkOn(fields, all) {
  fields.forEach((field, place) => {
    field.input.addEventListener('input', (event) => {
      const next = all()[place + 1];
      const isFull = field.isComplete && (place > 0 || isFullNumber(field.value));
      const isCvc = field.name === 'cvc';
      if (next && isTyped(event) && isFull && !(isCvc && field.value.length < 3)) {
        next.input.focus();
      }
    });
    field.input.addEventListener('keydown', (event) => {
      const before = all()[place - 1];
      if (event.key === 'Backspace' && !field.input.value && before) before.input.focus();
    });
  });
}

const PARTS = {
  cardNumber: (onChange, { placeholder }) => numberField(onChange, placeholder ?? '1234 1234 1234 1234'),
  cardExpiry: (onChange, { placeholder }) => expiryField(onChange, placeholder ?? say('expiry_short')),
  cardCvc: (onChange, { placeholder }, numberOf) =>
    cvcField(onChange, placeholder ?? say('cvc_short'), numberOf),
};

function partOfCard(context, changed) {
  const { type } = context;
  const onChange = () => { draw(); changed(); };
  // The number may stand in a sister frame on this very origin: then it says how long a code is.
  const numberOf = () => {
    const sister = (context.siblings || []).find((each) => each.type === 'cardNumber');
    try {
      return sister ? window.parent.frames[sister.name].prorataElement.number() : '';
    } catch {
      return '';
    }
  };
  const networks = type === 'cardNumber' ? networksOf(context, { get value() { return field.value; },
    get root() { return field.root; } }, () => changed()) : null;
  const field = PARTS[type](() => { onChange(); networks?.see(); }, context.options, numberOf);
  const icon = build('span', { class: 'Bare-icon' });
  const root = build('div', { class: 'Bare' }, field.root);
  if (type === 'cardNumber') root.prepend(icon);

  function draw() {
    icon.innerHTML = markOf(context, brandOf(field.value).brand);
    icon.hidden = !context.options.showIcon;
    field.input.disabled = Boolean(context.options.disabled);
  }

  draw();
  const brand = () => (type === 'cardNumber' ? { brand: brandOf(field.value).brand } : {});
  return {
    root,
    rules: () => styleRules(context.options.style),
    number: () => (type === 'cardNumber' ? field.value : ''),
    state: () => ({
      empty: field.isEmpty, complete: field.isComplete, error: errorOf([field]), ...brand(),
    }),
    validate: () => validateBare([field]),
    read: () => ({ type: 'card', card: { ...readPart(type, field), ...networks?.read() } }),
    focus: () => field.input.focus(),
    clear: () => { field.value = ''; draw(); },
    update: (next) => {
      context.options = next;
      if (next.placeholder !== undefined) field.input.placeholder = next.placeholder;
      draw();
    },
    reject: (name, message) => {
      if (type.toLowerCase() === `card${name}`) field.reject(message);
    },
  };
}

function readPart(type, field) {
  if (type === 'cardNumber') return { number: digitsOf(field.value) };
  if (type === 'cardCvc') return { cvc: field.value };
  const { month, year } = readExpiry(field.value);
  return { exp_month: month, exp_year: year };
}
