// Declines: Japanese, for what the API says in English.
export default {
  card_declined: 'カードが拒否されました。',
  expired_card: 'カードの有効期限が切れています。',
  incorrect_cvc: 'カードのセキュリティコードが正しくありません。',
  incorrect_number: 'カード番号が正しくありません。',
  insufficient_funds: 'カードの残高が不足しています。',
  not_authenticated: 'お支払い方法を認証できませんでした。別のお支払い方法を選択して、もう一度お試しください。',
  processing_error: 'カードの処理中にエラーが発生しました。しばらくしてからもう一度お試しください。',
};
