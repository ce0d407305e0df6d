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
