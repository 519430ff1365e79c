// More words: French, for what few payers see.
export default {
  card_network: 'Réseau de la carte',
  card_network_any: 'Choisir un réseau',
  more_methods: 'Autres moyens de paiement',
  promotion_apply: 'Appliquer',
  promotion_code: 'Code promotionnel',
  promotion_wrong: 'Ce code n’est pas valable.',
  same_as_billing: 'Identique à l’adresse de facturation',
  same_as_shipping: 'Identique à l’adresse de livraison',
  step_contact: 'Contact',
  step_next: 'Continuer',
  step_payment: 'Paiement',
  steps: 'Étapes',
};
