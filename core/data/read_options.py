"""How to read a file: one settings object for API, command line and app."""

from __future__ import annotations

from pydantic import ConfigDict, Field, field_validator

from core.config import Settings
from core.data.product_relations import RELATIONS

# Roles of columns, and the names of such columns (lower case, letters and digits only).
ROLES = {
    "basket": (
        *("basket", "order", "salesorder", "amazonorder", "transaction", "txn", "invoice"),
        *("receipt", "bill", "ticket", "cart", "checkout", "session", "usersession", "visit"),
        *("bestellung", "bestell", "auftrag", "auftrags", "rechnung", "rechnungs", "beleg", "bon"),
        *("commande", "facture", "panier", "pedido", "factura", "ordine", "scontrino", "fatura"),
    ),
    "product": (
        *("product", "item", "sku", "stockcode", "article", "asin", "lineitemsku", "upc", "ean"),
        *("barcode", "isbn", "artikel", "produkt", "produit", "producto", "articulo", "prodotto"),
        *("articolo", "produto"),
    ),
    "customer": (
        *("customer", "household", "user", "client", "member", "shopper", "visitor", "email"),
        *("customeremail", "kunde", "kunden", "cliente"),
    ),
    "time": (
        *("time", "timestamp", "transactiontimestamp", "datetime", "date", "createdat"),
        *("transactiondt", "tdat", "datum", "bestelldatum", "datedecommande", "fecha"),
    ),
    "quantity": (
        *("quantity", "qty", "lineitemquantity", "units", "count", "amount"),
        *("menge", "anzahl", "quantite", "cantidad", "quantita", "quantidade"),
    ),
    "source": ("source", "src", "from", "fromnode", "producta", "itema"),
    "target": ("target", "dst", "to", "tonode", "productb", "itemb"),
    "weight": ("weight", "w", "score", "strength", "value"),
    "relation": ("relation", "rel", "relationtype", "type"),
    "id": ("product", "item", "sku", "stockcode", "article", "asin", "id"),
    "title": (
        *("title", "name", "productname", "producttitle", "itemname", "lineitemname"),
        *("description", "itemdescription", "productdescription", "product", "item"),
        *("bezeichnung", "artikelname", "designation", "descripcion", "descrizione"),
    ),
    "brand": ("brand", "brandname", "manufacturer", "marke", "marque", "marca"),
    "category_1": ("category1", "department", "maincategory"),
    "category_2": ("category2", "category", "categories", "productcategory"),
    "category_3": ("category3", "subcategory", "producttype"),
    "category_4": ("category4",),
    "price": ("price", "unitprice", "listprice", "lineitemprice", "preis", "prix", "precio"),
    "image": ("image", "imageurl", "imurl", "img"),
    "private_label": ("privatelabel", "ownbrand", "storebrand"),
}
# Names of ids also occur with an ending or a beginning: "order", "order_id", "ID Pedido", …
_ENDINGS = ("id", "no", "number", "key", "code", "nr", "nummer")
_BEGINNINGS = ("id", "numero", "numerode", "codigo", "code")
_WITH_ENDINGS = {"basket", "product", "customer", "source", "target", "id"}
# If another column has the id, these hold the name of the product.
_MAYBE_TITLES = ("product", "item", "article")
_TIME_OF = ("order", "invoice", "transaction", "purchase", "event")

NONE = "none"  # in `columns`: the role has no column


def _names_of(role: str) -> tuple[str, ...]:
    names = ROLES[role]
    if role in _WITH_ENDINGS:
        bare = sorted(names, key=lambda name: name in _MAYBE_TITLES)
        affixed = [
            text
            for name in names
            for text in (
                *(name + end for end in _ENDINGS),
                *(begin + name for begin in _BEGINNINGS),
            )
        ]
        return (*affixed, *bare)
    if role == "time":
        return names + tuple(what + name for what in _TIME_OF for name in names)
    return names


KNOWN_NAMES = {role: _names_of(role) for role in ROLES}


class ReadOptions(Settings):
    """Settings of the readers, with defaults that fit most files."""

    # The command line passes a date such as 20170601, or a column named 2017, as a number.
    model_config = ConfigDict(coerce_numbers_to_str=True)

    kind: str = Field(
        "auto",
        description="Input format, as in `core.data.formats.registry`; recognised by default",
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Column of each role, where its name does not show it; 'none' for no column; "
        f"roles: {', '.join(ROLES)}",
    )
    header: bool | None = Field(
        None, description="Whether the first row names the columns; detected by default"
    )
    fill_down: bool | None = Field(
        None,
        description="Whether only the first row of a basket has its id; detected by default",
    )
    max_basket: int | None = Field(
        None,
        ge=2,
        description="Maximum products in a basket; larger baskets are left out",
    )
    leave_out: list[str] = Field(
        default_factory=list, description="Ids of products to leave out, separated by commas"
    )
    merge_case: bool = Field(
        False,
        description="Read ids in lower case with single spaces, so that spellings of one id merge",
    )
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="Weight of a mention by relation, by default bought_together 1.2, also_bought "
        "1, also_viewed 0.5, linked 1; 0 leaves a relation out",
    )
    top: int = Field(20, ge=1, le=1000, description="Related products per product and relation")
    min_sold: int = Field(10, ge=1, description="Baskets that a product must be in")
    min_together: int = Field(3, ge=1, description="Times that two products must occur together")
    # There are millions of possible pairs, so the usual 3.8 (1 in 20 by chance) lets noise in.
    min_score: float = Field(
        20.0, ge=0, description="Minimum log-likelihood ratio (20: by chance 1 pair in 130,000)"
    )
    date: str | None = Field(
        None, description="Last day of the training period; by default `late_share` is held out"
    )
    late_share: float = Field(1 / 3, gt=0, lt=1, description="Share of purchases held out as late")
    time_format: str | None = Field(
        None, description="Format of the time stamps (strftime), if it is not detected correctly"
    )

    @field_validator("weights")
    @classmethod
    def _known_relations(cls, weights: dict[str, float]) -> dict[str, float]:
        for name, weight in weights.items():
            if name not in RELATIONS:
                raise ValueError(f"there is no relation '{name}', only {', '.join(RELATIONS)}")
            if not 0 <= weight < float("inf"):
                raise ValueError(f"the weight of {name} is not 0 or more")
        return weights

    @field_validator("leave_out", mode="before")
    @classmethod
    def _divided(cls, value: object) -> object:
        if isinstance(value, (int, float)):
            value = str(value)
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value
