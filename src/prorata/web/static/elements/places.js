// Places: what addresses in a country ask for, and what their parts are called there.

import { postalName } from './countries.js';
import { say } from './words.js';

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

// What an address in a country is made of: [{name, isRequired}], in order.
export function formOf(country) {
  const form = FORMS[country] || FORMS.default;
  return form.split(' ').map((each) => ({
    name: each.replace('*', ''), isRequired: !each.endsWith('*'),
  })).map((each) => (each.name === 'postalCode' && WITHOUT_POSTAL_CODE.includes(country)
    ? { ...each, isRequired: false } : each));
}

export function labelOf(part, country) {
  if (part === 'postalCode') return postalName(country);
  if (part === 'state') {
    if (['US', 'AU', 'BR', 'MX', 'IN'].includes(country)) return say('state');
    if (country === 'JP') return say('prefecture');
    return say(country === 'IE' ? 'county' : 'province');
  }
  return say(part);
}
