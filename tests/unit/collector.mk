# Unit tests of collector.
