// Wallet: the sandbox's own sheet. It holds cards that exist for tests, and no numbers.

import { run, tell } from './core.js';
import { build, selectField, textField, validateAll } from './field.js';
import { countryChoices } from './countries.js';
import { openSession } from './session.js';
import { language, say } from './words.js';

const CARDS = [
  ['tok_visa', 'Visa •••• 4242'], ['tok_mastercard', 'Mastercard •••• 4444'],
  ['tok_amex', 'American Express •••• 8431'], ['tok_chargeCustomerFail', null],
];

const NO_ADDRESS = {
  line1: '', line2: null, city: '', state: '', postal_code: '', country: '',
};

const nextFrame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });

// The page takes this frame away once it is told: a browser that has not heard by then what became
// of the press never does, and a program that steers it waits for that.
async function pressIsOver() {
  await nextFrame();
  await nextFrame();
}

run(async (context) => {
  const session = await openSession({ ...context, group: {} });
  const { options } = context;
  const currency = context.group.currency || context.total?.currency || 'usd';
  const amount = context.total?.amount ?? context.group.amount;
  let lines = options.lineItems || [];
  let rates = options.shippingRates || [];
  const money = (minor) => {
    const format = new Intl.NumberFormat(language(), { style: 'currency', currency });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  };
  const text = (name, label, autocomplete, value, more) => textField({
    name, label: say(label), scope: 'wallet', autocomplete, value, ...more,
  });
  const card = selectField({
    name: 'card', scope: 'wallet', label: say('wallet_card'),
    choices: CARDS.map(([token, name]) => [token, name || say('wallet_declined')]),
  });
  const name = text('name', 'name', 'name', 'Ada Lovelace');
  const email = text('email', 'email', 'email', 'ada@example.com');
  const phone = text('phone', 'phone', 'tel', '+15555550100');
  const line1 = text('line1', 'line1', 'address-line1', '12 Analytical Row');
  const city = text('city', 'city', 'address-level2', 'London');
  const postal = text('postalCode', 'postal_code', 'postal-code', 'WC2N 5DU');
  const country = selectField({
    name: 'country', scope: 'wallet', label: say('country'),
    choices: countryChoices(options.allowedShippingCountries),
    value: options.allowedShippingCountries?.[0] || 'GB',
    onChange: () => tellAddress(),
  });
  const rate = selectField({
    name: 'rate', scope: 'wallet', label: say('shipping_rate'), choices: [],
    onChange: () => tell('shippingratechange', { shippingRate: chosenRate() }),
  });
  for (const each of [city, postal]) each.root.classList.add('is-half');
  const table = build('dl', {});
  const problem = build('p', { class: 'Error', role: 'alert', hidden: true });
  const pay = build('button', { type: 'submit', class: 'Button' });
  // The wallet knows one address, for bills and for deliveries.
  const asksAddress = options.billingAddressRequired || options.shippingAddressRequired;
  const fields = [card, name, ...(options.emailRequired ? [email] : []),
    ...(options.phoneNumberRequired ? [phone] : []),
    ...(asksAddress ? [line1, city, postal, country] : [])];
  const hasRates = () => Boolean(options.shippingAddressRequired && rates.length);

  const chosenRate = () => rates.find((each) => each.id === rate.value);
  const total = () => (lines.length && amount === undefined
    ? lines.reduce((sum, each) => sum + each.amount, 0) : amount ?? 0);
  const address = () => ({
    line1: line1.value, line2: null, city: city.value, state: '', postal_code: postal.value,
    country: country.value,
  });

  function tellAddress() {
    if (!options.shippingAddressRequired) return;
    const { line1: _, line2: __, ...partial } = address();
    tell('shippingaddresschange', { name: name.value, address: partial });
  }

  function draw() {
    const rows = lines.map((each) => [each.name, money(each.amount)]);
    const sum = (key, value) => [build('dt', { class: 'Sum' }, key), build('dd', { class: 'Sum' }, value)];
    table.replaceChildren(
      ...rows.flatMap(([key, value]) => [build('dt', {}, key), build('dd', {}, value)]),
      ...(amount === undefined && !lines.length ? [] : sum(say('total'), money(total()))),
    );
    pay.textContent = amount === undefined && !lines.length
      ? say('wallet_confirm') : say('pay', { amount: money(total()) });
    if (hasRates()) {
      rate.fill(rates.map((each) => [each.id, `${each.displayName} · ${money(each.amount)}`]),
        rate.value || rates[0].id);
    }
    rate.root.hidden = !hasRates();
  }

  const form = build('form', { class: 'Wallet', novalidate: true },
    build('h1', {}, options.business?.name || session.business_name || context.page),
    build('p', { class: 'TermsText' }, say('wallet_note')), table,
    build('div', { class: 'Grid' }, ...fields.map((each) => each.root), rate.root), problem, pay);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const error = validateAll(fields);
    if (error) return;
    pay.disabled = true;
    await pressIsOver();
    const billing = {
      name: name.value, address: options.billingAddressRequired ? address() : NO_ADDRESS,
      ...(options.emailRequired ? { email: email.value } : {}),
      ...(options.phoneNumberRequired ? { phone: phone.value } : {}),
    };
    tell('pay', {
      method: {
        type: 'card', card: { token: card.value },
        billing_details: options.billingAddressRequired ? billing : { ...billing, address: undefined },
      },
      event: {
        billingDetails: billing,
        ...(options.shippingAddressRequired
          ? { shippingAddress: { name: name.value, address: address() } } : {}),
        ...(hasRates() ? { shippingRate: chosenRate() } : {}),
      },
    });
  });
  draw();
  setTimeout(tellAddress);
  return {
    root: form, state: () => ({}), validate: () => ({}), read: () => ({}),
    focus: () => card.input.focus(),
    hears: {
      resolved: (answer) => {
        lines = answer.lineItems || lines;
        rates = answer.shippingRates || rates;
        problem.hidden = true;
        pay.disabled = false;
        draw();
      },
      rejected: () => {
        problem.textContent = say('wallet_rejected');
        problem.hidden = false;
        pay.disabled = true;
      },
    },
  };
});
