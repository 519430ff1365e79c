"""Tax ids: the form that each country's number has, and the country that a number belongs to."""

from __future__ import annotations

import re
from importlib import import_module

from prorata.rules.tax_table import country_rates, taxed_as

# Digits alone, by how many there are.
_DIGITS = """
    ae_trn:15 am_tin:8 ao_tin:10 au_abn:11 au_acn:9 au_arn:12 aw_tin:8 az_tin:10
    ba_tin:12 bb_tin:13 bg_uic:9 bh_vat:15 bj_ifu:13 bo_tin:9 by_tin:9 ca_bn:9
    ca_pst_sk:7 cv_nif:9 ec_ruc:13 eg_tin:9 et_tin:10 fo_vat:6 fr_siren:9 fr_siret:14 fr_spi:13
    ge_vat:9 gn_nif:9 hr_oib:11 il_vat:9 is_vat:6 jp_cn:13 jp_rn:5 kg_tin:14
    kz_bin:12 li_vat:5 lk_vat:9 ma_vat:8 md_vat:7 me_pib:8 mr_nif:8 my_frp:8 mz_nuit:9 no_voec:7
    np_pan:9 nz_bn:13 pe_ruc:11 ph_tin:12 pl_nip:10 pt_nif:9 rs_pib:9 ru_kpp:9
    sa_vat:15 si_tin:8 sr_fin:10 th_vat:13 tj_tin:9 tr_tin:10 tw_vat:8 ug_tin:10
    uy_ruc:12 uz_tin:9 uz_vat:12 za_vat:10 zm_tin:10
"""
_LENGTHS = {
    type: int(length) for type, length in (each.split(":") for each in _DIGITS.split())
}
_PATTERNS = {
    "ad_nrt": r"[A-Z]-?\d{6}-?[A-Z]",
    "al_tin": r"[A-Z]\d{8}[A-Z]",
    "ar_cuit": r"\d{2}-?\d{7,8}-?\d{1,2}",
    "au_wpn": r"\d{8,9}|\d{12}",
    "bd_bin": r"\d{9}-?\d{4}",
    "bf_ifu": r"\d{8}[A-Z]",
    "br_cnpj": r"[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}",
    "br_cpf": r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}",
    "bs_tin": r"\d{3}\.?\d{3}\.?\d{3}",
    "bw_vat": r"[A-Z]?\d{8,14}",
    "ca_gst_hst": r"\d{9}RT\d{4}",
    "ca_pst_bc": r"PST-?\d{4}-?\d{4}",
    "ca_pst_mb": r"\d{6}-?\d",
    "ca_qst": r"\d{10}TQ\d{4}",
    "cd_nif": r"[A-Z]\d{7}[A-Z]",
    "ch_uid": r"CHE-?\d{3}\.?\d{3}\.?\d{3}( HR)?",
    "ch_vat": r"CHE-?\d{3}\.?\d{3}\.?\d{3} ?(MWST|TVA|IVA)",
    "ci_vat": r"\d{7} ?[A-Z]",
    "cl_tin": r"\d{1,2}\.?\d{3}\.?\d{3}-?[\dK]",
    "cm_niu": r"[A-Z]\d{12}[A-Z]",
    "cn_tin": r"[0-9A-Z]{15}([0-9A-Z]{3})?",
    "co_nit": r"\d{3}\.?\d{3}\.?\d{3}-?\d",
    "cr_tin": r"\d-?\d{3}-?\d{6}|\d-?\d{4}-?\d{4}",
    "cz_dic": r"(CZ)?\d{8,10}",
    "de_stn": r"[\d/ ]{10,14}",
    "do_rcn": r"\d{3}-?\d{5,7}-?\d|\d{3}-?\d{4}-?\d{5}|\d-?\d{2}-?\d{5}-?\d",
    "es_cif": r"[A-Z]\d{7}[0-9A-Z]|\d{8}[A-Z]|[XYZ]\d{7}[A-Z]",
    "eu_oss_vat": r"(EU|IM)\d{9,10}",
    "gb_vat": r"(GB|XI)(\d{9}|\d{12}|GD\d{3}|HA\d{3})",
    "gh_tin": r"[CGPQV]00\d{7}[0-9X]|GHA-?\d{9}-?\d",
    "gi_tin": r"\d{6}",
    "hk_br": r"\d{8}(-?\d{3}(-\d{2}-\d{2}-\w)?)?",
    "hu_tin": r"\d{8}-?\d-?\d{2}",
    "ic_nif": r"\d{9}|[A-Z]\d{7}[0-9A-Z]",
    "id_npwp": r"\d{2,3}\.?\d{3}\.?\d{3}\.?\d-?\d{3}\.?\d{3}|\d{16}",
    "in_gst": r"\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z][A-Z][0-9A-Z]",
    "is_kt": r"\d{6}-?\d{4}",
    "it_cf": r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]|\d{11}",
    "jp_trn": r"T\d{13}",
    "ke_pin": r"[AP]\d{9}[A-Z]",
    "kh_tin": r"[A-Z]?\d{3,4}-?\d{9}|\d{13}",
    "kr_brn": r"\d{3}-?\d{2}-?\d{5}",
    "la_tin": r"\d{9,12}(-\d{3})?",
    "li_uid": r"CHE-?\d{3}\.?\d{3}\.?\d{3}",
    "md_cf": r"\d{13}",
    "mk_vat": r"MK\d{13}",
    "mu_vat": r"(VAT)?\d{8}",
    "mx_rfc": r"[A-ZÑ&]{3,4}\d{6}[0-9A-Z]{3}",
    "my_itn": r"[A-Z]{1,2} ?\d{8,11}",
    "my_sst": r"[A-Z]\d{2}-?\d{4}-?\d{8}",
    "ng_tin": r"\d{8}-?\d{4}|\d{10}|\d{13}",
    "no_vat": r"\d{9}MVA",
    "nz_gst": r"\d{8,9}",
    "om_vat": r"OM\d{10}",
    "py_ruc": r"\d{5,8}-?\d",
    "ro_tin": r"\d{2,13}",
    "ru_inn": r"\d{10}(\d{2})?",
    "sg_gst": r"M\d{8}[0-9A-Z]|M[0-9A-Z]-?\d{7}-?[0-9A-Z]|\d{9}[A-Z]",
    "sg_uen": r"\d{8,9}[A-Z]|[RST]\d{2}[A-Z]{2}\d{4}[A-Z]",
    "sm_coe": r"(SM)?\d{3,5}",
    "sn_ninea": r"\d{7}(\d[A-Z]\d)?|\d{9}",
    "sv_nit": r"\d{4}-?\d{6}-?\d{3}-?\d",
    "tt_bir": r"\d{9,10}",
    "tt_vat": r"\d{6}",
    "tz_vat": r"\d{8}[A-Z]|\d{9}",
    "ua_vat": r"\d{9,12}",
    "us_ein": r"\d{2}-?\d{7}",
    "ve_rif": r"[A-Z]-?\d{8}-?\d",
    "vn_tin": r"\d{10}(-?\d{3})?",
    "zw_tin": r"\d{10}",
    **{type: rf"\d{{{length}}}" for type, length in _LENGTHS.items()},
}

_EU_VAT = {
    "AT": r"U\d{8}",
    "BE": r"[01]?\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[0-9A-Z]\d{7}[0-9A-Z]",
    "FI": r"\d{8}",
    "FR": r"[0-9A-Z]{2}\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d[0-9A-Z*+]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}",
    "LT": r"\d{9}(\d{3})?",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"\d{9}(\d{3})?|GD\d{3}|HA\d{3}",
}

# Where python-stdnum knows a number: what passes its checks is taken in any way of writing it.
_CHECKED = """
    au_abn:au.abn au_acn:au.acn br_cnpj:br.cnpj br_cpf:br.cpf ca_bn:ca.bn ch_uid:ch.uid
    ch_vat:ch.vat cl_tin:cl.rut cn_tin:cn.uscc co_nit:co.nit cr_tin:cr.cpj cz_dic:cz.dic
    do_rcn:do.rnc ec_ruc:ec.ruc es_cif:es.nif eu_vat:eu.vat fr_siren:fr.siren fr_siret:fr.siret
    gb_vat:gb.vat hr_oib:hr.oib hu_tin:hu.anum id_npwp:id.npwp il_vat:il.hp in_gst:in_.gstin
    is_kt:is_.kennitala is_vat:is_.vsk it_cf:it.codicefiscale jp_cn:jp.cn ke_pin:ke.pin
    kr_brn:kr.brn md_cf:md.idno mk_vat:mk.edb mx_rfc:mx.rfc no_vat:no.mva nz_gst:nz.ird
    pe_ruc:pe.ruc pl_nip:pl.nip pt_nif:pt.nif py_ruc:py.ruc ro_tin:ro.cf rs_pib:rs.pib
    ru_inn:ru.inn sg_uen:sg.uen si_tin:si.ddv sm_coe:sm.coe sv_nit:sv.nit th_vat:th.tin
    tr_tin:tr.vkn tw_vat:tw.ubn ua_vat:ua.edrpou us_ein:us.ein uy_ruc:uy.rut ve_rif:ve.rif
    vn_tin:vn.mst za_vat:za.tin
"""
_MODULES = dict(each.split(":") for each in _CHECKED.split())

TAX_ID_TYPES = tuple(sorted([*_PATTERNS, "eu_vat"]))
# The types whose registers are asked; all others stay unavailable.
VERIFIED_TYPES = frozenset({"eu_vat", "gb_vat", "au_abn"})


def is_well_formed(type: str, value: str) -> bool:
    """Return whether a number has the form of its type; spaces around it do not matter.

    Check digits need not be right: a register says that, later.
    """
    text = value.strip().upper()
    if type == "eu_vat":
        pattern = _EU_VAT.get(text[:2], "")
        found = bool(pattern) and re.fullmatch(pattern, text[2:].replace(" ", "")) is not None
    else:
        found = re.fullmatch(_PATTERNS[type], text) is not None
    return found or is_valid(type, text)


def is_valid(type: str, value: str) -> bool:
    """Return whether python-stdnum knows the type and finds a number right to its check digits."""
    name = _MODULES.get(type)
    return name is not None and bool(import_module(f"stdnum.{name}").is_valid(value))


def country_of(type: str, value: str) -> str | None:
    """Return the country that a number belongs to, as two letters, or None for the Union's own."""
    if type == "eu_oss_vat":
        return None
    if type == "eu_vat":
        code = value.strip()[:2].upper()
        return {"EL": "GR", "XI": "GB"}.get(code, code)
    return {"ic": "ES"}.get(type[:2], type[:2].upper())


def usual_type(country: str) -> str | None:
    """Return the type of the number that businesses in a country usually give, None for none."""
    own = country.lower()
    known = country_rates(taxed_as(country))
    of_country = [type for type in TAX_ID_TYPES if type.startswith(f"{own}_")]
    likely = (*(known.business if known else ()), f"{own}_vat", *of_country)
    return next((type for type in likely if type in TAX_ID_TYPES), None)
