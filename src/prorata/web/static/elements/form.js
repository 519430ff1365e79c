// Form: a whole checkout in one element: who pays, where it goes, how it is paid, and the button.

import { checkEmail, checkPhone } from './contact_rules.js';
import { run, tell } from './core.js';
import { build, textField, validateAll } from './field.js';
import { PaymentElement } from './payment_element.js';
import { openSession } from './session.js';
import { language, learnMore, say } from './words.js';

const BUTTONS = {
  payment: 'form_pay', subscription: 'form_subscribe', setup: 'form_setup',
  book: 'form_book', donate: 'form_donate',
};

run(async (context, { changed }) => {
  const { checkout, options } = context;
  const { collects } = checkout;
  const isCompact = options.layout === 'compact';
  let steps;
  let paidWith = null;
  const onChange = () => {
    steps?.follow();
    changed();
  };
  await learnMore();
  const { email, phone } = contactsOf(context, onChange);
  const { shipping, billing } = await addressesOf(context, onChange);
  const payment = collects.payment_method === 'required' ? new PaymentElement({
    ...context, options: {}, siblings: billing ? [{ type: 'address', mode: 'billing' }] : [],
  }, onChange) : null;
  const session = payment ? await openSession(context) : null;
  if (payment) await payment.take(session);
  const contacts = [email, phone].filter(Boolean);
  const parts = [shipping, billing, payment].filter(Boolean);
  const button = build('button', { type: 'submit', class: 'Button' }, labelOf(context));
  const heading = (key) => build('h2', { class: 'Heading' }, say(key));
  const { express, promotion } = await extrasOf(context, session);
  promotion?.show(checkout.codes);
  const shipped = shipping ? [heading('form_shipping'), shipping.root] : [];
  const first = [express, ...contacts.map((each) => each.root)].filter(Boolean);
  const paying = [
    ...(billing ? [heading('form_billing'), billing.root] : []),
    ...(payment ? [heading('ways_to_pay'), payment.root] : []), promotion?.root, button,
  ].filter(Boolean);
  const root = build('form', { class: 'Stack', novalidate: true });
  if (isCompact) {
    const { stepped } = await import('./form_extras.js');
    const step = (label, nodes, fields, elements) => ({
      label: say(label), nodes,
      isComplete: () => fields.every((each) => each.isComplete)
        && elements.every((each) => each.state().complete),
      validate: () => wrongOf(fields, elements),
    });
    steps = stepped([
      ...(first.length ? [step('step_contact', first, contacts, [])] : []),
      ...(shipping ? [step('form_shipping', shipped, [], [shipping])] : []),
      step('step_payment', paying, [], [billing, payment].filter(Boolean)),
    ], () => changed());
    root.append(steps.root);
  } else root.append(...first, ...shipped, ...paying);

  function validate() {
    if (paidWith) return {};
    return steps ? steps.validate() : wrongOf(contacts, parts);
  }

  root.addEventListener('submit', (event) => {
    event.preventDefault();
    paidWith = null;
    if (steps && !steps.goOn()) return;
    if (validate().error) return;
    tell('confirm', {
      source: 'checkout-form-pay-button', paymentMethodType: payment?.state().value?.type ?? null,
    });
  });

  return {
    root,
    state: () => ({
      ...stateOf({ email, phone, shipping, billing, payment }, checkout.collected.email),
      ...(steps ? { views: steps.views() } : {}),
    }),
    validate,
    prepare: async () => (payment && !paidWith ? payment.prepare() : {}),
    read: () => (paidWith ? { ...paidWith } : {
      ...(payment ? payment.read() : {}),
      contacts: {
        ...(email ? { email: email.value } : {}), ...(phone ? { phone: phone.value } : {}),
        ...(shipping ? { shipping: where(shipping) } : {}),
        ...(billing ? { billing_address: billing.where.address, name: billing.where.name } : {}),
      },
    }),
    reject: (name, message) => payment?.reject(name, message),
    hears: {
      paywith: (method) => {
        paidWith = method;
        return {};
      },
      promoted: (result) => promotion?.promoted(result),
    },
    regroup: async (next) => {
      button.textContent = labelOf(next);
      promotion?.show(next.checkout.codes);
      return payment ? payment.refresh(next) : {};
    },
  };
});

const where = (element) => ({ name: element.where.name, address: element.where.address });

// The fields of who pays: those that the session asks for.
function contactsOf({ checkout: { collects, collected } }, onChange) {
  return {
    email: collects.email_locked ? null : textField({
      name: 'email', scope: 'form', label: say('email'), type: 'email', autocomplete: 'email',
      inputmode: 'email', value: collected.email || '', onChange, check: checkEmail,
    }),
    phone: collects.phone ? textField({
      name: 'phone', scope: 'form', label: say('phone'), type: 'tel', inputmode: 'tel',
      autocomplete: 'tel', value: collected.phone || '', onChange, check: checkPhone,
    }) : null,
  };
}

// Where goods and bills go; where it is both, one may be the other.
async function addressesOf(context, onChange) {
  const { options, checkout: { collects } } = context;
  const address = async (mode, allowedCountries) => {
    const { AddressElement } = await import('./address_element.js');
    return new AddressElement({
      ...context, options: { contacts: options.contacts, mode, allowedCountries }, siblings: [],
    }, onChange);
  };
  const shipping = collects.shipping_countries
    ? await address('shipping', collects.shipping_countries) : null;
  const billing = collects.billing_address === 'required' ? await address('billing') : null;
  if (shipping && billing) {
    Object.assign(billing, { partner: shipping });
    Object.assign(shipping, { partner: billing });
    billing.draw();
  }
  return { shipping, billing };
}

// What the page is told of the form, part by part.
function stateOf({ email, phone, shipping, billing, payment }, known) {
  const contacts = [email, phone].filter(Boolean);
  const customerDetails = {
    complete: contacts.every((each) => each.isComplete),
    empty: contacts.every((each) => each.isEmpty),
  };
  const parts = [['shippingAddress', shipping], ['billingAddress', billing], ['payment', payment]]
    .filter(([, each]) => each).map(([name, each]) => [name, each.state()]);
  return {
    complete: customerDetails.complete && parts.every(([, { complete }]) => complete),
    empty: customerDetails.empty,
    value: {
      customerDetails: {
        email: email?.value || known || '', ...(phone?.value ? { phone: phone.value } : {}),
      },
      ...(shipping ? { shippingAddress: where(shipping) } : {}),
      ...(billing ? { billingAddress: where(billing) } : {}),
      ...(payment ? { payment: { collapsed: false, ...payment.state().value } } : {}),
    },
    status: { customerDetails, ...Object.fromEntries(parts.map(([name, { complete, empty }]) =>
      [name, { complete, empty }])) },
  };
}

function wrongOf(fields, elements) {
  const error = validateAll(fields);
  if (error) return { error };
  return elements.map((each) => each.validate()).find((each) => each.error) || {};
}

// What the page's options and the session add: {express, promotion}.
async function extrasOf({ options, checkout }, session) {
  const isExpress = session?.prorata.wallet
    && options.expressCheckout?.paymentMethods?.googlePay !== 'never';
  const isPromoted = checkout.collects.promotion_codes
    && options.features?.promotionCodeCollection !== 'never';
  if (!isExpress && !isPromoted) return {};
  const [extras] = await Promise.all([
    import('./form_extras.js'), isExpress ? learnMore('wallet') : null,
  ]);
  return {
    express: isExpress ? extras.expressBox(options.expressCheckout) : null,
    promotion: isPromoted ? extras.promotionBox() : null,
  };
}

function labelOf({ group, checkout }) {
  const { amount, currency, mode } = group;
  if (checkout.hasTrial) return say('form_trial');
  const key = BUTTONS[checkout.submit] || BUTTONS[mode];
  if (key !== 'form_pay' || !amount) return say(key);
  const format = new Intl.NumberFormat(language(), { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits;
  return say('pay', { amount: format.format(amount / 10 ** digits) });
}
