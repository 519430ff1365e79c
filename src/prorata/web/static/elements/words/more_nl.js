// More words: Dutch, for what few payers see.
export default {
  card_network: 'Kaartnetwerk',
  card_network_any: 'Kies een netwerk',
  more_methods: 'Meer manieren om te betalen',
  promotion_apply: 'Toepassen',
  promotion_code: 'Actiecode',
  promotion_wrong: 'Deze code is niet geldig.',
  same_as_billing: 'Zelfde als het factuuradres',
  same_as_shipping: 'Zelfde als het bezorgadres',
  step_contact: 'Contact',
  step_next: 'Verder',
  step_payment: 'Betaling',
  steps: 'Stappen',
};
