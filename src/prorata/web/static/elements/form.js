// Form: a whole checkout in one element: who pays, where it goes, how it is paid, and the button.

import { checkEmail, checkPhone } from './contact_rules.js';
import { run, tell } from './core.js';
import { build, textField, validateAll } from './field.js';
import { PaymentElement } from './payment_element.js';
import { openSession } from './session.js';
import { language, say } from './words.js';

const BUTTONS = {
  payment: 'form_pay', subscription: 'form_subscribe', setup: 'form_setup',
  book: 'form_book', donate: 'form_donate',
};

run(async (context, { changed }) => {
  const { checkout } = context;
  const { collects } = checkout;
  const onChange = () => changed();
  const email = collects.email_locked ? null : textField({
    name: 'email', scope: 'form', label: say('email'), type: 'email', autocomplete: 'email',
    inputmode: 'email', value: checkout.collected.email || '', onChange,
    check: checkEmail,
  });
  const phone = collects.phone ? textField({
    name: 'phone', scope: 'form', label: say('phone'), type: 'tel', inputmode: 'tel',
    autocomplete: 'tel', value: checkout.collected.phone || '', onChange,
    check: checkPhone,
  }) : null;
  const address = async (mode, allowedCountries) => {
    const { AddressElement } = await import('./address_element.js');
    return new AddressElement({
      ...context, options: { ...context.options, mode, allowedCountries },
    }, onChange);
  };
  const shipping = collects.shipping_countries
    ? await address('shipping', collects.shipping_countries) : null;
  const billing = collects.billing_address === 'required' ? await address('billing') : null;
  const payment = collects.payment_method === 'required' ? new PaymentElement({
    ...context, siblings: billing ? [{ type: 'address', mode: 'billing' }] : [],
  }, onChange) : null;
  if (payment) await payment.take(await openSession(context));
  const contacts = [email, phone].filter(Boolean);
  const parts = [shipping, billing, payment].filter(Boolean);
  const button = build('button', { type: 'submit', class: 'Button' }, labelOf(context));
  const root = build('form', { class: 'Stack', novalidate: true },
    ...contacts.map((each) => each.root),
    ...(shipping ? [build('h2', { class: 'Heading' }, say('form_shipping')), shipping.root] : []),
    ...(billing ? [build('h2', { class: 'Heading' }, say('form_billing')), billing.root] : []),
    ...(payment ? [build('h2', { class: 'Heading' }, say('ways_to_pay')), payment.root] : []), button);

  function validate() {
    const error = validateAll(contacts);
    if (error) return { error };
    return parts.map((each) => each.validate()).find((each) => each.error) || {};
  }

  root.addEventListener('submit', (event) => {
    event.preventDefault();
    if (validate().error) return;
    tell('confirm', {
      source: 'checkout-form-pay-button', paymentMethodType: payment?.state().value?.type ?? null,
    });
  });

  const where = (element) => ({ name: element.where.name, address: element.where.address });
  const isComplete = () => contacts.every((each) => each.isComplete)
    && parts.every((each) => each.state().complete);
  return {
    root,
    state: () => ({
      complete: isComplete(), empty: contacts.every((each) => each.isEmpty),
      value: {
        customerDetails: { email: email?.value || checkout.collected.email || '' },
        ...(shipping ? { shippingAddress: where(shipping) } : {}),
        ...(billing ? { billingAddress: where(billing) } : {}),
        ...(payment ? { payment: { collapsed: false, ...payment.state().value } } : {}),
      },
      status: Object.fromEntries([
        ['customerDetails', {
          complete: contacts.every((each) => each.isComplete),
          empty: contacts.every((each) => each.isEmpty),
        }],
        ...[['shippingAddress', shipping], ['billingAddress', billing], ['payment', payment]]
          .filter(([, each]) => each).map(([name, each]) => [name, {
            complete: each.state().complete, empty: each.state().empty,
          }]),
      ]),
    }),
    validate,
    prepare: async () => (payment ? payment.prepare() : {}),
    read: () => ({
      ...(payment ? payment.read() : {}),
      contacts: {
        ...(email ? { email: email.value } : {}), ...(phone ? { phone: phone.value } : {}),
        ...(shipping ? { shipping: where(shipping) } : {}),
        ...(billing ? { billing_address: billing.where.address, name: billing.where.name } : {}),
      },
    }),
    reject: (name, message) => payment?.reject(name, message),
    regroup: async (next) => {
      button.textContent = labelOf(next);
      return payment ? payment.refresh(next) : {};
    },
  };
});

function labelOf({ group, checkout }) {
  const { amount, currency, mode } = group;
  if (checkout.hasTrial) return say('form_trial');
  const key = BUTTONS[checkout.submit] || BUTTONS[mode];
  if (key !== 'form_pay' || !amount) return say(key);
  const format = new Intl.NumberFormat(language(), { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits;
  return say('pay', { amount: format.format(amount / 10 ** digits) });
}
