// Declines: German, for what the API says in English.
export default {
  card_declined: 'Ihre Karte wurde abgelehnt.',
  expired_card: 'Ihre Karte ist abgelaufen.',
  incorrect_cvc: 'Die Prüfziffer Ihrer Karte ist falsch.',
  incorrect_number: 'Die Kartennummer ist falsch.',
  insufficient_funds: 'Die Deckung Ihrer Karte reicht nicht aus.',
  not_authenticated: 'Ihre Zahlungsart konnte nicht bestätigt werden. Bitte'
    + ' wählen Sie eine andere und versuchen Sie es erneut.',
  processing_error: 'Beim Verarbeiten Ihrer Karte ist ein Fehler aufgetreten.'
    + ' Bitte versuchen Sie es gleich noch einmal.',
};
