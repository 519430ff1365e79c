// Billing: what a page must say of the payer itself, where it lets no field ask for it.

const ADDRESS_NAMES = {
  country: 'country', postalCode: 'postal_code', state: 'state', city: 'city', line1: 'line1',
  line2: 'line2',
};

// Raise for what fields.billingDetails says "never" of and confirmParams does not give.
const checkBilling = (group, confirmParams) => {
  const payment = group.find('payment');
  if (!payment) return;
  const never = payment.options.fields && payment.options.fields.billingDetails;
  if (!never) return;
  const data = (confirmParams && confirmParams.payment_method_data) || {};
  const given = data.billing_details || {};
  const missing = (name, value) => refuseUnless(value !== undefined,
    `You specified "never" for fields.billing_details.${name} when creating the payment Element,`
    + ` but did not pass confirmParams.payment_method_data.billing_details.${name}. Where a field`
    + ' is not shown, the page must say what it knows of it (null for nothing).');
  const isNever = (said) => said === 'never';
  for (const name of ['name', 'email', 'phone']) {
    if (isNever(never) || isNever(never[name])) missing(name, given[name]);
  }
  const address = isObject(never) ? never.address : never;
  if (!address || address === 'auto' || address === 'if_required') return;
  for (const [camel, snake] of Object.entries(ADDRESS_NAMES)) {
    if (isNever(address) || isNever(address[camel])) {
      missing(`address.${snake}`, isObject(given.address) ? given.address[snake] : given.address);
    }
  }
};

const checkReturnUrl = (params, redirect) => {
  if (redirect === 'if_required') return;
  refuseUnless(params && params.return_url, 'confirmParams.return_url is where the payer comes back'
    + " to: give it, or pass redirect: 'if_required' and do without it where no page is left.");
  let isUrl = true;
  try {
    isUrl = Boolean(new URL(params.return_url));
  } catch {
    isUrl = false;
  }
  refuseUnless(isUrl, 'confirmParams.return_url must be a whole address, with https:// or http://.'
    + ` You specified: ${params.return_url}.`);
};
