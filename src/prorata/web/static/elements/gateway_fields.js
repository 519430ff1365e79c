// Gateway fields: a card that is typed into the gateway's own fields; what comes out is a token.

const LOADING_MILLISECONDS = 20000;

// How a field of the page looks, so that the gateway's look like it.
function lookOf(sample) {
  const style = getComputedStyle(sample);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return {
    fontFamily: style.fontFamily, fontSize: style.fontSize, color: style.color,
    backgroundColor: style.backgroundColor, border: style.border, borderRadius: style.borderRadius,
    padding: style.padding, minHeight: style.minHeight,
    colorPrimary: colour('--color-primary') || colour('--brand-text'),
    colorDanger: colour('--color-danger') || colour('--danger'),
    colorPlaceholder: colour('--color-text-placeholder') || colour('--faint'),
  };
}

// root: the frame, to be put into the page once and left there. layout: `rows` with labels, or one
// `line`. sample: a field of ours. onChange hears {empty, complete, brand, error}.
export function gatewayFields({ livemode, locale, layout, sample, title, onChange }) {
  const root = document.createElement('iframe');
  const query = new URLSearchParams({ livemode: String(livemode), locale });
  root.src = `/elements/gateway?${query}`;
  root.title = title;
  root.className = 'GatewayFields';
  root.setAttribute('scrolling', 'no');
  let state = { empty: true, complete: false };
  let fields = null;

  const change = (next) => {
    state = { ...state, ...next };
    onChange(state);
  };
  const ready = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('timeout')), LOADING_MILLISECONDS);
    // Again where the page moves the frame: it is another document then.
    root.addEventListener('load', async () => {
      try {
        state = { empty: true, complete: false };
        fields = await root.contentWindow.prorataMount({
          layout, locale, livemode, look: lookOf(sample()), onChange: change,
        });
        clearTimeout(timer);
        resolve();
      } catch (fault) {
        reject(fault);
      }
    });
  });

  return {
    root, ready,
    get state() { return state; },
    // Whether the card is whole; what is missing is shown in the fields.
    check() {
      if (state.complete) return true;
      fields?.validate?.();
      return false;
    },
    // Return {token} or {error: {code, message}}.
    async tokenize(billing) {
      if (!fields) return { error: { code: 'element_not_ready' } };
      try {
        const { token, error } = await fields.tokenize({ billing_details: billing });
        return token ? { token } : { error: error || { code: 'processing_error' } };
      } catch (fault) {
        return { error: { code: 'processing_error', message: String(fault.message || fault) } };
      }
    },
    focus: () => fields?.focus?.(),
    clear: () => fields?.clear?.(),
  };
}
