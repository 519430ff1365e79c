// Methods: how pages describe a payment method beside the payment Element.

const METHOD_NAMES = {
  card: 'Card', sepa_debit: 'SepaDebit', us_bank_account: 'UsBankAccount',
  bacs_debit: 'BacsDebit', customer_balance: 'CustomerBalance',
};

// The frames that belong to an Element: a card may stand in three.
const framesOf = (element) => {
  const implementation = implementationOf(element);
  refuseUnless(implementation.frame, 'The Element is not mounted: mount it before you use it.');
  const ofCard = ['cardNumber', 'cardExpiry', 'cardCvc'];
  if (!ofCard.includes(implementation.type)) return [implementation.frame.name];
  return implementation.group.mounted()
    .filter((each) => ofCard.includes(each.type))
    .map((each) => each.frame.name);
};

// {card: element, billing_details, …} as frames to read and what is said besides.
const describe = (type, { [type]: details, ...rest }) => {
  const data = { type, ...rest };
  if (isElement(details)) return { frames: framesOf(details), data };
  if (isObject(details) && isElement(details.iban)) {
    return { frames: framesOf(details.iban), data };
  }
  if (details !== undefined) data[type] = details;
  refuseUnless(type !== 'card' || !details || !details.number,
    'Card numbers are never given to Stripe.js by a page: they are typed into an Element.');
  return { frames: [], data };
};
