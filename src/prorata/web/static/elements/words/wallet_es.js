// Wallet words: Spanish, for the sandbox's wallet alone.
export default {
  wallet_book: 'Reservar con el monedero de prueba',
  wallet_buy: 'Comprar con el monedero de prueba',
  wallet_card: 'Tarjeta',
  wallet_checkout: 'Finalizar con el monedero de prueba',
  wallet_confirm: 'Continuar',
  wallet_declined: 'Visa rechazada',
  wallet_donate: 'Donar con el monedero de prueba',
  wallet_note: 'Un monedero para probar: no se mueve dinero.',
  wallet_order: 'Pedir con el monedero de prueba',
  wallet_pay: 'Pagar con el monedero de prueba',
  wallet_plain: 'Monedero de prueba',
  wallet_rejected: 'No se puede enviar a esta dirección. Elige otra.',
  wallet_subscribe: 'Suscribirse con el monedero de prueba',
};
