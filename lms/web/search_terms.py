"""What a person typed into a search box, as terms a database is asked for."""

import unicodedata

MAX_QUERY = 50
MAX_TERMS = 5


def terms_of(query: str) -> list[str]:
    """Return the search terms: full-width letters folded, at most five words.

    What is typed is cut short, folded and split before the database sees it, so its
    length costs nothing (B069).
    """
    text = unicodedata.normalize("NFKC", query[:MAX_QUERY]).replace("\0", " ")
    return list(dict.fromkeys(text.split()))[:MAX_TERMS]
