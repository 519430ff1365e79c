// Countries: their names in the language of the page, and the likely one.

import { language, say } from './words.js';

const COUNTRIES = `AD AE AF AG AI AL AM AO AQ AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN
BO BQ BR BS BT BV BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CV CW CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HN HR HT
HU ID IE IL IM IN IO IQ IS IT JE JM JO JP KE KG KH KI KM KN KR KW KY KZ LA LB LC LI LK LR LS LT LU
LV LY MA MC MD ME MF MG MK ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ NA NC NE NG NI NL NO NP NR NU
NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PY QA RE RO RS RU RW SA SB SC SE SG SH SI SJ SK SL SM SN
SO SR SS ST SV SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU
WF WS XK YE YT ZA ZM ZW`.split(/\s+/);

export function countryChoices(allowed) {
  const names = new Intl.DisplayNames([language()], { type: 'region' });
  const codes = allowed && allowed.length ? COUNTRIES.filter((each) => allowed.includes(each)) : COUNTRIES;
  return codes.map((code) => [code, names.of(code) || code])
    .sort((one, other) => one[1].localeCompare(other[1], language()));
}

export const postalName = (country) => say(country === 'US' ? 'zip' : 'postal_code');

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
