from datetime import datetime

import numpy as np
import pytest

from kerasgrid.data.date_text import ISO, days_in, days_of, form_of_dates, is_ambiguous, look_like_dates


def words(*texts):
    return np.array(texts, dtype=object)


def day(*parts):
    return (datetime(*parts) - datetime(1970, 1, 1)).total_seconds() / 86400


@pytest.mark.parametrize(
    ("texts", "form", "days"),
    [
        (("2020-05-31", "1969-12-31"), ISO, [day(2020, 5, 31), -1]),
        (("2020-05-31 06:00", "2020-05-31T12:00:00"), ISO, [day(2020, 5, 31, 6), day(2020, 5, 31, 12)]),
        (("2020-05-31T01:00:00+02:00", "2020-05-31T00:00:00Z"), ISO, [day(2020, 5, 30, 23), day(2020, 5, 31)]),
        (("31.5.2020", "01.12.2020"), "%d.%m.%Y", [day(2020, 5, 31), day(2020, 12, 1)]),
        (("31.5.2020 18:30", "01.12.2020 00:00"), "%d.%m.%Y %H:%M", [day(2020, 5, 31, 18, 30), day(2020, 12, 1)]),
        (("5/31/2020", "12/1/2020"), "%m/%d/%Y", [day(2020, 5, 31), day(2020, 12, 1)]),
        (("31/5/2020", "1/12/2020"), "%d/%m/%Y", [day(2020, 5, 31), day(2020, 12, 1)]),
        (("5/6/2020",), "%m/%d/%Y", [day(2020, 5, 6)]),
        (("5/6/2020 3:30 PM",), "%m/%d/%Y %I:%M %p", [day(2020, 5, 6, 15, 30)]),
        (("2020/5/31",), ISO, [day(2020, 5, 31)]),
        (("2020/5/31 10:00 PM",), "%Y/%m/%d %I:%M %p", [day(2020, 5, 31, 22)]),
        (("31-May-2020",), "%d-%b-%Y", [day(2020, 5, 31)]),
        (("May 31, 2020",), "%b %d, %Y", [day(2020, 5, 31)]),
        (("December 1, 2020", "March 2, 2020"), "%B %d, %Y", [day(2020, 12, 1), day(2020, 3, 2)]),
        (("1 Dec 2020",), "%d %b %Y", [day(2020, 12, 1)]),
        (("2020-05", "2020-06"), ISO, [day(2020, 5, 1), day(2020, 6, 1)]),
    ],
)
def test_dates_as_people_write_them(texts, form, days):
    assert look_like_dates(words(*texts))
    found, read = form_of_dates(words(*texts), np.ones(len(texts), np.int64))
    assert found == form
    np.testing.assert_allclose(read, days)
    np.testing.assert_array_equal(days_in(words(*texts), form), read)


@pytest.mark.parametrize("text", ["12", "1.5", "A-12", "2020", "10:30", "1-2", "may be", "", "192.168.0.1"])
def test_what_does_not_look_like_a_date(text):
    assert not look_like_dates(words(text))


def test_what_is_no_date_has_no_day():
    _, days = form_of_dates(words("2020-05-31", "2020-05-32", "soon"), np.array([2, 1, 1]))
    assert np.isnan(days).tolist() == [False, True, True]
    assert np.isnan(form_of_dates(words("soon"), np.ones(1, np.int64))[1]).all()


def test_days_of_numpys_dates():
    dates = np.array(["1970-01-02T12", "NaT"], "M8[ns]")
    np.testing.assert_array_equal(days_of(dates), [1.5, np.nan])


def test_months_and_days_that_could_be_swapped():
    assert is_ambiguous(words("5/6/2020", "7/8/2020"), "%m/%d/%Y")
    assert not is_ambiguous(words("5/6/2020", "7/18/2020"), "%m/%d/%Y")
    assert not is_ambiguous(words("2020-05-06"), ISO)
