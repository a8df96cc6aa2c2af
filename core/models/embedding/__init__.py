"""Embeddings trained with PyTorch: matrix factorization, skip-gram, side information."""
