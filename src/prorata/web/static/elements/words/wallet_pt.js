// Wallet words: Portuguese, for the sandbox's wallet alone.
export default {
  wallet_book: 'Reservar com a carteira de teste',
  wallet_buy: 'Comprar com a carteira de teste',
  wallet_card: 'Cartão',
  wallet_checkout: 'Concluir com a carteira de teste',
  wallet_confirm: 'Continuar',
  wallet_declined: 'Visa recusado',
  wallet_donate: 'Doar com a carteira de teste',
  wallet_note: 'Uma carteira para experimentar: nenhum dinheiro se move.',
  wallet_order: 'Encomendar com a carteira de teste',
  wallet_pay: 'Pagar com a carteira de teste',
  wallet_plain: 'Carteira de teste',
  wallet_rejected: 'Não é possível entregar nesta morada. Escolha outra.',
  wallet_subscribe: 'Subscrever com a carteira de teste',
};
