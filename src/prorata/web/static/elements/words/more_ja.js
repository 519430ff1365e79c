// More words: Japanese, for what few payers see.
export default {
  card_network: 'カードのネットワーク',
  card_network_any: 'ネットワークを選ぶ',
  more_methods: 'その他の支払い方法',
  promotion_apply: '適用',
  promotion_code: 'プロモーションコード',
  promotion_wrong: 'このコードは使えません。',
  same_as_billing: '請求先住所と同じ',
  same_as_shipping: '配送先住所と同じ',
  step_contact: '連絡先',
  step_next: '次へ',
  step_payment: 'お支払い',
  steps: '手順',
};
