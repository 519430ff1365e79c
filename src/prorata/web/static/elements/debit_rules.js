// Debit rules: what is wrong with the numbers of a bank account in the US or the UK.

import { digitsOf } from './card_rules.js';

export const formatSortCode = (text) => digitsOf(text).slice(0, 6).replace(/(\d{2})(?=\d)/g, '$1-');
export const onlyDigits = (most) => (text) => digitsOf(text).slice(0, most);

const digitsBetween = (least, most, code) => (text) => {
  const { length } = digitsOf(text);
  return length >= least && length <= most ? null : code;
};

export const checkAccount = digitsBetween(4, 17, 'incomplete_account');
export const checkSortCode = digitsBetween(6, 6, 'incomplete_sort_code');
export const checkBacsAccount = digitsBetween(8, 8, 'incomplete_account');

// The American routing number carries a check digit.
export function checkRouting(text) {
  const digits = digitsOf(text);
  if (digits.length < 9) return 'incomplete_routing';
  const sum = Array.from(digits).reduce((all, digit, place) =>
    all + Number(digit) * [3, 7, 1][place % 3], 0);
  return sum % 10 ? 'invalid_routing' : null;
}
