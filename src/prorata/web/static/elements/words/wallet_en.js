// Wallet words: English, for the sandbox's wallet alone.
export default {
  wallet_book: 'Book with the sandbox wallet',
  wallet_buy: 'Buy with the sandbox wallet',
  wallet_card: 'Card',
  wallet_checkout: 'Check out with the sandbox wallet',
  wallet_confirm: 'Continue',
  wallet_declined: 'Visa that is declined',
  wallet_donate: 'Donate with the sandbox wallet',
  wallet_note: 'A wallet to try things with: no money moves.',
  wallet_order: 'Order with the sandbox wallet',
  wallet_pay: 'Pay with the sandbox wallet',
  wallet_plain: 'Sandbox wallet',
  wallet_rejected: 'This address cannot be delivered to. Choose another one.',
  wallet_subscribe: 'Subscribe with the sandbox wallet',
};
