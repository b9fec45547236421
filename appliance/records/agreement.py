"""How far a model that computes less exactly agrees with the one that it was made from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was measured, on the same pictures and texts with both models."""

    pictures: int
    texts: int
    #: Where the pictures are from: ``library``, or the name of a folder.
    source: str
    #: Of the two vectors of one picture.
    picture_cosine_min: float
    picture_cosine_mean: float
    #: Of the two vectors of one text.
    text_cosine_min: float
    text_cosine_mean: float
    #: Of the first ten that the former model finds for a text, the part that the new one has among its first ten.
    top10_overlap: float
    #: Texts, of all, whose first picture stays the first.
    same_first: float
    #: Texts, of all, whose first picture stays among the first ten.
    first_in_top10: float
    #: Texts that describe one picture, of all such texts, that find it among the first ten: former model, new one.
    #: None where nobody says which texts describe what.
    recall10: tuple[float, float] | None
    #: Of a picture's vector when it is encoded alone and with others: 1 unless scales are taken over the batch.
    neighbours_cosine_min: float
    #: Pictures that one run may take, by the figure above.
    batch: int
    #: Files of both models, bytes.
    bytes: tuple[int, int]
    #: Processor time of one picture and of one text, milliseconds: former model, new one.
    picture_ms: tuple[float, float]
    text_ms: tuple[float, float]
