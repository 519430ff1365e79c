// More words: Portuguese, for what few payers see.
export default {
  card_network: 'Rede do cartão',
  card_network_any: 'Escolher uma rede',
  more_methods: 'Mais formas de pagar',
  promotion_apply: 'Aplicar',
  promotion_code: 'Código promocional',
  promotion_wrong: 'Este código não é válido.',
  same_as_billing: 'Igual ao endereço de faturação',
  same_as_shipping: 'Igual ao endereço de entrega',
  step_contact: 'Contacto',
  step_next: 'Continuar',
  step_payment: 'Pagamento',
  steps: 'Passos',
};
