// Declines: Spanish, for what the API says in English.
export default {
  card_declined: 'Tu tarjeta ha sido rechazada.',
  expired_card: 'Tu tarjeta ha caducado.',
  incorrect_cvc: 'El código de seguridad de tu tarjeta es incorrecto.',
  incorrect_number: 'El número de tu tarjeta es incorrecto.',
  insufficient_funds: 'Tu tarjeta no tiene fondos suficientes.',
  not_authenticated: 'No hemos podido autenticar tu forma de pago. Elige otra e'
    + ' inténtalo de nuevo.',
  processing_error: 'Se ha producido un error al procesar tu tarjeta. Inténtalo'
    + ' de nuevo en un momento.',
};
