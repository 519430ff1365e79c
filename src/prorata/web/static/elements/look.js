// Look: the page's Appearance as custom properties and rules. What could load or leak is left out.

const THEMES = {
  stripe: {
    colorPrimary: '#2f5bd8', colorBackground: '#ffffff', colorText: '#1a2233',
    colorTextSecondary: '#5d6880', colorTextPlaceholder: '#717c92', colorDanger: '#b3261e',
    colorSuccess: '#1a7f4b', colorWarning: '#96610a', borderRadius: '8px',
    inputBorder: '1px solid #d5dbe8', inputShadow: '0 1px 2px rgb(20 30 60 / 6%)',
    hoverBorder: '#aab5cc', soft: '#f3f5fa', scheme: 'light',
  },
  night: {
    colorPrimary: '#8aa6ff', colorBackground: '#1d2434', colorText: '#edf0f7',
    colorTextSecondary: '#a5b0c8', colorTextPlaceholder: '#8c98b3', colorDanger: '#ff8f86',
    colorSuccess: '#6fd7a0', colorWarning: '#f0c36a', borderRadius: '8px',
    inputBorder: '1px solid #37425a', inputShadow: '0 1px 2px rgb(0 0 0 / 30%)',
    hoverBorder: '#56648a', soft: '#161c29', scheme: 'dark',
  },
  flat: {
    colorPrimary: '#1a2233', colorBackground: '#eef1f6', colorText: '#1a2233',
    colorTextSecondary: '#566176', colorTextPlaceholder: '#667187', colorDanger: '#a8201a',
    colorSuccess: '#176f42', colorWarning: '#855508', borderRadius: '6px',
    inputBorder: '1px solid transparent', inputShadow: 'none', hoverBorder: '#c8d0de',
    soft: '#e6eaf2', scheme: 'light',
  },
};
const BASE = {
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontSizeBase: '16px', fontLineHeight: '1.4', spacingUnit: '4px', fontWeightLight: '300',
  fontWeightNormal: '400', fontWeightMedium: '500', fontWeightBold: '600',
};
const SELECTOR = /^\.[A-Z][A-Za-z]*(--[a-z][A-Za-z]*)*(:{1,2}[a-z-]+)*(\s*[,>]?\s*\.[A-Z][A-Za-z]*(--[a-z][A-Za-z]*)*(:{1,2}[a-z-]+)*)*$/;
const PROPERTY = /^(animation.*|backdropFilter|background|backgroundColor|border.*|boxShadow|caretColor|color|fill|filter|font.*|letterSpacing|lineHeight|margin.*|minHeight|opacity|outline.*|padding.*|gap|stroke|textAlign|textDecoration.*|textShadow|textTransform|transition|-?(webkit|moz|Webkit|Moz).*)$/;
const UNSAFE = /url\(|image\(|image-set|expression|[;{}<>\\@]/i;

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [sheet];

const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  .replace(/^(webkit|moz)-/, '-$1-');
export const isSafe = (value) => ['string', 'number'].includes(typeof value) && !UNSAFE.test(value);

// Dress the frame as the page wants it; `more` are rules of the element's own.
export function dress(context, more = []) {
  const appearance = context.appearance || {};
  const theme = THEMES[appearance.theme] || THEMES.stripe;
  const said = {};
  for (const [name, value] of Object.entries(appearance.variables || {})) {
    if (isSafe(value) && /^[A-Za-z0-9]+$/.test(name)) said[name] = value;
  }
  const values = { ...BASE, ...theme, ...said };
  if (said.inputColorBorder) values.inputBorder = `1px solid ${said.inputColorBorder}`;
  if (said.inputBoxShadow) values.inputShadow = said.inputBoxShadow;
  const lines = Object.entries(values).map(([name, value]) => `--${kebab(name)}: ${value};`);
  const rules = [`:root { ${lines.join(' ')} }`];
  for (const [selector, properties] of Object.entries(appearance.rules || {})) {
    const rule = ruleOf(selector, properties);
    if (rule) rules.push(rule);
  }
  sheet.replaceSync([...rules, ...more].join('\n'));
  const root = document.documentElement;
  root.dataset.theme = THEMES[appearance.theme] ? appearance.theme : 'stripe';
  root.dataset.labels = appearance.labels === 'floating' ? 'floating' : 'above';
  root.dataset.inputs = appearance.inputs === 'condensed' ? 'condensed' : 'spaced';
  root.toggleAttribute('data-still', Boolean(appearance.disableAnimations));
  if (appearance.labels === 'floating' || appearance.inputs === 'condensed') {
    needStyle('frame_variants');
  }
}

const styles = new Map();

// Load a style that not every page needs; resolve when it counts.
export function needStyle(name) {
  if (!styles.has(name)) {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = new URL(`${name}.css`, import.meta.url);
    styles.set(name, new Promise((resolve) => { link.onload = link.onerror = resolve; }));
    document.head.append(link);
  }
  return styles.get(name);
}

function ruleOf(selector, properties) {
  if (!SELECTOR.test(selector.trim())) {
    console.warn(`The appearance rule ${selector} was left out: it is no selector of ours.`);
    return null;
  }
  const lines = declarations(properties);
  return lines ? `${selector} { ${lines} }` : null;
}

export function declarations(properties) {
  return Object.entries(properties || {})
    .filter(([name, value]) => PROPERTY.test(name) && isSafe(value))
    .map(([name, value]) => `${kebab(name)}: ${value};`)
    .join(' ');
}

export async function loadFonts(fonts) {
  for (const font of fonts || []) {
    try {
      const face = new FontFace(font.family, font.src, {
        weight: font.weight || 'normal', style: font.style || 'normal',
        unicodeRange: font.unicodeRange || 'U+0-10FFFF', display: font.display || 'swap',
      });
      document.fonts.add(face);
      face.load().catch(() => {});
    } catch {
      console.warn(`The font ${font.family} could not be read.`);
    }
  }
}
