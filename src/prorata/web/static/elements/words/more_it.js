// More words: Italian, for what few payers see.
export default {
  card_network: 'Circuito della carta',
  card_network_any: 'Scegli un circuito',
  more_methods: 'Altri modi di pagare',
  promotion_apply: 'Applica',
  promotion_code: 'Codice promozionale',
  promotion_wrong: 'Questo codice non è valido.',
  same_as_billing: 'Uguale all’indirizzo di fatturazione',
  same_as_shipping: 'Uguale all’indirizzo di spedizione',
  step_contact: 'Contatto',
  step_next: 'Continua',
  step_payment: 'Pagamento',
  steps: 'Passaggi',
};
