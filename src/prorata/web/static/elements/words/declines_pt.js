// Declines: Portuguese, for what the API says in English.
export default {
  card_declined: 'O cartão foi recusado.',
  expired_card: 'O cartão expirou.',
  incorrect_cvc: 'O código de segurança do cartão está incorreto.',
  incorrect_number: 'O número do cartão está incorreto.',
  insufficient_funds: 'O cartão não tem saldo suficiente.',
  not_authenticated: 'Não foi possível autenticar a forma de pagamento. Escolha'
    + ' outra e tente novamente.',
  processing_error: 'Ocorreu um erro ao processar o cartão. Tente novamente daqui a pouco.',
};
