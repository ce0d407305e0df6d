"""Files that people bring and that are not read: what to do with each kind."""

from __future__ import annotations

_INSTEAD = {
    (".pkl", ".pickle", ".joblib"): "pickles run code when they are opened; frame.to_csv(path) or numpy.savez(path, "
    "x=x, y=y) writes what is read here",
    (".npy",): "numpy.savez(path, x=x, y=y) writes both arrays into one file",
    (".mat",): "scipy.io.loadmat reads it, and numpy.savez(path, x=x, y=y) writes what is read here",
    (".h5", ".hdf5", ".hdf"): "h5py reads it, and numpy.savez(path, x=x, y=y) writes what is read here",
    (".arff",): "scipy.io.arff.loadarff reads it, and pandas.DataFrame(found).to_csv(path) writes what is read here",
    (".sav", ".dta", ".sas7bdat", ".feather", ".xls", ".ods"): "pandas reads it, and frame.to_csv(path) writes what is "
    "read here",
    (".zip", ".tar", ".tgz", ".7z", ".rar"): "unpack it, and give the file, or the folder of images, that is in it",
    (".tfrecord", ".tfrecords"): "write a folder of images for each class, or arrays by numpy.savez(path, x=x, y=y)",
    (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"): "give the folder that has a folder of images for each class",
    (".docx", ".doc", ".pdf", ".html", ".htm"): "copy the table into a spreadsheet, and save it as CSV",
}


def instead_of(ending: str) -> str | None:
    """Return what to do with a file of this ending, in small letters with its dot; None where nothing is known."""
    return next((words for endings, words in _INSTEAD.items() if ending in endings), None)
