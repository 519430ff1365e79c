// Wallet words: Japanese, for the sandbox's wallet alone.
export default {
  wallet_book: 'テストウォレットで予約',
  wallet_buy: 'テストウォレットで購入',
  wallet_card: 'カード',
  wallet_checkout: 'テストウォレットで会計',
  wallet_confirm: '続ける',
  wallet_declined: '拒否される Visa',
  wallet_donate: 'テストウォレットで寄付',
  wallet_note: 'お試し用のウォレットです。お金は動きません。',
  wallet_order: 'テストウォレットで注文',
  wallet_pay: 'テストウォレットで支払う',
  wallet_plain: 'テストウォレット',
  wallet_rejected: 'この住所には配送できません。別の住所を選択してください。',
  wallet_subscribe: 'テストウォレットで申し込む',
};
