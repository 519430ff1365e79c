// Invoices: fields that help while one types, and a payment whose problems are shown in place.

import { brandMark } from "../elements/brands.js";
import {
  brandOf, checkCvc, checkExpiry, checkNumber, formatCvc, formatExpiry, formatNumber, isFullNumber,
} from "../elements/card_rules.js";
import { checkIban, formatIban } from "../elements/iban_rules.js";

const place = document.getElementById("gateway-card");
// A card in the gateway's own fields, where it has some.
const theirs = place && (await import("../design/gateway_card.js"));
const card = place && theirs.gatewayCard(place);

const words = JSON.parse(document.getElementById("words").textContent);
const form = document.getElementById("pay-form");
const problem = document.getElementById("problem");

// What a challenge has said is on the page now; its secret need not stay in the address.
const here = new URL(location.href);
for (const name of [...here.searchParams.keys()]) if (name !== "locale") here.searchParams.delete(name);
if (here.href !== location.href) history.replaceState(null, "", here);

if (form) live();

function live() {
  const field = (name) => form.elements.namedItem(name);
  const number = field("number");
  const expiry = field("expiry");
  const cvc = field("cvc");
  const iban = field("iban");

  if (number) {
    const mark = document.createElement("span");
    mark.className = "card-brand";
    number.after(mark);
    const draw = () => { mark.innerHTML = brandMark(brandOf(number.value).brand); };
    draw();
    typed(number, formatNumber, () => {
      draw();
      if (isFullNumber(number.value) && !checkNumber(number.value)) expiry.focus();
    });
    typed(expiry, formatExpiry, () => {
      if (expiry.value.length === 7 && !checkExpiry(expiry.value)) cvc.focus();
    });
    typed(cvc, (text) => formatCvc(text, brandOf(number.value).cvc));
  }
  if (iban) typed(iban, formatIban);

  // What is wrong is said when a field is left, and taken back while it is mended.
  const checks = [
    [number, () => checkNumber(number.value)], [expiry, () => checkExpiry(expiry.value)],
    [cvc, () => checkCvc(cvc.value, number.value)], [iban, () => checkIban(iban.value)],
  ].filter(([input]) => input);
  for (const [input, check] of checks) {
    input.addEventListener("blur", () => {
      if (input.value) mark(input, check() ? words[input.name] : "");
    });
    input.addEventListener("input", () => mark(input, ""));
  }

  // One choice to keep details stands in the fields of each way.
  const saves = form.querySelectorAll("[data-save]");
  for (const each of saves) {
    each.addEventListener("change", () => { for (const box of saves) box.checked = each.checked; });
  }
  for (const way of form.querySelectorAll('input[name="way"]')) {
    way.addEventListener("change", () => say(""));
  }
  if (form.dataset.field && document.activeElement === document.body) point(form.dataset.field);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = document.getElementById("pay-button");
    if (button.disabled) return;
    const way = new FormData(form).get("way");
    if (!way) {
      say(words.choose);
      form.querySelector('input[name="way"]').focus();
      return;
    }
    const own = (input) => input.closest("[data-way]")?.dataset.way === way;
    const wrong = checks.filter(([input, check]) => own(input) && check());
    for (const [input] of wrong) mark(input, words[input.name]);
    if (wrong.length) {
      wrong[0][0].focus();
      return;
    }
    say("");
    if (way === "card" && card && !(await theirs.fillToken(form, card, billing()))) return;
    button.disabled = true;
    button.classList.add("is-busy");
    const told = await send(way);
    if (told.location) {
      location.assign(told.location);
      // The page that is open already is loaded anew.
      if (new URL(told.location).href === location.href) location.reload();
      return;
    }
    button.disabled = false;
    button.classList.remove("is-busy");
    say(told.error.message);
    if (told.error.field) point(told.error.field);
    else problem.focus();
  });

  function billing() {
    const address = { postal_code: field("postal_code").value.trim() || undefined };
    return { name: field("holder").value.trim() || undefined, address };
  }

  async function send(way) {
    const body = new URLSearchParams();
    for (const input of form.elements) {
      const place = input.closest("[data-way]");
      const isSent = input.name && (!place || place.dataset.way === way || input.name === "way");
      if (!isSent || (/radio|checkbox/.test(input.type) && !input.checked)) continue;
      body.set(input.name, input.value);
    }
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, headers: { accept: "application/json" },
      });
      return await answer.json();
    } catch {
      return { error: { message: words.again, field: "" } };
    }
  }

  function point(name) {
    const way = new FormData(form).get("way");
    const input = field(name === "holder" && way !== "card" ? `${way}_holder` : name);
    if (!input) return;
    input.closest(".field")?.classList.add("is-wrong");
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", "problem");
    input.focus();
  }
}

function say(message) {
  problem.textContent = message;
  problem.hidden = !message;
}

function mark(input, message) {
  const box = input.closest(".field");
  box.classList.toggle("is-wrong", Boolean(message));
  let note = box.querySelector(".note");
  if (message && !note) {
    note = document.createElement("p");
    note.className = "note";
    note.id = `${input.id}-note`;
    box.append(note);
  }
  if (note) note.textContent = message;
  if (message) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", note.id);
  } else {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    note?.remove();
  }
}

// Format what is typed; the caret stays where it was among the letters and digits.
function typed(input, format, after = () => {}) {
  let before = input.value;
  input.addEventListener("input", () => {
    const kept = input.value.slice(0, input.selectionStart).replace(/[^0-9A-Za-z]/g, "").length;
    const isAtEnd = input.selectionStart === input.value.length;
    input.value = format(input.value, before);
    before = input.value;
    if (!isAtEnd) {
      let place = 0;
      for (let seen = 0; place < input.value.length && seen < kept; place += 1) {
        if (/[0-9A-Za-z]/.test(input.value[place])) seen += 1;
      }
      input.setSelectionRange(place, place);
    // What was typed before this script came leads nobody away from where they are now.
    } else if (input === document.activeElement) after();
  });
}
