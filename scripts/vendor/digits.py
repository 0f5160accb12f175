"""Make snippets/digits.npz from the copy of the digits in scikit-learn.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn==1.9.1
    /tmp/venv/bin/python scripts/vendor/digits.py

scikit-learn is needed here only; the pixels are whole numbers 0..16 and fit into bytes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TARGET = Path(__file__).resolve().parents[2] / "snippets" / "digits.npz"


def main() -> None:
    """Write the file and print its SHA-256 for tests/test_data.py."""
    raw = load_digits()
    pixels, labels = raw.data.astype(np.uint8), raw.target.astype(np.uint8)
    assert (pixels == raw.data).all()
    assert (labels == raw.target).all()
    np.savez_compressed(TARGET, pixels=pixels, labels=labels)
    print(TARGET.stat().st_size, "bytes, sha256", hashlib.sha256(TARGET.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
