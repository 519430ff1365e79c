// Wallet words: French, for the sandbox's wallet alone.
export default {
  wallet_book: 'Réserver avec le portefeuille de test',
  wallet_buy: 'Acheter avec le portefeuille de test',
  wallet_card: 'Carte',
  wallet_checkout: 'Régler avec le portefeuille de test',
  wallet_confirm: 'Continuer',
  wallet_declined: 'Visa refusée',
  wallet_donate: 'Donner avec le portefeuille de test',
  wallet_note: 'Un portefeuille pour essayer : aucun argent ne bouge.',
  wallet_order: 'Commander avec le portefeuille de test',
  wallet_pay: 'Payer avec le portefeuille de test',
  wallet_plain: 'Portefeuille de test',
  wallet_rejected: 'Cette adresse ne peut pas être livrée. Choisissez-en une autre.',
  wallet_subscribe: 'S’abonner avec le portefeuille de test',
};
