"""Starting a program under observation, and the folder its recording goes to.

Everything a recorder does before the program starts delays it: modules here import little, and late.
"""

DEFAULT_HZ = 250
"""How often a program is sampled from outside, unless somebody says otherwise."""
