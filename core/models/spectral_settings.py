"""Settings of the spectral embedding; apart from it, so that reading them costs no scipy."""

from __future__ import annotations

from pydantic import Field

from core.config import Settings


class SpectralSettings(Settings):
    """Settings of the spectral embedding."""

    dim: int = Field(512, ge=1, le=2048, description="Numbers in a product's vector")
    exponent: float = Field(
        0.4, ge=0, le=1, description="a in D^-a A D^-a: how much popular products are held back"
    )
    weighted: bool = Field(True, description="Use the pairs' weights; else every pair counts 1")
    power: float = Field(
        3.0, ge=0, le=10, description="k: the score stands for walks of so many steps"
    )
    rounds: int = Field(3, ge=1, le=50, description="Passes that sharpen the eigenvectors")
