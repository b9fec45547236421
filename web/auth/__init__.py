"""Who is asking, what they may do, and that the request is really theirs."""
