# HTTP for the two roles that speak it.
noinst_LIBRARIES += libnet.a
NET_CPPFLAGS = -I$(top_srcdir)/src/net $(CURL_CFLAGS) $(SSL_CFLAGS)
libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(NET_CPPFLAGS) $(EVENT_CFLAGS)
libnet_a_SOURCES = \
	%D%/http.c %D%/http.h \
	%D%/resolve.c %D%/resolve.h \
	%D%/tls_store.c %D%/tls_store.h

# To be named before COMMON_LIBS.
NET_LIBS = libnet.a $(CURL_LIBS) $(SSL_LIBS)
