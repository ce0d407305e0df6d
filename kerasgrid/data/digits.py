"""The digits of scikit-learn: small, always there, and quick to learn."""

from __future__ import annotations

import numpy as np

from kerasgrid.data.raw import Raw

# Not the user's seed: everybody's test set is the same one, so results compare.
_SPLIT_SEED = 0
_TEST_SHARE = 0.2


def read_digits() -> Raw:
    """Return 1437 training and 360 test images, float32 (n, 8, 8), grey levels scaled from 0..16 to 0..1.

    scikit-learn has no official test set: a stratified fifth, always the same, is set aside.
    """
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    bunch = datasets.load_digits()
    images, labels = (bunch.images / 16).astype(np.float32), bunch.target
    train, test = train_test_split(
        np.arange(len(labels)), test_size=_TEST_SHARE, random_state=_SPLIT_SEED, stratify=labels
    )
    train, test = np.sort(train), np.sort(test)
    return Raw(images[train], labels[train], images[test], labels[test], source="scikit-learn")
