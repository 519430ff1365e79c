// Words: what a frame says, in the language of the page around it.

let known = {};

export async function learn() {
  known = (await import(document.body.dataset.words)).default;
}

// Return a text; `{name}` in it stands for a value.
export function say(key, values = {}) {
  const text = known[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

export const language = () => document.documentElement.lang || 'en';
