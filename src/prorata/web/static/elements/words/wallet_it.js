// Wallet words: Italian, for the sandbox's wallet alone.
export default {
  wallet_book: 'Prenota con il wallet di prova',
  wallet_buy: 'Acquista con il wallet di prova',
  wallet_card: 'Carta',
  wallet_checkout: 'Concludi con il wallet di prova',
  wallet_confirm: 'Continua',
  wallet_declined: 'Visa rifiutata',
  wallet_donate: 'Dona con il wallet di prova',
  wallet_note: 'Un wallet per provare: non si muove denaro.',
  wallet_order: 'Ordina con il wallet di prova',
  wallet_pay: 'Paga con il wallet di prova',
  wallet_plain: 'Wallet di prova',
  wallet_rejected: 'Non si può spedire a questo indirizzo. Scegline un altro.',
  wallet_subscribe: 'Abbonati con il wallet di prova',
};
