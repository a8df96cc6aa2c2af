"""The best products of many queries under the rules of a shop, from scores that come in parts."""

from __future__ import annotations

import numba
import numpy as np

from core.graph.kernels.sorted_rows import in_row


@numba.njit(cache=True, nogil=True)
def add_scores(
    scores, first, queries, listed, absent, indptr, indices, own_codes, codes, limited, limit,
    products, values, counts,
):  # fmt: skip
    """Add products ``first ...`` with their `scores` to the lists of the best products.

    Call it with ascending `first`: of equal scores, the smaller product then comes first.

    Parameters
    ----------
    scores : float32 array, shape (n_queries, n)
    first : int
        Product of the first column.
    queries : int array, shape (n_queries,)
        The products that are asked about, never listed themselves; -1 for one that is new.
    listed : bool array, shape (n_products,)
        Whether a product may be in a list at all.
    absent : float
        Score of products that no path connects, which are left out; NaN if there is none.
    indptr, indices : int arrays
        Rows of products to leave out by query, sorted; `indptr` is empty to leave out none.
    own_codes, codes : int32 arrays, shape (n_queries, n_fields) and (n_products, n_fields)
        A product with the query's code in one of the fields is left out; -1 equals nothing.
    limited : int32 array, shape (n_products,)
        Category of every product, -1 for none.
    limit : int
        The most products of one category in a list; 0 for any number.
    products, values, counts : arrays, shape (n_queries, k) twice and (n_queries,)
        The lists so far, best first, and their lengths; changed in place. `values` begins with the
        largest number below the smallest score that may be listed.
    """
    k = products.shape[1]
    for row in range(scores.shape[0]):
        query = queries[row]
        worst = values[row, k - 1]
        for column in range(scores.shape[1]):
            score = scores[row, column]
            if not score > worst or score == absent:
                continue
            product = first + column
            if not listed[product] or product == query:
                continue
            left_out = len(indptr) > 0 and query >= 0 and in_row(indptr, indices, query, product)
            for field in range(codes.shape[1]):
                code = codes[product, field]
                left_out |= code >= 0 and code == own_codes[row, field]
            if left_out:
                continue
            count, end = counts[row], counts[row]
            if limit > 0 and limited[product] >= 0:
                same = 0
                for position in range(count):
                    if limited[products[row, position]] == limited[product]:
                        same += 1
                        end = position
                if same < limit:
                    end = count
                elif not score > values[row, end]:
                    continue
            # Overwrite the product at `end`: the last one of a full list or of its category.
            if end == count and count < k:
                counts[row] = count + 1
            position = min(end, k - 1)
            while position > 0 and values[row, position - 1] < score:
                products[row, position] = products[row, position - 1]
                values[row, position] = values[row, position - 1]
                position -= 1
            products[row, position], values[row, position] = product, score
            worst = values[row, k - 1]
    return np.int64(first + scores.shape[1])
