// Bill: quantities, offers, promotion codes: each is a change, after which the bill is drawn anew.

import {
  all, announce, change, changeSoon, explain, find, isAhead, onParts, word,
} from './page.js';
import { showError } from './fields.js';

const bill = find('bill');
let isOpen = false;

export function startBill() {
  bill.addEventListener('click', press);
  bill.addEventListener('change', choose);
  bill.addEventListener('submit', submit);
  bill.addEventListener('keydown', step);
  onParts(draw);
  fold();
}

function draw(parts) {
  const active = document.activeElement;
  const place = bill.contains(active) ? signOf(active) : null;
  const before = find('amount-now')?.textContent;
  const chosen = isAhead() ? new Map(quantities().map((each) => [idOf(each), each.value])) : null;
  const code = find('code-form')?.hidden === false ? find('code').value : null;
  bill.innerHTML = parts.bill;
  if (code !== null && find('code')) openCode(code);
  // Whoever presses + again adds to the number that was chosen, not to an older answer's.
  if (chosen) for (const each of quantities()) each.value = chosen.get(idOf(each)) ?? each.value;
  fold();
  if (place) (bill.querySelector(place) || bill.querySelector('button:not([disabled]), input'))?.focus();
  const now = find('amount-now')?.textContent;
  if (now && now !== before) announce(word('updated', { amount: now }));
}

function openCode(typed = '') {
  bill.querySelector('.add-code').hidden = true;
  find('code-form').hidden = false;
  find('code').value = typed;
}

const quantities = () => all('[data-stepper] input', bill);
const idOf = (input) => input.closest('[data-stepper]').dataset.id;

// Where the focus was, in words that fit the new bill as well.
function signOf(node) {
  const stepper = node.closest('[data-stepper]');
  if (stepper) {
    const own = node.dataset.step ? `[data-step="${node.dataset.step}"]:not([disabled])` : 'input';
    return `[data-id="${CSS.escape(stepper.dataset.id)}"] ${own}`;
  }
  if (node.dataset.upsell !== undefined) return '[data-upsell]';
  if (node.id) return `#${CSS.escape(node.id)}`;
  return '.fold';
}

function fold() {
  const button = bill.querySelector('.fold');
  bill.classList.toggle('is-folded', Boolean(button) && !isOpen);
  button?.setAttribute('aria-expanded', String(isOpen));
}

async function send(params, input) {
  const error = await change(params);
  if (error && input) showError(input, explain(error));
  return error;
}

function press(event) {
  const button = event.target.closest('button');
  if (!button) return;
  const { dataset } = button;
  if (button.classList.contains('fold')) {
    isOpen = !isOpen;
    fold();
  } else if (button.classList.contains('add-code')) {
    openCode();
    find('code').focus();
  } else if (dataset.step) {
    const input = button.parentElement.querySelector('input');
    setQuantity(input, Number(input.value) + Number(dataset.step));
  } else if (dataset.add === 'cross_sell') send({ cross_sell: dataset.id });
  else if (dataset.add) {
    send({ optional_items: [{ price: dataset.id, quantity: dataset.quantity }] });
  } else if (dataset.remove === 'cross_sell') send({ cross_sell: null });
  else if (dataset.remove) send({ optional_items: [{ price: dataset.id, quantity: 0 }] });
  else if (dataset.dropCode !== undefined) send({ promotion_code: null });
}

function choose(event) {
  const input = event.target;
  if (input.dataset.upsell !== undefined) send({ upsell: input.checked });
  else if (input.closest('[data-stepper]')) setQuantity(input, Number(input.value));
  else if (input.closest('[data-chosen]') && !checkBill().length) setAmount(input);
}

function step(event) {
  const stepper = event.target.closest('[data-stepper]');
  if (!stepper || event.target.tagName !== 'INPUT') return;
  const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (event.key === 'Enter') event.target.blur();
  else if (by) {
    event.preventDefault();
    setQuantity(event.target, Number(event.target.value) + by);
  }
}

function setQuantity(input, wanted) {
  const least = Number(input.dataset.min);
  const most = Number(input.dataset.max);
  const { stepper, id } = input.closest('[data-stepper]').dataset;
  const quantity = Math.min(most, Math.max(least, Math.round(wanted) || least));
  if (wanted !== quantity) announce(word('quantity_range', { least, most }));
  input.value = quantity;
  changeSoon(id, stepper === 'item' ? { line_items: [{ id, quantity }] }
    : { optional_items: [{ price: id, quantity }] });
}

async function submit(event) {
  event.preventDefault();
  const form = event.target;
  if (form.dataset.chosen) {
    const [wrong] = checkBill();
    if (wrong) wrong.focus();
    else setAmount(find('chosen'));
    return;
  }
  const input = find('code');
  const button = form.querySelector('button');
  if (!input.value.trim()) return;
  showError(input, '');
  button.classList.add('is-busy');
  const error = await change({ promotion_code: input.value.trim() });
  button.classList.remove('is-busy');
  if (!error) {
    bill.querySelector('[data-drop-code]')?.focus();
    return;
  }
  const known = ['promotion_code_amount_insufficient', 'coupon_applies_to_nothing'];
  const isLimit = error.type === 'rate_limit_error' || error.type === 'api_connection_error';
  showError(input, known.includes(error.code) || isLimit ? explain(error) : word('unknown_code'));
  input.focus();
}

// Return the field of the amount that the visitor chooses, where what it says is none.
export function checkBill() {
  const input = find('chosen');
  if (!input) return [];
  const { digits, min, max } = input.dataset;
  const amount = minorAmount(input.value, Number(digits));
  const isRight = amount >= Number(min) && amount <= Number(max);
  input.setAttribute('aria-invalid', String(!isRight));
  if (!isRight) announce(word('amount_range'));
  return isRight ? [] : [input];
}

function setAmount(input) {
  const id = input.closest('[data-chosen]').dataset.chosen;
  const amount = minorAmount(input.value, Number(input.dataset.digits));
  changeSoon(id, { line_items: [{ id, amount }] });
}

// Return what was typed in minor units, NaN where it is no amount: "1,000", "1.000,5" and "20" are.
function minorAmount(text, digits) {
  const plain = text.replace(/[\s'’\p{L}\p{Sc}]/gu, '');
  const [, whole, part = ''] = new RegExp(`^(.*?)(?:[.,](\\d{0,${digits}}))?$`).exec(plain);
  if (!/^(\d+|\d{1,3}([.,]\d{2,3})*[.,]\d{3})$/.test(whole)) return NaN;
  return Number(whole.replace(/[.,]/g, '') + part.padEnd(digits, '0'));
}
