// Confirm: from the press of the button to the seller's page: the method, the confirmation, the
// bank's question, and what is said where it goes wrong.

import { checkAddress, readAddress } from './address.js';
import { checkBill } from './bill.js';
import { checkFields, fieldOf, readFields, showError } from './fields.js';
import { finish } from './frame.js';
import {
  all, announce, callApi, callPage, explain, facts, find, readPage, refresh, settled, word,
} from './page.js';
import { checkMethod, chosen, fieldOfDecline, isSaved, makeMethod } from './methods.js';

const POLL_MILLISECONDS = 1500;
const button = find('submit');
const form = find('form');
let isBusy = false;

export function startConfirm() {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    pay();
  });
  find('verify')?.addEventListener('click', () => verify(facts.deposits));
}

export const needsMethod = () => !find('payment').hidden;
const usesShipping = () => facts.collects.shipping && find('same-address')?.checked;

function check(wallet) {
  const wrong = checkBill().concat(checkFields(form));
  if (facts.collects.shipping) wrong.push(...checkAddress('shipping'));
  if (needsMethod() && !wallet) wrong.push(...checkMethod());
  if (facts.collects.address === 'required' && !usesShipping()) {
    wrong.push(...checkAddress('billing'));
  }
  // The first of them as the page shows them.
  return wrong.sort((one, other) =>
    (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
}

// wallet: a method that was chosen elsewhere, in the place of what is typed.
export async function pay(wallet = null) {
  if (isBusy) return;
  clearProblem();
  const wrong = check(wallet);
  if (wrong.length) {
    wrong[0].focus();
    const text = find(`${wrong[0].id}-error`)?.textContent;
    if (text) announce(text);
    return;
  }
  setBusy(true);
  try {
    const untold = await settled();
    if (untold) return refuse(untold);
    const said = collected();
    const method = await methodOf(said, wallet);
    if (method.error) return refuse(method.error);
    await confirm(said, method.id);
  } catch {
    refuse({ type: 'api_connection_error' });
  }
}

function collected() {
  const said = { ...readFields(form, facts.collects), locale: facts.locale };
  if (facts.collects.shipping && facts.collects.shippingBy === 'visitor') {
    const { name, address } = readAddress('shipping');
    said.shipping = { name, address, phone: said.phone };
  }
  if (facts.collects.address === 'required') {
    said.billing_address = readAddress(usesShipping() ? 'shipping' : 'billing').address;
  }
  return said;
}

// Return {id} of the method to pay with, made now unless it is a saved one, or {error}.
async function methodOf(said, wallet) {
  if (!needsMethod() && facts.due === 0) return { id: undefined };
  const billing = { email: said.email, phone: said.phone, address: said.billing_address };
  if (!wallet && isSaved(chosen())) return { id: chosen() };
  const { body, error } = wallet ? await callApi('POST', '/v1/payment_methods', {
    type: 'card', card: { token: wallet }, billing_details: billing,
  }) : await makeMethod(billing);
  return error ? { error } : { id: body.id };
}

async function confirm(said, method) {
  const { body, error } = await callPage('/confirm', {
    ...said,
    payment_method: method,
    expected_amount: facts.due,
    expected_mark: facts.mark,
    return_url: location.href.split('#')[0],
    use_stripe_sdk: true,
  });
  if (error) refuse(error);
  else await goOn(body);
}

async function goOn(page) {
  if (page.status === 'complete') {
    done();
    await finish(page);
    return;
  }
  const action = page.intent?.next_action;
  if (action?.type === 'redirect_to_url') {
    location.assign(action.redirect_to_url.url);
  } else if (action?.type === 'use_stripe_sdk') {
    await challenge(action.use_stripe_sdk.stripe_js);
    await afterChallenge();
  } else if (action?.type === 'verify_with_microdeposits') {
    await verify(action.verify_with_microdeposits.hosted_verification_url);
  } else refuse(page.last_error || {});
}

// Let the visitor prove to hold the account, now or when the deposits have come.
async function verify(url) {
  await challenge(url);
  await afterChallenge('deposits');
}

// Show the bank's question above the page; resolve when it is answered or closed.
function challenge(url) {
  const dialog = find('challenge');
  // Not before it is needed: a frame without a page costs the painting of this one, too.
  const frame = document.createElement('iframe');
  frame.title = dialog.dataset.frame;
  return new Promise((resolve) => {
    const timer = setInterval(async () => {
      const { body } = await readPage();
      if (body && body.intent?.status !== 'requires_action') end();
    }, POLL_MILLISECONDS);
    const hear = (event) => {
      if (event.source === frame.contentWindow && event.data?.type === 'prorata:challenge') end();
    };
    const end = () => {
      clearInterval(timer);
      window.removeEventListener('message', hear);
      dialog.removeEventListener('close', end);
      if (dialog.open) dialog.close();
      frame.remove();
      resolve();
    };
    window.addEventListener('message', hear);
    dialog.addEventListener('close', end);
    frame.src = url;
    dialog.append(frame);
    dialog.showModal();
  });
}

async function afterChallenge(waitsFor = 'failed_authentication') {
  for (let tries = 0; tries < 8; tries += 1) {
    const { body, error } = await readPage();
    if (error) return refuse(error);
    if (body.status === 'complete') return goOn(body);
    const status = body.intent?.status;
    if (status === 'requires_action') return refuse({ code: waitsFor });
    if (body.last_error && status !== 'processing') return refuse(body.last_error);
    await new Promise((resolve) => { setTimeout(resolve, 250 * (tries + 1)); });
  }
  return refuse({});
}

// Say what went wrong where it can be mended, and let the visitor try again.
async function refuse(error) {
  setBusy(false);
  if (['checkout_session_complete', 'checkout_session_expired'].includes(error.code)) {
    location.reload();
    return;
  }
  if (['checkout_amount_mismatch', 'checkout_page_outdated'].includes(error.code)) {
    await refresh();
    problem(word(error.code));
    return;
  }
  const text = explain(error);
  const input = error.type === 'card_error' ? fieldOfDecline(error) : fieldOf(error.param);
  if (input && !input.closest('[hidden]')) {
    showError(input, text);
    input.focus();
    announce(text);
  } else problem(text);
}

function problem(text) {
  const box = needsMethod() ? find('payment-error') : find('status');
  box.textContent = text;
  if (!needsMethod()) {
    box.className = 'message is-wrong';
    return;
  }
  box.hidden = false;
  box.focus();
  box.scrollIntoView({ block: 'center' });
}

function clearProblem() {
  find('payment-error').hidden = true;
  find('status').className = 'hidden';
}

function setBusy(busy) {
  isBusy = busy;
  button.classList.toggle('is-busy', busy);
  button.setAttribute('aria-disabled', String(busy));
  for (const each of all('#wallet, #wallet-pay')) each.disabled = busy;
  if (busy) announce(word('busy'));
}

function done() {
  button.classList.remove('is-busy');
  button.classList.add('is-done');
  find('submit-words').textContent = `✓ ${word('done')}`;
  announce(word('done'));
}
