"""The stack: a learned combination of graph scores, embeddings, degrees and content."""
