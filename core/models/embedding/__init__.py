"""Embeddings trained with PyTorch: matrix factorisation, skip-gram, side information."""
