// Wallet words: German, for the sandbox's wallet alone.
export default {
  wallet_book: 'Mit der Test-Wallet buchen',
  wallet_buy: 'Mit der Test-Wallet kaufen',
  wallet_card: 'Karte',
  wallet_checkout: 'Mit der Test-Wallet zur Kasse',
  wallet_confirm: 'Weiter',
  wallet_declined: 'Visa, die abgelehnt wird',
  wallet_donate: 'Mit der Test-Wallet spenden',
  wallet_note: 'Eine Wallet zum Ausprobieren: kein Geld bewegt sich.',
  wallet_order: 'Mit der Test-Wallet bestellen',
  wallet_pay: 'Mit der Test-Wallet bezahlen',
  wallet_plain: 'Test-Wallet',
  wallet_rejected: 'An diese Adresse kann nicht geliefert werden. Bitte wählen Sie eine andere.',
  wallet_subscribe: 'Mit der Test-Wallet abonnieren',
};
