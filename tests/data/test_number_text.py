import numpy as np
import pytest

from kerasgrid.data.columns import PLAIN, Form
from kerasgrid.data.number_text import are_gaps, form_of, numbers_in


def words(*texts):
    return np.array([*texts, None], dtype=object)[:-1]


@pytest.mark.parametrize(
    ("texts", "form", "numbers"),
    [
        (("1", "-2.5", "+1e3", " .5 ", "7."), PLAIN, [1, -2.5, 1000, 0.5, 7]),
        (("1,5", "-2", "2,25e1"), Form(decimal=","), [1.5, -2, 22.5]),
        (("1,234.50", "12", "-1,000,000"), Form(thousands=","), [1234.5, 12, -1e6]),
        (("1,234", "5,678"), Form(thousands=","), [1234, 5678]),
        (("0,123", "1,234"), Form(decimal=","), [0.123, 1.234]),
        (("1.234,50", "12"), Form(decimal=",", thousands="."), [1234.5, 12]),
        (("1.234", "5.678"), PLAIN, [1.234, 5.678]),
        (("1 234", "12 345.6"), Form(thousands=" "), [1234, 12345.6]),
        (("1\u202f234,5", "2\u00a0000"), Form(decimal=",", thousands=" "), [1234.5, 2000]),
        (("1'234.5", "2"), Form(thousands="'"), [1234.5, 2]),
        (("$1,234.50", "-$3", "$-4", "($5.00)"), Form(thousands=",", money=True), [1234.5, -3, -4, -5]),
        (("1.234,50 €", "12 €", "-3,00€"), Form(decimal=",", thousands=".", money=True), [1234.5, 12, -3]),
        (("€ 5", "£6", "¥7", "₩8", "USD 9", "10 EUR", "US$11", "12 kr"), Form(money=True), [5, 6, 7, 8, 9, 10, 11, 12]),
        (("12%", "3.5 %", "-1%"), Form(percent=True), [12, 3.5, -1]),
        (("12,5 %", "3 %"), Form(decimal=",", percent=True), [12.5, 3]),
        (("12 kg", "1,234.5kg", "7"), Form(thousands=",", unit="kg"), [12, 1234.5, 7]),
        (("-5 °C", "3.5°C"), Form(unit="°C"), [-5, 3.5]),
        (("1,000+", "500+"), Form(thousands=",", unit="+"), [1000, 500]),
        (('7"', '10.5"'), Form(unit='"'), [7, 10.5]),
        (("5 km/h", "6 km/h"), Form(unit="km/h"), [5, 6]),
        (("4th", "5th"), Form(unit="th"), [4, 5]),
        (("5 m", "6.5 m"), Form(unit="m"), [5, 6.5]),
        (("1.5k", "2M", "300", "1 bn"), Form(powers=True), [1500, 2e6, 300, 1e9]),
        (("$1.5M", "$20k", "$7"), Form(money=True, powers=True), [1.5e6, 20000, 7]),
        (("1,5 Mio.", "2 Mio."), Form(decimal=",", powers=True), [1.5e6, 2e6]),
        (("9:30", "14:05", "0:45"), Form(clock=True), [9.5, 14 + 5 / 60, 0.75]),
        (("1:30:36", "2:00:00"), Form(clock=True), [1.51, 2]),
    ],
)
def test_numbers_as_people_write_them(texts, form, numbers):
    found, fits = form_of(words(*texts), np.ones(len(texts), np.int64))
    assert (found, fits.all()) == (form, True)
    assert numbers_in(words(*texts), form).tolist() == pytest.approx(numbers)


def test_what_can_be_read_in_two_ways_is_read_as_the_rest_of_the_file():
    assert form_of(words("1,234"), np.ones(1, np.int64))[0] == Form(thousands=",")
    assert form_of(words("1,234"), np.ones(1, np.int64), ",")[0] == Form(decimal=",")
    assert form_of(words("1.234"), np.ones(1, np.int64), ",")[0] == Form(decimal=",", thousands=".")


@pytest.mark.parametrize(
    "text", ["x", "1,23,4", "5-$3", "--5", "1 2", "1\n2", "$", "%", "1e", "12.3.4", "(5", "5)", "0x1F"]
)
def test_what_is_no_number(text):
    texts = words("$5", "1,000", text)
    form, fits = form_of(texts, np.ones(3, np.int64))
    assert fits.tolist() == [True, True, False]
    assert np.isnan(numbers_in(texts, form)).tolist() == [False, False, True]


def test_of_many_words_a_sample_is_looked_at_first():
    some = words(*(f"{place},5" for place in range(5000)), "none")
    form, fits = form_of(some, np.ones(len(some), np.int64))
    assert (form, fits.sum()) == (Form(decimal=","), 5000)
    late = words(*(str(place) for place in range(5000)), *(f"{place},000" for place in range(1, 900)))
    form, fits = form_of(late, np.ones(len(late), np.int64))
    assert (form, fits.all()) == (Form(thousands=","), True)
    names = words(*(f"Name {place}" for place in range(5000)))
    assert not form_of(names, np.ones(5000, np.int64))[1].any()


def test_infinity_is_a_number_so_that_it_can_be_refused():
    assert numbers_in(words("inf", "1"), PLAIN).tolist() == [np.inf, 1]


def test_marks_of_gaps():
    gaps = words("", "NA", "N/A", "NaN", "nan", "null", "None", "?", "-", "--", "#N/A", " na ", "NaT")
    assert are_gaps(gaps).all()
    assert not are_gaps(words("0", "no", "-1", "none of these", "n")).any()
    assert numbers_in(words(), PLAIN).tolist() == []


@pytest.mark.parametrize(
    "texts", [("1A", "2B", "3C"), ("10-20", "20-30"), ("4x4", "4x2"), ("4 doors", "other"), ("x", "y")]
)
def test_words_with_numbers_in_them_are_no_numbers(texts):
    assert not form_of(words(*texts), np.ones(len(texts), np.int64))[1].all()


def test_of_many_numbers_with_a_unit_the_others_may_be_mistakes():
    some = words(*(f"{place} kg" for place in range(30)), "unknown")
    form, fits = form_of(some, np.ones(len(some), np.int64))
    assert (form, fits.sum()) == (Form(unit="kg"), 30)


def test_units_may_be_left_out_of_it():
    form, fits = form_of(words("1x", "2x"), np.ones(2, np.int64), with_units=False)
    assert (form, fits.any()) == (PLAIN, False)
