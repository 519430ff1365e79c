// IBAN rules: lengths by country and the check digits.

const LENGTHS = {
  AD: 24, AT: 20, BE: 16, BG: 22, CH: 21, CY: 28, CZ: 24, DE: 22, DK: 18, EE: 20, ES: 24, FI: 18,
  FR: 27, GB: 22, GI: 23, GR: 27, HR: 21, HU: 28, IE: 22, IS: 26, IT: 27, LI: 21, LT: 20, LU: 20,
  LV: 21, MC: 27, MT: 31, NL: 18, NO: 15, PL: 28, PT: 25, RO: 24, SE: 24, SI: 19, SK: 24, SM: 27,
  VA: 22,
};

export const strip = (text) => text.replace(/[^A-Za-z0-9]/g, '').toUpperCase();

export const formatIban = (text) => strip(text).slice(0, 34).replace(/(.{4})(?=.)/g, '$1 ');

export const countryOf = (text) => {
  const country = strip(text).slice(0, 2);
  return country in LENGTHS ? country : '';
};

export function checkIban(text, countries = null) {
  const iban = strip(text);
  const country = iban.slice(0, 2);
  if (iban.length < 2) return 'incomplete_iban';
  if (!(country in LENGTHS) || (countries && !countries.includes(country))) {
    return 'invalid_iban_country_code';
  }
  if (iban.length < LENGTHS[country]) return 'incomplete_iban';
  if (iban.length > LENGTHS[country] || !/^\d{2}$/.test(iban.slice(2, 4))) return 'invalid_iban';
  let rest = 0;
  for (const letter of iban.slice(4) + iban.slice(0, 4)) {
    for (const digit of String(parseInt(letter, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1 ? null : 'invalid_iban';
}

export const EXAMPLES = {
  DE: 'DE89 3704 0044 0532 0130 00', FR: 'FR14 2004 1010 0505 0001 3M02 606',
  NL: 'NL39 RABO 0300 0652 64', ES: 'ES07 0012 0345 0300 0006 7890', AT: 'AT61 1904 3002 3457 3201',
  IT: 'IT40 S054 2811 1010 0000 0123 456', BE: 'BE62 5100 0754 7061', IE: 'IE64 IRCE 9205 0112 3456 78',
  PT: 'PT50 0002 7000 0001 2345 6783 3', FI: 'FI21 1234 5600 0007 85',
};
