// Wallet words: Dutch, for the sandbox's wallet alone.
export default {
  wallet_book: 'Boeken met de testwallet',
  wallet_buy: 'Kopen met de testwallet',
  wallet_card: 'Kaart',
  wallet_checkout: 'Afrekenen met de testwallet',
  wallet_confirm: 'Doorgaan',
  wallet_declined: 'Visa die wordt geweigerd',
  wallet_donate: 'Doneren met de testwallet',
  wallet_note: 'Een wallet om te proberen: er beweegt geen geld.',
  wallet_order: 'Bestellen met de testwallet',
  wallet_pay: 'Betalen met de testwallet',
  wallet_plain: 'Testwallet',
  wallet_rejected: 'Op dit adres kan niet worden bezorgd. Kies een ander.',
  wallet_subscribe: 'Abonneren met de testwallet',
};
