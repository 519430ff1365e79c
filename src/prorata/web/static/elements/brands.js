// Brands: small drawings of our own that tell cards and ways to pay apart.

const card = (fill, inside) => `<svg viewBox="0 0 36 24" aria-hidden="true" focusable="false">
  <rect x=".5" y=".5" width="35" height="23" rx="4" fill="${fill}" stroke="rgb(20 30 60 / 14%)"/>
  ${inside}</svg>`;
const word = (text, fill, size, x = 18, style = 'normal') => `<text x="${x}" y="${12 + size * 0.36}"
  font-family="Arial, Helvetica, sans-serif" font-size="${size}" font-weight="700"
  font-style="${style}" text-anchor="middle" fill="${fill}">${text}</text>`;

const DRAWINGS = {
  visa: card('#fff', word('VISA', '#1a3c94', 10, 18, 'italic')),
  mastercard: card('#fff', `<circle cx="14" cy="12" r="6.6" fill="#e0222d"/>
    <circle cx="22" cy="12" r="6.6" fill="#f5a21c"/>
    <path d="M18 6.7a6.6 6.6 0 0 1 0 10.6a6.6 6.6 0 0 1 0-10.6z" fill="#f0661f"/>`),
  amex: card('#2a6fc0', word('AMEX', '#fff', 8.6)),
  discover: card('#fff', `${word('DISC', '#22262e', 7.4, 12)}<circle cx="25" cy="12" r="4.6"
    fill="#ee7a23"/>`),
  diners: card('#fff', `<circle cx="18" cy="12" r="7.4" fill="#23578e"/><path d="M15.6 7.4v9.2a5 5
    0 0 1 0-9.2zm4.8 0a5 5 0 0 1 0 9.2z" fill="#fff"/>`),
  jcb: card('#fff', `<rect x="8" y="5" width="6" height="14" rx="2" fill="#1f56a8"/>
    <rect x="15" y="5" width="6" height="14" rx="2" fill="#c8232f"/>
    <rect x="22" y="5" width="6" height="14" rx="2" fill="#2a8a3d"/>`),
  unionpay: card('#fff', `<path d="M10 5h6l-3 14H7z" fill="#d3222e"/><path d="M17 5h6l-3 14h-6z"
    fill="#1f4f8f"/><path d="M24 5h5l-3 14h-5z" fill="#14777c"/>`),
};

// Drawn with the current colour, so that it suits whatever is around it.
const GLYPHS = {
  card: `<svg class="glyph" viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none"
    stroke="currentColor" stroke-width="1.7"><rect x="2.6" y="5" width="18.8" height="14" rx="3"/>
    <path d="M2.6 9.6h18.8M6.4 15h4"/></svg>`,
  bank: `<svg class="glyph" viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none"
    stroke="currentColor" stroke-width="1.7" stroke-linejoin="round"><path d="M3 9.4 12 4l9 5.4v1.2H3zM5
    19.5h14M6.2 10.8v6.4M10 10.8v6.4M14 10.8v6.4M17.8 10.8v6.4"/></svg>`,
  transfer: `<svg class="glyph" viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none"
    stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"><path
    d="M4 8.5h15m-4-4 4 4-4 4M20 15.5H5m4-4-4 4 4 4"/></svg>`,
  cvc: `<svg class="glyph" viewBox="0 0 36 24" aria-hidden="true" focusable="false" fill="none"
    stroke="currentColor" stroke-width="1.5"><rect x="1.2" y="2" width="33.6" height="20" rx="4"/>
    <path d="M1.2 7.6h33.6" stroke-width="3.2"/><rect x="20.5" y="12.2" width="10.4" height="5.6"
    rx="2.8" stroke-width="1.3"/><path d="M23.4 15h.1m2.1 0h.1m2.1 0h.1" stroke-width="1.9"
    stroke-linecap="round"/></svg>`,
};

export const glyph = (name) => GLYPHS[name] || GLYPHS.card;
export const brandMark = (brand) => DRAWINGS[brand] || GLYPHS.card;
export const SHOWN_BRANDS = ['visa', 'mastercard', 'amex', 'discover'];
export const BRAND_NAMES = {
  amex: 'American Express', diners: 'Diners Club', discover: 'Discover', jcb: 'JCB',
  mastercard: 'Mastercard', unionpay: 'UnionPay', visa: 'Visa', unknown: 'Card',
};
