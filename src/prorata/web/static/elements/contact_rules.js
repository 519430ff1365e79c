// Contact rules: what is wrong with an address of e-mail, or with a number of a telephone.

export const checkEmail = (text) => (/^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/.test(text.trim())
  ? null : 'invalid_email');

export const checkPhone = (text) => (text.replace(/\D/g, '').length < 6 ? 'incomplete_phone' : null);
