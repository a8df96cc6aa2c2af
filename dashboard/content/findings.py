"""What the finished runs of a split show, in sentences."""

from __future__ import annotations

from typing import Any


def sentences(rows: list[dict[str, Any]]) -> list[str]:
    """Return what the runs at hand show, as sentences; empty where the runs for one are missing."""
    by_model = {row["model"]: row for row in rows}
    said = []

    def have(*names: str) -> bool:
        return all(name in by_model for name in names)

    ranked = [row for row in rows if row["hits_at_10"] is not None]
    if ranked:
        best = max(ranked, key=lambda row: row["hits_at_10"])
        said.append(
            f"{best['label']} ranks best: it puts a held-out partner among the first ten "
            f"{best['hits_at_10']:.1%} of the time."
        )
    # On the cold split no pair has two seen ends.
    if have("degree") and by_model["degree"]["auc_seen"] is not None:
        degree = by_model["degree"]
        said.append(
            f"Popularity alone scores {degree['auc_seen']:.3f} against uniform negatives, and "
            f"{degree['auc_degree']:.3f} against degree-matched ones."
        )
        beaten = [row["label"] for row in rows if (row["auc_seen"] or 1) < degree["auc_seen"]]
        if beaten:
            said.append(f"Against uniform negatives it beats {', '.join(beaten)}.")
    if have("three-hop"):
        ahead = [row["label"] for row in rows if (row.get("hits_at_10_gain_low") or -1) > 0]
        said.append(
            f"Surely better than three-hop in Hits@10: {', '.join(ahead)}."
            if ahead
            else "No run is surely better than three-hop in Hits@10, which trains nothing."
        )
    if have("gensim-cbow") and by_model["gensim-cbow"]["auc_all_median"] is not None:
        row = by_model["gensim-cbow"]
        said.append(
            f"The stand-in for unseen products moves gensim's All from {row['auc_all_median']:.3f} "
            f"(median rule) to {row['auc_all']:.3f} (lowest rule)."
        )
    return said
