"""The device model of 2.0.1 as values: what there is, what it may hold, what a report tells of it.

`build` puts it together from what the station has and what files say, and reports everything that
does not agree; `values` says whether a value fits; `reports` chooses what is told, and how much of
it goes into a message.
"""
