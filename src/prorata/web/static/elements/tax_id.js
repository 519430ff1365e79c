// Tax ID: what a company is called by its tax office.

import { run } from './core.js';
import { build, selectField, textField, validateAll } from './field.js';
import { countryChoices, likelyCountry } from './countries.js';
import { say } from './words.js';

// Country of an address -> type in the element, type in the API, form.
const EU = {
  AT: 'ATU\\d{8}', BE: 'BE[01]\\d{9}', BG: 'BG\\d{9,10}', CY: 'CY\\d{8}[A-Z]', CZ: 'CZ\\d{8,10}',
  DE: 'DE\\d{9}', DK: 'DK\\d{8}', EE: 'EE\\d{9}', GR: 'EL\\d{9}', ES: 'ES[A-Z0-9]\\d{7}[A-Z0-9]',
  FI: 'FI\\d{8}', FR: 'FR[A-Z0-9]{2}\\d{9}', HR: 'HR\\d{11}', HU: 'HU\\d{8}',
  IE: 'IE\\d[A-Z0-9]\\d{5}[A-Z]{1,2}', IT: 'IT\\d{11}', LT: 'LT(\\d{9}|\\d{12})', LU: 'LU\\d{8}',
  LV: 'LV\\d{11}', MT: 'MT\\d{8}', NL: 'NL\\d{9}B\\d{2}', PL: 'PL\\d{10}', PT: 'PT\\d{9}',
  RO: 'RO\\d{2,10}', SE: 'SE\\d{12}', SI: 'SI\\d{8}', SK: 'SK\\d{10}',
};
const OTHERS = {
  GB: ['gb_vat', 'GB(\\d{9}|\\d{12}|GD\\d{3}|HA\\d{3})'], CH: ['ch_vat', 'CHE-?\\d{3}\\.?\\d{3}\\.?\\d{3}( ?(MWST|TVA|IVA))?'],
  NO: ['no_vat', '\\d{9}MVA'], AU: ['au_abn', '\\d{11}'], CA: ['ca_bn', '\\d{9}'], NZ: ['nz_gst', '\\d{8,9}'],
  IN: ['in_gst', '\\d{2}[A-Z]{5}\\d{4}[A-Z][A-Z0-9]Z[A-Z0-9]'], ZA: ['za_vat', '4\\d{9}'], AE: ['ae_trn', '\\d{15}'],
  IS: ['is_vat', '\\d{5,6}'], KR: ['kr_brn', '\\d{3}-?\\d{2}-?\\d{5}'], MX: ['mx_rfc', '[A-Z&Ñ]{3,4}\\d{6}[A-Z0-9]{3}'],
  SG: ['sg_gst', '[A-Z0-9]{8,10}'], TH: ['th_vat', '\\d{13}'], TR: ['tr_tin', '\\d{10}'], TW: ['tw_vat', '\\d{8}'],
  UA: ['ua_vat', '\\d{12}'], SA: ['sa_vat', '\\d{15}'], CL: ['cl_tin', '\\d{7,8}-?[0-9K]'],
};

const kindOf = (country) => {
  if (country in EU) {
    return { type: `${country.toLowerCase()}_vat`, external: 'eu_vat', form: EU[country] };
  }
  const found = OTHERS[country];
  return found ? { type: found[0], external: found[0], form: found[1] } : null;
};

run((context, { changed }) => {
  const { options } = context;
  const known = options.defaultValues || {};
  const countries = [...Object.keys(EU), ...Object.keys(OTHERS)];
  const likely = likelyCountry(context.locale);
  const fromType = known.taxIdType
    && countries.find((each) => kindOf(each).type === known.taxIdType);
  const isRequired = (name) => options.validation?.[name]?.required === 'always';
  const country = selectField({
    name: 'country', scope: 'taxId', label: say('country'), choices: countryChoices(countries),
    value: fromType || (countries.includes(likely) ? likely : 'DE'),
    onChange: () => { draw(); changed(); },
  });
  const business = textField({
    name: 'businessName', scope: 'taxId', label: say('businessName'), autocomplete: 'organization',
    value: known.businessName || '', isRequired: isRequired('businessName'), onChange: changed,
  });
  const id = textField({
    name: 'taxId', scope: 'taxId', label: say('tax_id'), value: known.taxId || '',
    isRequired: isRequired('taxId'), onChange: changed,
    format: (text) => text.toUpperCase(),
    check: (text) => {
      if (!text.trim()) return isRequired('taxId') ? 'incomplete' : null;
      const { form } = kindOf(country.value);
      return new RegExp(`^${form}$`).test(text.replace(/\s/g, '').replace(/(MWST|TVA|IVA)$/, ' $1').trim())
        || new RegExp(`^${form}$`).test(text.replace(/\s/g, '')) ? null : 'invalid_tax_id';
    },
  });
  const root = build('div', { class: 'Grid' }, business.root, country.root, id.root);
  const isVisible = () => options.visibility !== 'never';

  function draw() {
    root.hidden = !isVisible();
    business.root.hidden = options.fields?.businessName === 'never';
    id.input.placeholder = kindOf(country.value).external === 'eu_vat' ? `${
      country.value === 'GR' ? 'EL' : country.value}123456789` : '';
  }

  draw();
  const fields = () => (isVisible()
    ? [business, country, id].filter((each) => !each.root.hidden) : []);
  return {
    root,
    state: () => ({
      empty: business.isEmpty && id.isEmpty,
      complete: fields().every((each) => each.isComplete) && !id.isEmpty,
      visible: isVisible(),
      value: {
        businessName: business.value, taxId: id.value, taxIdType: kindOf(country.value).type,
        externalTaxIdType: kindOf(country.value).external,
      },
    }),
    validate: () => {
      const error = validateAll(fields());
      return error ? { error } : {};
    },
    read: () => (id.value
      ? { tax_id: { type: kindOf(country.value).external, value: id.value }, business_name: business.value }
      : { business_name: business.value }),
    clear: () => { business.value = ''; id.value = ''; },
    update: (next) => { Object.assign(options, next); draw(); },
  };
});
