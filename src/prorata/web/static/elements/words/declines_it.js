// Declines: Italian, for what the API says in English.
export default {
  card_declined: 'La carta è stata rifiutata.',
  expired_card: 'La carta è scaduta.',
  incorrect_cvc: 'Il codice di sicurezza della carta è errato.',
  incorrect_number: 'Il numero della carta è errato.',
  insufficient_funds: 'I fondi sulla carta non sono sufficienti.',
  not_authenticated: 'Non è stato possibile autenticare il metodo di pagamento.'
    + ' Scegline un altro e riprova.',
  processing_error: 'Si è verificato un errore durante l’elaborazione della'
    + ' carta. Riprova tra poco.',
};
