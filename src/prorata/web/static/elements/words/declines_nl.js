// Declines: Dutch, for what the API says in English.
export default {
  card_declined: 'Je kaart is geweigerd.',
  expired_card: 'Je kaart is verlopen.',
  incorrect_cvc: 'De beveiligingscode van je kaart is onjuist.',
  incorrect_number: 'Je kaartnummer is onjuist.',
  insufficient_funds: 'Het saldo van je kaart is ontoereikend.',
  not_authenticated: 'We konden je betaalmethode niet verifiëren. Kies een andere'
    + ' en probeer het opnieuw.',
  processing_error: 'Er ging iets mis bij het verwerken van je kaart. Probeer het zo opnieuw.',
};
