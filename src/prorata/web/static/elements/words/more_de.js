// More words: German, for what few payers see.
export default {
  card_network: 'Kartennetz',
  card_network_any: 'Netz wählen',
  more_methods: 'Weitere Zahlungsarten',
  promotion_apply: 'Einlösen',
  promotion_code: 'Aktionscode',
  promotion_wrong: 'Dieser Code gilt nicht.',
  same_as_billing: 'Wie die Rechnungsadresse',
  same_as_shipping: 'Wie die Lieferadresse',
  step_contact: 'Kontakt',
  step_next: 'Weiter',
  step_payment: 'Zahlung',
  steps: 'Schritte',
};
