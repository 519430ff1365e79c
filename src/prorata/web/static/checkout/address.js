// Address: its parts in the order of the country, with the names they have there.

import { countryChoices, likelyCountry } from '../elements/countries.js';
import { formOf, labelOf, statesOf } from '../elements/places.js';
import { all, facts, find, word } from './page.js';
import { showError } from './fields.js';

const PARTS = { line1: 'line1', line2: 'line2', postalCode: 'postal_code', city: 'city', state: 'state' };

// What is chosen from a list that a script made, a browser does not find again for who comes back.
const remember = ({ target: { id, value } }) => {
  history.replaceState({ ...history.state, [id]: value }, '');
};
const remembered = (id) => history.state?.[id] || '';

export function fillCountries(select, chosen, allowed = []) {
  const choices = countryChoices(allowed);
  const codes = choices.map(([code]) => code);
  const wanted = [remembered(select.id), chosen, likelyCountry(navigator.language), facts.country, codes[0]];
  const country = wanted.find((each) => codes.includes(each));
  select.replaceChildren(...choices.map(([code, name]) => new Option(name, code, false, code === country)));
  select.addEventListener('change', remember);
  return select;
}

export function startAddresses(onWhole) {
  for (const group of all('[data-address]')) {
    const { address: kind, country, allowed } = group.dataset;
    const select = fillCountries(find(`${kind}-country`), country, allowed.split(' ').filter(Boolean));
    arrange(group, kind, select.value);
    select.addEventListener('change', () => arrange(group, kind, select.value));
    group.addEventListener('change', () => {
      if (isWhole(kind)) onWhole(kind, readAddress(kind));
    });
  }
}

function arrange(group, kind, country) {
  const box = group.querySelector('.joined');
  const form = formOf(country);
  offerStates(kind, country);
  for (const name of Object.keys(PARTS)) {
    const input = find(`${kind}-${name}`);
    const cell = input.parentElement;
    const part = form.find((each) => each.name === name);
    // What one country asks for, another one may not know.
    showError(input, '');
    cell.hidden = !part;
    cell.classList.remove('half', 'starts');
    if (!part) continue;
    input.required = part.isRequired;
    if (name === 'postalCode' || name === 'state') {
      const label = labelOf(name, country);
      cell.querySelector('label').textContent = label;
      if ('placeholder' in input) input.placeholder = label;
    }
  }
  const cells = form.map(({ name }) => find(`${kind}-${name}`).parentElement);
  putInOrder(box, cells);
  pairUp(cells.filter((_, place) => !form[place].name.startsWith('line')));
  roundCorners(box);
}

// The others go around the one that is typed in: a field that is moved loses the focus.
function putInOrder(box, cells) {
  const held = cells.find((each) => each.contains(document.activeElement));
  const place = cells.indexOf(held);
  for (const cell of cells.slice(0, Math.max(place, 0))) box.insertBefore(cell, held);
  box.append(...cells.slice(place + 1));
}

// City, postal code and state stand two in a row, the last one alone where they are odd.
function pairUp(cells) {
  const whole = cells.length % 2 ? cells.length - 1 : cells.length;
  cells.forEach((cell, place) => {
    if (place < whole) cell.classList.add('half');
    if (place < whole && place % 2 === 0) cell.classList.add('starts');
  });
}

function roundCorners(box) {
  const cells = [...box.children].filter((each) => !each.hidden);
  for (const cell of cells) cell.querySelector('input, select').classList.remove('tl', 'tr', 'bl', 'br');
  const add = (cell, ...names) => cell?.querySelector('input, select').classList.add(...names);
  const last = cells.length - 1;
  add(cells[0], 'tl', 'tr');
  if (cells[last].classList.contains('half')) {
    add(cells[last], 'br');
    add(cells[last - 1], 'bl');
  } else add(cells[last], 'bl', 'br');
}

// Countries with known states offer a list instead of a text.
function offerStates(kind, country) {
  const old = find(`${kind}-state`);
  const states = statesOf(country);
  const tag = states.length ? 'SELECT' : 'INPUT';
  if (old.tagName === tag && tag === 'INPUT') return;
  const isHeld = old === document.activeElement;
  const said = (old.value.trim() || remembered(old.id)).toLowerCase();
  const fresh = document.createElement(tag);
  for (const name of ['id', 'name', 'autocomplete', 'aria-describedby']) {
    fresh.setAttribute(name, old.getAttribute(name) || '');
  }
  if (tag === 'SELECT') {
    fresh.addEventListener('change', remember);
    fresh.append(new Option(labelOf('state', country), ''));
    fresh.append(...states.map(([code, name]) =>
      new Option(name, code, false, [code, name].some((each) => each.toLowerCase() === said))));
  }
  old.replaceWith(fresh);
  if (isHeld) fresh.focus();
}

const partsOf = (kind) => formOf(find(`${kind}-country`).value);

const isWhole = (kind) => [...partsOf(kind), ...(find(`${kind}-name`) ? [{ name: 'name', isRequired: true }] : [])]
  .every(({ name, isRequired }) => !isRequired || find(`${kind}-${name}`).value.trim());

export function readAddress(kind) {
  const address = { country: find(`${kind}-country`).value };
  for (const { name } of partsOf(kind)) {
    const value = find(`${kind}-${name}`).value.trim();
    if (value) address[PARTS[name]] = value;
  }
  return { name: find(`${kind}-name`)?.value.trim(), address };
}

// Return the parts of an address that are missing.
export function checkAddress(kind) {
  const wrong = [];
  const names = find(`${kind}-name`) ? [{ name: 'name', isRequired: true }] : [];
  for (const { name, isRequired } of [...names, ...partsOf(kind)]) {
    const input = find(`${kind}-${name}`);
    const lacks = isRequired && !input.value.trim();
    showError(input, lacks ? `${labelText(input)}: ${word('required')}` : '');
    if (lacks) wrong.push(input);
  }
  return wrong;
}

const labelText = (input) => input.parentElement.querySelector('label').textContent;
