// Gateway card: in a page of ours, a card that is typed into the gateway's own fields.

import { gatewayFields } from "../elements/gateway_fields.js";

// Draw them where `place` is; its data say in which words.
export function gatewayCard(place) {
  const { live, failed, incomplete, title } = place.dataset;
  const note = place.querySelector("[role=alert]");
  const sample = document.createElement("input");
  sample.hidden = true;
  const say = (text) => {
    note.textContent = text || "";
    note.hidden = !text;
  };
  const fields = gatewayFields({
    title, livemode: live === "true", locale: document.documentElement.lang, layout: "rows",
    sample: () => sample, onChange: (state) => say(state.error?.message),
  });
  place.insertBefore(fields.root, note);
  place.append(sample);
  fields.ready.catch(() => say(failed));
  place.tabIndex = -1;
  place.addEventListener("focus", () => fields.focus());
  return {
    say,
    // What is wrong, said where it can be mended; empty where nothing is.
    check() {
      const wrong = fields.check() ? "" : fields.state.error?.message || incomplete;
      say(wrong);
      return wrong;
    },
    // Return {token} or {error: {code, message}}.
    tokenize: (billing) => fields.tokenize(billing),
    focus: () => fields.focus(),
  };
}

// A form that is posted: the token goes along in a hidden field. Returns false where it may not go.
export async function fillToken(form, card, billing) {
  if (card.check()) {
    card.focus();
    return false;
  }
  const { token, error } = await card.tokenize(billing);
  if (error) card.say(error.message || form.querySelector("[data-gateway]").dataset.incomplete);
  else form.elements.namedItem("gateway_token").value = token;
  return !error;
}
