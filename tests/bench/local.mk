# Figures, made on demand: ./dev bench.
EXTRA_PROGRAMS += tests/bench/brain_bench
tests_bench_brain_bench_CPPFLAGS = $(libbrain_a_CPPFLAGS) -I$(top_srcdir)/src/brain -DALERTS_MAX=1048576 \
	-DALERT_KEYS_BYTES_MAX=268435456 -DALERT_DETAILS_BYTES_MAX=268435456
tests_bench_brain_bench_SOURCES = %D%/brain_bench.c $(libbrain_a_SOURCES)
tests_bench_brain_bench_LDADD = $(COMMON_LIBS) $(CJSON_LIBS)
EXTRA_DIST += %D%/bench.py %D%/by_process.py %D%/peers.py %D%/real_engine.py %D%/sidecar.py
