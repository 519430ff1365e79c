// Declines: French, for what the API says in English.
export default {
  card_declined: 'Votre carte a été refusée.',
  expired_card: 'Votre carte a expiré.',
  incorrect_cvc: 'Le code de sécurité de votre carte est incorrect.',
  incorrect_number: 'Le numéro de votre carte est incorrect.',
  insufficient_funds: 'Les fonds sur votre carte sont insuffisants.',
  not_authenticated: 'Nous n’avons pas pu authentifier votre moyen de paiement.'
    + ' Choisissez-en un autre et réessayez.',
  processing_error: 'Une erreur est survenue pendant le traitement de votre'
    + ' carte. Réessayez dans un instant.',
};
