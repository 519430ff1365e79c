// Words: what a frame says, in the language of the page around it.

let known = {};

const WITH_WALLET = ['expressCheckout', 'wallet'];

export async function learn() {
  const { dataset: { words } } = document.body;
  const sources = [words];
  if (WITH_WALLET.includes(document.documentElement.dataset.kind)) {
    sources.push(words.replace('/words/', '/words/wallet_'));
  }
  const learned = await Promise.all(sources.map((each) => import(each)));
  known = Object.assign({}, ...learned.map((each) => each.default));
}

// Words for what few payers see, which come with it.
export async function learnMore(kind = 'more') {
  const { dataset: { words } } = document.body;
  Object.assign(known, (await import(words.replace('/words/', `/words/${kind}_`))).default);
}

// Return a text; `{name}` in it stands for a value.
export function say(key, values = {}) {
  const text = known[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

export const language = () => document.documentElement.lang || 'en';
