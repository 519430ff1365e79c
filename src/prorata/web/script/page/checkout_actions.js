// Checkout actions: what a page of the checkout SDK changes in its session, one after the other.

const ERROR_CODES = {
  promotion_code_amount_insufficient: 'promotionCodeAmountInsufficient',
  promotion_code_invalid: 'invalidCode', coupon_expired: 'invalidCode',
  coupon_applies_to_nothing: 'couponAppliesToNothing', tax_id_invalid: 'invalidTaxId',
};

const buyerError = (error, code = null) => {
  const known = ERROR_CODES[error.code] || code;
  return { type: 'error', error: { message: error.message, code: known } };
};

const checkEmail = (email) => {
  if (/^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/.test(email)) return null;
  const isBegun = /^[^\s@]*@?[^\s@]*$/.test(email);
  return { type: 'error', error: {
    message: isBegun ? 'Your email is incomplete.' : 'Your email is invalid.',
    code: isBegun ? 'incompleteEmail' : 'invalidEmail',
  } };
};

const placeOf = (contact) => (contact === null
  ? { billing_address: '', name: '' }
  : { billing_address: plain(contact.address), ...(contact.name ? { name: contact.name } : {}) });

const shippedTo = (contact) => (contact === null ? { shipping: '' } : {
  shipping: { name: contact.name || '', address: plain(contact.address) },
});

const taxIdOf = (info) => (info === null ? { tax_id: '', business_name: '' } : {
  tax_id: { type: info.taxId.type, value: info.taxId.value },
  business_name: info.businessName || '',
});

// Every action resolves to {type: 'success', session} or {type: 'error', error}.
const checkoutActions = (checkout) => {
  const change = (params, code) => checkout.change(params, code);
  const optional = (priceId, quantity) =>
    change({ optional_items: [{ price: priceId, quantity }] });
  return {
    getSession: () => checkout.session(),
    applyPromotionCode: (code) => {
      refuseUnless(typeof code === 'string', 'applyPromotionCode() takes the code, a string.');
      return change({ promotion_code: code.trim() }, 'invalidCode');
    },
    removePromotionCode: () => change({ promotion_code: '' }),
    updateEmail: async (email) => {
      const wrong = email === null ? null : checkEmail(String(email));
      return wrong || change({ email: email === null ? '' : email });
    },
    updatePhoneNumber: (phone) => change({ phone: phone ?? '' }),
    updateIndividualName: (name) => change({ individual_name: name ?? '' }),
    updateBusinessName: (name) => change({ business_name: name ?? '' }),
    updateBillingAddress: (contact) => change(placeOf(contact)),
    updateShippingAddress: (contact) => change(shippedTo(contact)),
    updateShippingOption: (id) => change({ shipping_rate: id }),
    updateTaxIdInfo: (info) => change(taxIdOf(info), 'invalidTaxId'),
    updateLineItemQuantity: ({ lineItem, quantity }) =>
      change({ line_items: [{ id: lineItem, quantity }] }),
    addOptionalLineItem: (priceId) => {
      const offered = checkout.page.optional_items.find((each) => each.price.price === priceId);
      return optional(priceId, (offered && offered.quantity) || 1);
    },
    removeOptionalLineItem: (priceId) => optional(priceId, 0),
    runServerUpdate: (work) => checkout.runServerUpdate(work),
    validateElements: () => checkout.validateElements(),
    confirm: (options) => checkout.confirm(options || {}),
  };
};

const ELEMENT_ONLY = [
  'updateEmail', 'updatePhoneNumber', 'updateIndividualName', 'updateBusinessName',
  'updateShippingAddress', 'updateBillingAddress', 'updateTaxIdInfo',
];

const actionsFor = (checkout, kind) => {
  const actions = checkoutActions(checkout);
  if (kind === 'form') for (const name of ELEMENT_ONLY) delete actions[name];
  return actions;
};
