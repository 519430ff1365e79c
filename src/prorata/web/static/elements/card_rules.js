// Card rules: what a number says of its card, and what is wrong with what was typed.

// brand, how its numbers begin, lengths, where gaps stand, length of the security code.
const BRANDS = [
  { brand: 'amex', starts: /^3[47]/, lengths: [15], gaps: [4, 10], cvc: 4 },
  { brand: 'diners', starts: /^3(0[0-5]|095|[689])/, lengths: [14, 16, 19], gaps: [4, 10], cvc: 3 },
  { brand: 'jcb', starts: /^35(2[89]|[3-8])/, lengths: [16, 17, 18, 19], gaps: [4, 8, 12, 16], cvc: 3 },
  {
    brand: 'mastercard', starts: /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16],
    gaps: [4, 8, 12], cvc: 3,
  },
  {
    brand: 'discover', starts: /^(6011|64[4-9]|65)/, lengths: [16, 17, 18, 19],
    gaps: [4, 8, 12, 16], cvc: 3,
  },
  { brand: 'unionpay', starts: /^(62|81)/, lengths: [16, 17, 18, 19], gaps: [4, 8, 12, 16], cvc: 3 },
  { brand: 'visa', starts: /^4/, lengths: [13, 16, 19], gaps: [4, 8, 12, 16], cvc: 3 },
];
const UNKNOWN = { brand: 'unknown', lengths: [16], gaps: [4, 8, 12], cvc: 3 };

export const digitsOf = (text) => text.replace(/\D/g, '');

export function brandOf(number) {
  const digits = digitsOf(number);
  const found = BRANDS.find((each) => each.starts.test(digits)) || UNKNOWN;
  // Fourteen digits are divided otherwise than sixteen.
  if (found.brand === 'diners' && /^3[0689]/.test(digits) && digits.length > 14) {
    return { ...found, gaps: [4, 8, 12, 16] };
  }
  return found;
}

const usualLength = ({ brand, lengths }) => (brand === 'visa' ? 16 : lengths[0]);

export function formatNumber(text) {
  const digits = digitsOf(text);
  const { gaps, lengths } = brandOf(digits);
  const kept = digits.slice(0, Math.max(...lengths));
  return Array.from(kept, (digit, place) => (gaps.includes(place) ? ` ${digit}` : digit)).join('');
}

function fitsLuhn(digits) {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    let digit = Number(digits[digits.length - 1 - place]);
    if (place % 2) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}

export function checkNumber(text) {
  const digits = digitsOf(text);
  const brand = brandOf(digits);
  if (brand.lengths.includes(digits.length) && fitsLuhn(digits)) return null;
  if (digits.length < usualLength(brand)) return 'incomplete_number';
  return 'invalid_number';
}

export const isFullNumber = (text) => {
  const digits = digitsOf(text);
  return digits.length >= usualLength(brandOf(digits));
};

export function formatExpiry(text, previous = '') {
  const isErasing = text.length < previous.length;
  let digits = digitsOf(text);
  if (/^\s*\d\s*\/\s*\d*/.test(text) && digits.length) digits = `0${digits}`;
  // Password managers write the whole year.
  if (/^\d{2}\s*[/-]?\s*20\d{2}$/.test(text.trim())) digits = digits.slice(0, 2) + digits.slice(4);
  if (/^[2-9]/.test(digits)) digits = `0${digits}`;
  digits = digits.slice(0, 4);
  if (digits.length < 2 || (isErasing && digits.length === 2)) return digits;
  return `${digits.slice(0, 2)} / ${digits.slice(2)}`;
}

export function readExpiry(text) {
  const digits = digitsOf(text);
  return { month: Number(digits.slice(0, 2)), year: 2000 + Number(digits.slice(2, 4)) };
}

// A card as the API takes it, of what was typed.
export function readCard(number, expiry, cvc) {
  const { month, year } = readExpiry(expiry);
  return { number: digitsOf(number), exp_month: month, exp_year: year, cvc };
}

export function checkExpiry(text, today = new Date()) {
  const digits = digitsOf(text);
  if (digits.length >= 2 && (digits.slice(0, 2) === '00' || Number(digits.slice(0, 2)) > 12)) {
    return 'invalid_expiry_month';
  }
  if (digits.length < 4) return 'incomplete_expiry';
  const { month, year } = readExpiry(text);
  if (year < today.getFullYear()) return 'invalid_expiry_year_past';
  if (year === today.getFullYear() && month < today.getMonth() + 1) {
    return 'invalid_expiry_month_past';
  }
  if (year > today.getFullYear() + 50) return 'invalid_expiry_year';
  return null;
}

export const formatCvc = (text, length = 4) => digitsOf(text).slice(0, length);

export function checkCvc(text, number = '') {
  const { brand, cvc } = brandOf(number);
  const length = digitsOf(text).length;
  const least = brand === 'unknown' ? 3 : cvc;
  return length < least ? 'incomplete_cvc' : null;
}

// Countries whose banks compare the postal code.
const COMPARED = { US: /^\d{5}(-?\d{4})?$/, GB: /^[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}$/i,
  CA: /^[A-Z]\d[A-Z]\s*\d[A-Z]\d$/i };

export const comparesPostalCode = (country) => country in COMPARED;

export function checkPostalCode(text, country) {
  const pattern = COMPARED[country];
  if (!text.trim()) return 'incomplete_zip';
  return pattern && !pattern.test(text.trim()) ? 'incomplete_zip' : null;
}
