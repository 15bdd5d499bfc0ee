"""Fits, suggestions, designs and the numbers of figures, computed in processes that can be killed."""
