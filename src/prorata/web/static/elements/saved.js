// Saved: what the customer has paid with before and let be shown again.

import { ask } from './api.js';
import { BRAND_NAMES, brandMark, glyph } from './brands.js';
import { tell } from './core.js';
import { build } from './field.js';
import { needStyle } from './look.js';
import { methodName } from './payment_forms.js';
import { say } from './words.js';

await needStyle('lists');

const BIN = `<svg class="glyph" viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none"
  stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"><path
  d="M4.5 6.8h15M9.5 6.5V4.6h5v1.9M6.6 7l.8 12.4h9.2L17.4 7M10.2 10.5v5.6m3.6-5.6v5.6"/></svg>`;

const nameOf = (method) => {
  const details = method[method.type] || {};
  const name = method.type === 'card' ? BRAND_NAMES[details.brand] || 'Card' : methodName(method.type);
  return `${name} •••• ${details.last4}`;
};
const expiryOf = ({ card }) => (card
  ? `${String(card.exp_month).padStart(2, '0')} / ${String(card.exp_year).slice(-2)}` : '');

function detach({ checkout, ...context }, { id }) {
  if (checkout) {
    return ask(context, 'POST', `/v1/payment_pages/${checkout.id}/remove_payment_method`, {
      client_secret: checkout.secret, payment_method: id,
    });
  }
  return ask(context, 'POST', `/v1/elements/payment_methods/${id}/detach`, {
    customer_session_client_secret: context.group.customerSessionClientSecret,
  });
}

export function savedList(context, session, { onSelect, onGone }) {
  const methods = new Map((session.customer?.payment_methods || []).map((each) => [each.id, each]));
  const mayRemove = session.customer?.features?.payment_method_remove === 'enabled';

  async function remove(method) {
    if (!window.confirm(say('remove_question', { method: nameOf(method) }))) return;
    const { error } = await detach(context, method);
    const { id, type, billing_details } = method;
    tell('savedpaymentmethodremove', {
      success: !error, error: error?.message, payment_method: { id, type, billing_details },
    });
    if (error) return;
    methods.delete(method.id);
    onSelect(methods.keys().next().value || session.payment_method_preference
      .ordered_payment_method_types[0]);
    onGone();
  }

  function row(method, isSelected) {
    const input = build('input', {
      type: 'radio', name: 'saved', id: method.id, value: method.id, class: 'RadioIcon',
    });
    input.checked = isSelected;
    input.addEventListener('change', () => onSelect(method.id));
    const mark = method.type === 'card' ? brandMark(method.card.brand) : glyph('bank');
    const item = build('div', {
      class: `AccordionItem${isSelected ? ' AccordionItem--selected' : ''}`,
    }, build('label', { class: 'AccordionItem-head', for: method.id }, input,
      build('span', { class: 'Marks', html: mark }),
      build('span', { class: 'AccordionItemLabel' }, nameOf(method)),
      build('span', { class: 'Quiet' }, expiryOf(method))));
    if (mayRemove) {
      const button = build('button', {
        type: 'button', class: 'IconButton', 'aria-label': say('remove', { method: nameOf(method) }),
        html: BIN,
      });
      button.addEventListener('click', () => remove(method));
      item.append(button);
    }
    return item;
  }

  return {
    get ids() { return Array.from(methods.keys()); },
    has: (id) => methods.has(id),
    get: (id) => methods.get(id),
    draw(selected, onNew) {
      const input = build('input', {
        type: 'radio', name: 'saved', id: 'saved-new', value: 'new', class: 'RadioIcon',
      });
      input.checked = selected === 'new';
      input.addEventListener('change', onNew);
      return build('div', { class: 'Accordion', role: 'radiogroup', 'aria-label': say('saved') },
        ...Array.from(methods.values(), (each) => row(each, each.id === selected)),
        build('div', { class: `AccordionItem${input.checked ? ' AccordionItem--selected' : ''}` },
          build('label', { class: 'AccordionItem-head', for: 'saved-new' }, input,
            build('span', { class: 'AccordionItemLabel' }, say('new_method')))));
    },
  };
}
