"""The estimated cost of fitting a model."""

from __future__ import annotations

from dataclasses import dataclass

# Untrained models: time per pair, counted in the vector entries that training would process in it
# (measured on two cores: 50,000 pairs and 100 million entries per second).
NUMBERS_PER_PAIR = 2000
# Two tables of vectors, and as many numbers again for the gradients and the optimiser.
NUMBERS_PER_DIMENSION = 4
FLOAT_BYTES = 4


@dataclass(frozen=True)
class Cost:
    """The estimated cost of fitting a model.

    Attributes
    ----------
    work : float
        Number of reads and writes of vector entries during training. The duration of a run is
        proportional to it.
    bytes : float
        Memory for the vectors and the optimiser's state, in addition to the data.
    """

    work: float
    bytes: float = 0.0

    @classmethod
    def of_vectors(cls, products: int, dim: int, items: float) -> Cost:
        """Return the cost of training vectors of `dim` numbers on `items` words or pairs."""
        return cls(items * dim, products * dim * NUMBERS_PER_DIMENSION * FLOAT_BYTES)
