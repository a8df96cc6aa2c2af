"""The stack, in two stages: a few cheap scores retrieve candidates, boosted trees rank them."""
