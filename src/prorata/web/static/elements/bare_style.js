// Bare style: the style option of elements in one line, as rules.

import { declarations, isSafe } from './look.js';

const STYLED = {
  base: '', complete: '.is-complete', empty: '.is-empty', invalid: '.is-invalid',
};
const PSEUDO = /^::?(hover|focus|disabled|placeholder|selection|-webkit-autofill|-ms-clear)$/;

// The style option of elements that are a single line: the page draws the box around it.
export function styleRules(style) {
  if (!style) return [];
  const rules = [];
  for (const [variant, state] of Object.entries(STYLED)) {
    const { iconColor, ...properties } = style[variant] || {};
    const plain = {};
    for (const [name, value] of Object.entries(properties)) {
      if (PSEUDO.test(name)) {
        rules.push(`.Bare input${state}${name} { ${declarations(value)} }`);
      } else {
        plain[name === 'fontSmoothing' ? 'webkitFontSmoothing' : name] = value;
      }
    }
    const lines = declarations(plain);
    if (lines) rules.unshift(`.Bare input${state} { ${lines} }`);
    const holder = state ? `.Bare:has(${state})` : '.Bare';
    if (isSafe(iconColor)) rules.push(`${holder} .glyph { color: ${iconColor}; }`);
  }
  return rules;
}
