// More words: English, for what few payers see.
export default {
  card_network: 'Card network',
  card_network_any: 'Choose a network',
  more_methods: 'More ways to pay',
  promotion_apply: 'Apply',
  promotion_code: 'Promotion code',
  promotion_wrong: 'This code is not valid.',
  same_as_billing: 'Same as billing address',
  same_as_shipping: 'Same as shipping address',
  step_contact: 'Contact',
  step_next: 'Continue',
  step_payment: 'Payment',
  steps: 'Steps',
};
