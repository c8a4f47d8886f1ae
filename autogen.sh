#!/bin/sh
# Make ./configure and the Makefile.in files from configure.ac and Makefile.am.
set -eu
cd "$(dirname "$0")"
exec autoreconf --install --warnings=all,no-unsupported
