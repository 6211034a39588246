# How far the move has come: key, both or identity. Commit every change of it.
access = "key"
