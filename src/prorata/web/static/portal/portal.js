// The portal: what makes its forms quicker; without it they work all the same.

// Who has begun to mend it already stays there.
if (document.activeElement === document.body) document.querySelector("[data-focus]")?.focus();

// A number of seats has its bounds from the plan that is chosen.
const quantity = document.querySelector("#quantity");
if (quantity) {
  const field = document.querySelector("#quantity-field");
  const choices = [...document.querySelectorAll("input[name=price]")];
  const bind = () => {
    const chosen = choices.find((each) => each.checked);
    const bounded = chosen?.dataset.most !== undefined;
    field.hidden = !bounded;
    quantity.disabled = !bounded;
    if (!bounded) return;
    quantity.min = chosen.dataset.least;
    quantity.max = chosen.dataset.most;
    // While it is typed it is no more than begun.
    if (quantity !== document.activeElement) step(0);
  };
  const step = (by) => {
    const wanted = (parseInt(quantity.value, 10) || 0) + by;
    quantity.value = Math.min(Math.max(wanted, quantity.min), quantity.max);
  };
  for (const button of field.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => step(Number(button.dataset.step)));
  }
  for (const each of choices) each.addEventListener("change", bind);
  bind();
}

// Cards are typed as they are printed.
const shapes = {
  number: (digits) => {
    const amex = /^3[47]/.test(digits);
    const parts = amex
      ? [digits.slice(0, 4), digits.slice(4, 10), digits.slice(10, 15)]
      : digits.slice(0, 19).match(/.{1,4}/g) ?? [];
    return parts.filter(Boolean).join(" ");
  },
  expiry: (digits) => {
    const whole = /^[2-9]/.test(digits) ? `0${digits}` : digits;
    return whole.length > 2 ? `${whole.slice(0, 2)} / ${whole.slice(2, 4)}` : whole;
  },
  cvc: (digits) => digits.slice(0, 4),
};
for (const input of document.querySelectorAll("[data-card]")) {
  input.addEventListener("input", () => {
    const shape = shapes[input.dataset.card];
    const before = input.value.slice(0, input.selectionStart).replace(/\D/g, "").length;
    const atEnd = input.selectionStart === input.value.length;
    input.value = shape(input.value.replace(/\D/g, ""));
    if (atEnd) return;
    let place = 0;
    for (let seen = 0; place < input.value.length && seen < before; place += 1) {
      if (/\d/.test(input.value[place])) seen += 1;
    }
    input.setSelectionRange(place, place);
  });
}

// A card in the gateway's own fields goes along as their token.
const place = document.querySelector("#gateway-card");
if (place) {
  const { gatewayCard, fillToken } = await import("../design/gateway_card.js");
  const card = gatewayCard(place);
  const form = place.closest("form");
  const button = form.querySelector("button");
  const value = (name) => form.elements.namedItem(name).value.trim() || undefined;
  // Before whatever else hears of it: the form goes when the token has come.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (button.disabled) return;
    button.disabled = true;
    const address = { country: value("country"), postal_code: value("postal_code") };
    if (await fillToken(form, card, { name: value("name"), address })) form.submit();
    else button.disabled = false;
  }, { capture: true });
}

export {};
