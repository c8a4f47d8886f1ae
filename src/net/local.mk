# HTTP for the two roles that speak it.
