"""Place of supply: which taxes a sale bears, by worked tables."""

from datetime import date
from decimal import Decimal

import pytest

from prorata.resources.tax.registration_options import OPTIONS
from prorata.rules.tax_parts import is_recognized, part_of
from prorata.rules.tax_place import Buyer, Place, Registered, assess
from prorata.rules.tax_table import country_rates, rate_on, table

SOFTWARE = "txcd_10103001"
DAY = date(2026, 6, 1)
BERLIN, TORONTO, MUMBAI = Place("DE"), Place("CA", "ON"), Place("IN", "MH")
GERMANY = Registered("DE", "standard", "standard")
SHOP = Registered("DE", "oss_union")
EU = (("eu_vat", "FRAB123456789"),)


def taxes(seller, registered, place, *, ids=(), exempt="none", code=SOFTWARE, day=DAY):
    """Return what a sale bears as (label, percent, reason) texts."""
    found = assess(seller, registered, Buyer(place, ids, exempt), code, day)
    return [(each.label, str(each.percentage), each.reason) for each in found]


@pytest.mark.parametrize(("registered", "country", "ids", "expected"), [
    pytest.param([GERMANY], "DE", (), ("19", "standard_rated"), id="at home"),
    pytest.param([GERMANY], "DE", EU, ("19", "standard_rated"), id="a business at home"),
    pytest.param([GERMANY], "FR", (), ("0", "not_collecting"), id="across, not registered"),
    pytest.param([GERMANY, SHOP], "FR", (), ("20", "standard_rated"), id="one stop shop"),
    pytest.param([GERMANY, SHOP], "HU", (), ("27", "standard_rated"), id="the highest rate"),
    pytest.param([GERMANY, SHOP], "FR", EU, ("0", "reverse_charge"), id="a business across"),
    pytest.param([GERMANY], "FR", EU, ("0", "reverse_charge"), id="a business, no one stop shop"),
    pytest.param([SHOP], "DE", (), ("0", "not_collecting"), id="the shop is for sales across"),
    pytest.param([], "FR", EU, ("0", "not_collecting"), id="registered nowhere"),
    pytest.param([Registered("FR", "standard", "standard")], "FR", (), ("20", "standard_rated"),
                 id="registered there"),
    pytest.param([Registered("DE", "standard", "small_seller")], "FR", (),
                 ("19", "standard_rated"), id="a small seller taxes at home"),
    pytest.param([Registered("DE", "ioss")], "FR", (), ("0", "not_collecting"),
                 id="imports are goods"),
    pytest.param([GERMANY, SHOP], "MC", (), ("20", "standard_rated"), id="Monaco is as France"),
    pytest.param([GERMANY, SHOP], "GB", (), ("0", "not_collecting"), id="out of the union"),
    pytest.param([GERMANY, SHOP], "HK", (), ("0", "not_supported"), id="not in the table"),
])  # fmt: skip
def test_a_german_seller(registered, country, ids, expected):
    assert taxes(BERLIN, registered, Place(country), ids=ids) == [("VAT", *expected)]


@pytest.mark.parametrize(("country", "ids", "label", "percentage", "reason"), [
    ("GB", (), "VAT", "20", "standard_rated"),
    ("GB", (("gb_vat", "GB123456789"),), "VAT", "0", "reverse_charge"),
    ("CH", (), "VAT", "8.1", "standard_rated"),
    ("LI", (), "VAT", "8.1", "standard_rated"),
    ("CH", (("ch_vat", "CHE-123.456.789 MWST"),), "VAT", "8.1", "standard_rated"),
    ("NO", (), "VAT", "25", "standard_rated"),
    ("NO", (("no_vat", "123456789MVA"),), "VAT", "0", "reverse_charge"),
    ("AU", (), "GST", "10", "standard_rated"),
    ("AU", (("au_abn", "12345678912"),), "GST", "0", "reverse_charge"),
    ("NZ", (), "GST", "15", "standard_rated"),
    ("IN", (), "IGST", "18", "standard_rated"),
    ("IN", (("in_gst", "12ABCDE3456FGZH"),), "IGST", "0", "reverse_charge"),
    ("JP", (), "JCT", "10", "standard_rated"),
    ("SG", (), "GST", "9", "standard_rated"),
    ("SG", (("sg_gst", "M12345678X"),), "GST", "0", "reverse_charge"),
    ("KR", (), "VAT", "10", "standard_rated"),
    ("MY", (), "Service tax", "8", "standard_rated"),
    ("AE", (), "VAT", "5", "standard_rated"),
    ("ZA", (), "VAT", "15", "standard_rated"),
    ("MX", (), "VAT", "16", "standard_rated"),
])  # fmt: skip
def test_sales_to_the_world(country, ids, label, percentage, reason):
    registered = [Registered("CH" if country == "LI" else country, "standard")]
    assert taxes(BERLIN, registered, Place(country), ids=ids) == [(label, percentage, reason)]


@pytest.mark.parametrize(("place", "expected"), [
    (Place("CA", "ON"), [("HST", "13")]),
    (Place("CA", "NS"), [("HST", "14")]),
    (Place("CA", "New Brunswick"), [("HST", "15")]),
    (Place("CA", "AB"), [("GST", "5")]),
    (Place("CA", "QC"), [("GST", "5"), ("QST", "9.975")]),
    (Place("CA", None, "H2X 1Y4"), [("GST", "5"), ("QST", "9.975")]),
    (Place("CA", "BC"), [("GST", "5")]),
])  # fmt: skip
def test_canada_by_province(place, expected):
    registered = [Registered("CA", "standard"), Registered("CA", "province_standard", state="QC")]
    found = taxes(TORONTO, registered, place)
    assert [(label, rate) for label, rate, _ in found] == expected


def test_a_province_alone_collects_its_own_tax():
    registered = [Registered("CA", "province_standard", state="QC")]
    assert taxes(TORONTO, registered, Place("CA", "QC")) == [("QST", "9.975", "standard_rated")]
    assert taxes(TORONTO, registered, Place("CA", "ON")) == [("HST", "0", "not_collecting")] or (
        taxes(TORONTO, registered, Place("CA", "ON")) == [("GST", "0", "not_collecting")]
    )


@pytest.mark.parametrize(("place", "expected"), [
    (Place("IN", "Maharashtra"), [("CGST", "9"), ("SGST", "9")]),
    (Place("IN", "KA"), [("IGST", "18")]),
])  # fmt: skip
def test_india_by_state(place, expected):
    found = taxes(MUMBAI, [Registered("IN", "simplified")], place)
    assert [(label, rate) for label, rate, _ in found] == expected


def test_the_united_states_by_what_a_registration_says():
    texas = Place("US", None, "73301")
    blind = Registered("US", "state_sales_tax", state="TX")
    told = Registered("US", "state_sales_tax", state="TX", percentage=Decimal("8.25"))

    assert taxes(BERLIN, [], texas) == [("Sales Tax", "0", "not_collecting")]
    assert taxes(BERLIN, [blind], texas) == [("Sales Tax", "0", "not_supported")]
    assert taxes(BERLIN, [told], texas) == [("Sales Tax", "8.25", "standard_rated")]
    assert taxes(BERLIN, [told], Place("US", "CA")) == [("Sales Tax", "0", "not_collecting")]
    assert taxes(BERLIN, [], Place("US", "OR")) == [("Sales Tax", "0", "not_subject_to_tax")]
    assert taxes(BERLIN, [told], texas, exempt="exempt") == [("Sales Tax", "0", "customer_exempt")]


@pytest.mark.parametrize(("country", "day", "percentage"), [
    ("DE", date(2020, 6, 30), "19"), ("DE", date(2020, 7, 1), "16"), ("DE", date(2021, 1, 1), "19"),
    ("EE", date(2023, 12, 31), "20"), ("EE", date(2024, 1, 1), "22"),
    ("EE", date(2025, 7, 1), "24"),
    ("FI", date(2024, 8, 31), "24"), ("FI", date(2024, 9, 1), "25.5"),
    ("SK", date(2024, 12, 31), "20"), ("SK", date(2025, 1, 1), "23"),
    ("RO", date(2025, 7, 31), "19"), ("RO", date(2025, 8, 1), "21"),
    ("CH", date(2023, 12, 31), "7.7"), ("CH", date(2024, 1, 1), "8.1"),
    ("SG", date(2023, 6, 1), "8"), ("SG", date(2024, 1, 1), "9"),
    ("LU", date(2023, 6, 1), "16"), ("JP", date(2019, 9, 30), "8"),
])  # fmt: skip
def test_a_rate_holds_from_its_day(country, day, percentage):
    registered = [Registered(country, "standard", "standard")]
    [(_, found, reason)] = taxes(Place(country), registered, Place(country), day=day)
    assert (found, reason) == (percentage, "standard_rated")


@pytest.mark.parametrize(("country", "percentage", "reason"), [
    ("DE", "7", "reduced_rated"), ("FR", "5.5", "reduced_rated"), ("IE", "0", "zero_rated"),
    ("GB", "0", "zero_rated"), ("DK", "25", "standard_rated"), ("CH", "2.6", "reduced_rated"),
    ("GR", "6", "reduced_rated"), ("LT", "5", "reduced_rated"), ("RO", "11", "reduced_rated"),
])  # fmt: skip
def test_electronic_books(country, percentage, reason):
    registered = [Registered(country, "standard", "standard")]
    found = taxes(Place(country), registered, Place(country), code="txcd_10302000")
    assert found == [("VAT", percentage, reason)]


@pytest.mark.parametrize(("place", "expected"), [
    (Place("ES", postal_code="28001"), ("21", "standard_rated")),
    (Place("ES", postal_code="35001"), ("0", "not_subject_to_tax")),
    (Place("FR", postal_code="97410"), ("0", "not_subject_to_tax")),
    (Place("MC", postal_code="98000"), ("20", "standard_rated")),
    (Place("PT", postal_code="9000-019"), ("22", "standard_rated")),
    (Place("PT", postal_code="9500-001"), ("16", "standard_rated")),
    (Place("AT", postal_code="6991"), ("19", "standard_rated")),
])  # fmt: skip
def test_parts_of_the_union_have_rates_of_their_own_or_are_outside(place, expected):
    assert taxes(BERLIN, [GERMANY, SHOP], place) == [("VAT", *expected)]


def test_ghana_has_levies_on_the_same_base():
    found = taxes(BERLIN, [Registered("GH", "simplified")], Place("GH"))
    assert [each[:2] for each in found] == [("VAT", "15"), ("NHIL", "2.5"), ("GETFund", "2.5")]


def test_wherever_one_can_register_there_is_a_rate():
    for code in set(OPTIONS) - {"us"}:
        assert rate_on(country_rates(code.upper()).standard, DAY), code


def test_exemptions_come_after_registrations():
    for exempt, reason in (("exempt", "customer_exempt"), ("reverse", "reverse_charge")):
        assert taxes(BERLIN, [GERMANY], BERLIN, exempt=exempt) == [("VAT", "0", reason)]
        assert taxes(BERLIN, [], BERLIN, exempt=exempt) == [("VAT", "0", "not_collecting")]
    nothing = taxes(BERLIN, [GERMANY], BERLIN, code="txcd_00000000")
    assert nothing == [("VAT", "0", "not_subject_to_tax")]


def test_goods_alone_are_covered_by_registrations_for_goods():
    inbound = [Registered("GB", "standard", "inbound_goods")]
    assert taxes(BERLIN, inbound, Place("GB")) == [("VAT", "0", "not_collecting")]
    goods = taxes(BERLIN, inbound, Place("GB"), code="txcd_99999999")
    assert goods == [("VAT", "20", "standard_rated")]


@pytest.mark.parametrize(("country", "state", "postal_code", "part"), [
    ("US", "california", None, "CA"), ("US", None, "94107", "CA"), ("US", None, "10001", "NY"),
    ("US", None, "00501", "NY"), ("US", None, "00901", "PR"), ("US", None, None, None),
    ("CA", "Québec", None, "QC"), ("CA", None, "V6B 1A1", "BC"), ("CA", None, "x", None),
    ("IN", "karnataka", None, "KA"), ("DE", "Bayern", None, "Bayern"),
])  # fmt: skip
def test_states_and_provinces(country, state, postal_code, part):
    assert part_of(country, state, postal_code) == part


@pytest.mark.parametrize(("address", "recognized"), [
    (("DE", None, None), True), (("US", None, None), False), (("US", None, "94107"), True),
    (("CA", "ON", None), True), (("CA", None, None), False), (("", None, None), False),
    (("Germany", None, None), False), (("XX", None, None), False), (("UK", None, None), False),
])  # fmt: skip
def test_what_tells_where_somebody_is(address, recognized):
    assert is_recognized(*address) is recognized


def test_the_table_is_sound():
    for country in table().countries.values():
        for rates in (country.standard, *country.reduced.values()):
            days = [day for day, _ in rates]
            assert days == sorted(set(days)), country.code
            assert all(0 <= rate <= 30 for _, rate in rates), country.code
        assert country.source and country.name
    assert sum(country.union for country in table().countries.values()) == 27
