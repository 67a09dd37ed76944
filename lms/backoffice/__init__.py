"""What every listing of the back office stands on (dependencies, section 4).

Wagtail's generic views ask a policy about a kind of thing, never about the row.
Here each row a view, chooser or export touches comes from the one queryset of its
viewset; what the user may not see answers 404, like what is not there.
"""
