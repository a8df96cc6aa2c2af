"""Product embeddings from "also bought / also viewed / bought together" data."""
