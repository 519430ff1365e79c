// Pricing: the switch between intervals, and the way from a plan to its checkout.

import { ask } from '../elements/api.js';
import { go } from './framed.js';

const facts = JSON.parse(document.getElementById('facts').textContent);

function show(interval) {
  for (const plan of document.querySelectorAll('.plan')) {
    let has = false;
    for (const price of plan.querySelectorAll('[data-interval]')) {
      price.hidden = price.dataset.interval !== interval;
      has = has || !price.hidden;
    }
    plan.hidden = !has && !plan.dataset.always;
  }
}

for (const input of document.querySelectorAll('input[name="interval"]')) {
  input.addEventListener('change', () => show(input.value));
  if (input.checked) show(input.value);
}

for (const button of document.querySelectorAll('button[data-choose]')) {
  button.addEventListener('click', () => choose(button));
}

async function choose(button) {
  if (document.querySelector('.is-busy')) return;
  const price = button.closest('.plan').querySelector('[data-interval]:not([hidden])').dataset.price;
  const wrong = document.getElementById('wrong');
  wrong.hidden = true;
  button.classList.add('is-busy');
  button.setAttribute('aria-disabled', 'true');
  const { body, error } = await ask({ key: facts.key }, 'POST',
    `/v1/prorata/pricing_tables/${facts.table}/checkout`, { ...facts.chosen, price });
  if (!error) {
    go(body.url);
    return;
  }
  button.classList.remove('is-busy');
  button.removeAttribute('aria-disabled');
  wrong.textContent = facts.wrong;
  wrong.hidden = false;
}

// Coming back by the browser's button finds the plans ready again.
window.addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('.is-busy')) {
    button.classList.remove('is-busy');
    button.removeAttribute('aria-disabled');
  }
});
