# Unit tests of parent.
