"""Language models that are already on this machine, for texts of items.

`loader` finds one in a folder or an installed package, without any network, and embeds texts.
`texts` says what text stands for an item, `vectors` makes a few numbers of each.
"""
