"""Starting a program under observation, and the folder its recording goes to."""
