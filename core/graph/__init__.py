"""The product graph: pairs, split, negatives, walks and path scores."""
