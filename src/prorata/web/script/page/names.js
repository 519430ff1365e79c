// Names: what there is to create, and how each kind of element is told to people who cannot see it.

const ELEMENTS = {
  address: { title: 'Secure address input frame', many: 'mode' },
  auBankAccount: { refused: 'The auBankAccount element (BECS debits)' },
  card: { title: 'Secure card payment input frame', legacy: true },
  cardCvc: { title: 'Secure CVC input frame', legacy: true },
  cardExpiry: { title: 'Secure expiration date input frame', legacy: true },
  cardNumber: { title: 'Secure card number input frame', legacy: true },
  contactDetails: { title: 'Secure email input frame' },
  currencySelector: { title: 'Currency selection frame' },
  expressCheckout: { title: 'Secure express checkout frame' },
  iban: { title: 'Secure IBAN input frame', legacy: true },
  issuingAddToWalletButton: { refused: 'Issuing' },
  issuingCardCopyButton: { refused: 'Issuing' },
  issuingCardCvcDisplay: { refused: 'Issuing' },
  issuingCardExpiryDisplay: { refused: 'Issuing' },
  issuingCardNumberDisplay: { refused: 'Issuing' },
  issuingCardPinDisplay: { refused: 'Issuing' },
  linkAuthentication: { title: 'Secure email input frame' },
  linkSignup: { title: 'Link sign-up frame' },
  payment: { title: 'Secure payment input frame' },
  paymentForm: { title: 'Secure payment form frame' },
  paymentMethodMessaging: { title: 'Payment method messaging frame' },
  shippingAddress: { title: 'Secure shipping address input frame' },
  taxId: { title: 'Secure tax ID input frame' },
  terms: { title: 'Terms frame' },
};
// Elements of which a card stands in one group but once.
const CARD_ELEMENTS = ['card', 'cardNumber', 'cardExpiry', 'cardCvc'];
const EVENTS_WITHOUT_TYPE = ['confirm'];
