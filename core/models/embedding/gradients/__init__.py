"""Gradients computed by compiled loops instead of autograd."""
