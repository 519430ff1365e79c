// Checkout: the page of a session begins here.

import { learn } from '../elements/words.js';
import { startAddresses } from './address.js';
import { startBill } from './bill.js';
import { pay, startConfirm } from './confirm.js';
import { showError, startFields } from './fields.js';
import { askHost } from './frame.js';
import { startMethods } from './methods.js';
import { startTaxId } from './tax_id.js';
import {
  all, change, facts, find, onParts, refresh, word,
} from './page.js';

const form = find('form');

function startRates() {
  find('rates')?.addEventListener('change', (event) => change({ shipping_rate: event.target.value }));
}

// What a box brings and takes away: also where a browser comes back to a page with boxes checked.
function startBoxes() {
  const hides = (id, part, isHidden) => {
    const box = find(id);
    const follow = () => { find(part).hidden = isHidden(box.checked); };
    box?.addEventListener('change', follow);
    if (box) follow();
  };
  hides('as-business', 'business', (isChecked) => !isChecked);
  hides('same-address', 'billing', (isChecked) => isChecked);
}

function startWindows() {
  for (const each of all('dialog [data-close]')) {
    each.addEventListener('click', () => each.closest('dialog').close());
  }
  const wallet = find('wallet-window');
  find('wallet')?.addEventListener('click', () => wallet.showModal());
  find('wallet-pay')?.addEventListener('click', () => {
    const card = wallet.querySelector('input:checked').value;
    wallet.close();
    pay(card);
  });
}

// What is drawn anew beside the bill.
onParts((parts) => {
  find('payment').hidden = !parts.needsMethod;
  if (find('express')) find('express').hidden = !parts.needsMethod;
  find('submit-words').textContent = parts.button;
  if (find('wallet-pay')) find('wallet-pay').textContent = parts.button;
  find('agreement').textContent = parts.agreement;
  find('agreement').hidden = !parts.agreement;
  const rates = find('rates');
  const active = document.activeElement?.value;
  const hadFocus = rates?.contains(document.activeElement);
  if (rates && parts.rates) rates.innerHTML = parts.rates;
  if (hadFocus) rates.querySelector(`[value="${CSS.escape(active)}"]`)?.focus();
});

// Where goods go may change what is due.
async function told(kind, { name, address }) {
  if (kind === 'shipping' && facts.collects.shippingBy === 'server') {
    const event = { shippingDetails: { name, address } };
    const answer = await askHost('shipping', event);
    const wrong = answer?.type === 'reject' ? answer.errorMessage || word('declined') : '';
    showError(find('shipping-line1'), wrong);
    if (!wrong) await refresh();
  } else if (kind === 'shipping') change({ shipping: { name, address } });
  else change({ billing_address: address });
}

document.body.dataset.words = facts.wordsAt;
await learn();
startBill();
startFields(form);
startMethods();
startAddresses(told);
startRates();
startBoxes();
startTaxId(form);
startWindows();
startConfirm();
form.dataset.ready = 'true';
