// Fields: what is wrong with what was typed, shown below it, told to screen readers, and mended.

import { all, find, word } from './page.js';

const EMAIL = /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@.<>,;]{2,}$/;

// Show what is wrong with a field; an empty text takes it back.
export function showError(input, text) {
  const place = find(`${input.id}-error`);
  if (text) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
  if (!place) return;
  place.textContent = text;
  place.hidden = !text;
}

export function startFields(form) {
  form.addEventListener('input', (event) => {
    if (event.target.getAttribute('aria-invalid')) showError(event.target, '');
  });
  form.addEventListener('focusout', (event) => {
    const input = event.target;
    if (input.id === 'email' && input.value) showError(input, wrongEmail(input.value));
  });
}

const wrongEmail = (text) => (EMAIL.test(text.trim()) ? '' : word('email'));

export const isShown = (input) => !input.disabled && !input.closest('[hidden]');

// Return the fields of the contact, the additional information and the terms that are wrong.
export function checkFields(form) {
  const wrong = [];
  const mark = (input, text) => {
    showError(input, text);
    if (text) wrong.push(input);
  };
  for (const input of all('input[required], select[required], #email', form)) {
    if (!isShown(input) || input.closest('#payment, [data-address]')) continue;
    if (input.id === 'email') mark(input, wrongEmail(input.value));
    else if (input.type === 'checkbox') mark(input, input.checked ? '' : word('terms'));
    else mark(input, input.value.trim() ? '' : word('required'));
  }
  for (const box of all('[data-custom]', form)) {
    const input = box.querySelector('input');
    if (!input || !input.value.trim()) continue;
    const least = Number(box.dataset.least);
    if (box.dataset.kind === 'numeric' && !/^\d+$/.test(input.value)) mark(input, word('digits'));
    else if (input.value.length < least) mark(input, word('too_short', { least }));
  }
  return wrong;
}

// Return what was typed, as the API takes it.
export function readFields(form, collects) {
  const value = (id) => find(id)?.value.trim() || undefined;
  const said = { email: value('email'), phone: value('phone') };
  for (const name of collects.names) said[name] = value(name);
  const boxes = all('[data-custom]', form);
  if (boxes.length) {
    said.custom_fields = Object.fromEntries(boxes.map((box) => [
      box.dataset.custom, box.querySelector('input, select').value.trim() || null,
    ]));
  }
  if (collects.tax) {
    const isBusiness = find('as-business').checked;
    said.tax_id = isBusiness ? { type: find('tax-type').value, value: value('tax-value') } : null;
    if (isBusiness && value('tax-business')) said.business_name = value('tax-business');
  }
  const consent = {};
  if (find('promotions')) consent.promotions = find('promotions').checked ? 'opt_in' : 'opt_out';
  if (find('terms')?.checked) consent.terms_of_service = 'accepted';
  if (Object.keys(consent).length) said.consent = consent;
  if (find('save')) said.save_payment_method = find('save').checked;
  return said;
}

// Return the field that a parameter of the API was typed into.
export function fieldOf(param) {
  const custom = /^custom_fields\[(.+)\]$/.exec(param || '');
  if (custom) return find(`custom-${custom[1]}`);
  const names = {
    billing_address: 'billing-line1', shipping: 'shipping-line1', 'tax_id[value]': 'tax-value',
    tax_id: 'tax-value', 'consent[terms_of_service]': 'terms', business_name: 'business_name',
  };
  return find(names[param] || param || '') || (param === 'business_name' && find('tax-business'));
}
