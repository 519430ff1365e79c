// Places: countries, what their addresses ask for, and what the parts are called there.

import { language, say } from './words.js';

const COUNTRIES = `AD AE AF AG AI AL AM AO AQ AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN
BO BQ BR BS BT BV BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CV CW CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HN HR HT
HU ID IE IL IM IN IO IQ IS IT JE JM JO JP KE KG KH KI KM KN KR KW KY KZ LA LB LC LI LK LR LS LT LU
LV LY MA MC MD ME MF MG MK ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ NA NC NE NG NI NL NO NP NR NU
NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PY QA RE RO RS RU RW SA SB SC SE SG SH SI SJ SK SL SM SN
SO SR SS ST SV SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU
WF WS XK YE YT ZA ZM ZW`.split(/\s+/);

// Parts in the order of the country; a star marks what may stay empty.
const FORMS = {
  default: 'line1 line2* postalCode city',
  US: 'line1 line2* city state postalCode', CA: 'line1 line2* city state postalCode',
  AU: 'line1 line2* city state postalCode', GB: 'line1 line2* city postalCode',
  IE: 'line1 line2* city state* postalCode*', BR: 'line1 line2* city state postalCode',
  MX: 'line1 line2* postalCode city state', IN: 'line1 line2* city postalCode state',
  JP: 'postalCode state city line1 line2*', CN: 'state city line1 line2* postalCode',
  IT: 'line1 line2* postalCode city state', ES: 'line1 line2* postalCode city state*',
  HK: 'line1 line2* city state*', SG: 'line1 line2* postalCode', NZ: 'line1 line2* city postalCode',
  AE: 'line1 line2* state', KR: 'state city line1 line2* postalCode',
  AR: 'line1 line2* postalCode city state*', CL: 'line1 line2* city state*', TH: 'line1 line2* city state postalCode',
};
const WITHOUT_POSTAL_CODE = `AE AG AN AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GD GH
GM GN GQ GY HK IE JM KE KI KM KN LC ML MO MR MS MU MW NR NU PA QA RW SB SC SL SR ST SY TF TG TK TL
TO TT TV TZ UG VC VU WS YE ZW`.split(/\s+/);

const STATES = {
  US: `AL:Alabama AK:Alaska AZ:Arizona AR:Arkansas CA:California CO:Colorado CT:Connecticut
    DE:Delaware DC:District_of_Columbia FL:Florida GA:Georgia HI:Hawaii ID:Idaho IL:Illinois
    IN:Indiana IA:Iowa KS:Kansas KY:Kentucky LA:Louisiana ME:Maine MD:Maryland MA:Massachusetts
    MI:Michigan MN:Minnesota MS:Mississippi MO:Missouri MT:Montana NE:Nebraska NV:Nevada
    NH:New_Hampshire NJ:New_Jersey NM:New_Mexico NY:New_York NC:North_Carolina ND:North_Dakota
    OH:Ohio OK:Oklahoma OR:Oregon PA:Pennsylvania RI:Rhode_Island SC:South_Carolina
    SD:South_Dakota TN:Tennessee TX:Texas UT:Utah VT:Vermont VA:Virginia WA:Washington
    WV:West_Virginia WI:Wisconsin WY:Wyoming`,
  CA: `AB:Alberta BC:British_Columbia MB:Manitoba NB:New_Brunswick NL:Newfoundland_and_Labrador
    NT:Northwest_Territories NS:Nova_Scotia NU:Nunavut ON:Ontario PE:Prince_Edward_Island
    QC:Quebec SK:Saskatchewan YT:Yukon`,
  AU: `ACT:Australian_Capital_Territory NSW:New_South_Wales NT:Northern_Territory QLD:Queensland
    SA:South_Australia TAS:Tasmania VIC:Victoria WA:Western_Australia`,
};

export function statesOf(country) {
  return (STATES[country] || '').split(/\s+/).filter(Boolean).map((each) => {
    const [code, name] = each.split(':');
    return [code, name.replace(/_/g, ' ')];
  });
}

export function countryChoices(allowed) {
  const names = new Intl.DisplayNames([language()], { type: 'region' });
  const codes = allowed && allowed.length ? COUNTRIES.filter((each) => allowed.includes(each)) : COUNTRIES;
  return codes.map((code) => [code, names.of(code) || code])
    .sort((one, other) => one[1].localeCompare(other[1], language()));
}

// What an address in a country is made of: [{name, isRequired}], in order.
export function formOf(country) {
  const form = FORMS[country] || FORMS.default;
  return form.split(' ').map((each) => ({
    name: each.replace('*', ''), isRequired: !each.endsWith('*'),
  })).map((each) => (each.name === 'postalCode' && WITHOUT_POSTAL_CODE.includes(country)
    ? { ...each, isRequired: false } : each));
}

export function labelOf(part, country) {
  if (part === 'postalCode') return say(country === 'US' ? 'zip' : 'postal_code');
  if (part === 'state') {
    if (['US', 'AU', 'BR', 'MX', 'IN'].includes(country)) return say('state');
    if (country === 'JP') return say('prefecture');
    return say(country === 'IE' ? 'county' : 'province');
  }
  return say(part);
}

// The country of whoever reads this page, as far as their browser tells.
export function likelyCountry(locale) {
  for (const each of [locale, ...navigator.languages]) {
    try {
      const { region } = new Intl.Locale(each);
      if (region && COUNTRIES.includes(region)) return region;
    } catch {
      // A tag that is none says nothing.
    }
  }
  return { de: 'DE', fr: 'FR', es: 'ES', it: 'IT', nl: 'NL', pt: 'PT', ja: 'JP' }[language()] || 'US';
}
