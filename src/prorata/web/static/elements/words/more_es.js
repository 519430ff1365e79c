// More words: Spanish, for what few payers see.
export default {
  card_network: 'Red de la tarjeta',
  card_network_any: 'Elegir una red',
  more_methods: 'Más formas de pago',
  promotion_apply: 'Aplicar',
  promotion_code: 'Código promocional',
  promotion_wrong: 'Este código no es válido.',
  same_as_billing: 'Igual que la dirección de facturación',
  same_as_shipping: 'Igual que la dirección de envío',
  step_contact: 'Contacto',
  step_next: 'Continuar',
  step_payment: 'Pago',
  steps: 'Pasos',
};
