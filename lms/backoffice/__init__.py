"""Base classes of every listing of the back office.

Wagtail's generic views ask a policy about a model, never about the row. Here each
row of a view, chooser or export comes from the one queryset of its viewset; a row
that the user may not see is answered 404, like one that does not exist.
"""
