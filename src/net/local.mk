# HTTP for the two roles that speak it.  http.h has two makers: libcurl for all of it, libevent for plain http, with
# which a process is three megabytes smaller.  A program is linked with one of them.
noinst_LIBRARIES += libnet.a libhttp_curl.a libhttp_event.a
NET_CPPFLAGS = -I$(top_srcdir)/src/net $(CURL_CFLAGS) $(SSL_CFLAGS)
libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(NET_CPPFLAGS) $(EVENT_CFLAGS)
libnet_a_SOURCES = \
	%D%/http.h \
	%D%/http_parts.c %D%/http_parts.h \
	%D%/http_transfer.c %D%/http_transfer.h \
	%D%/resolve.c %D%/resolve.h
libhttp_curl_a_CPPFLAGS = $(libnet_a_CPPFLAGS)
libhttp_curl_a_SOURCES = \
	%D%/http_curl.c %D%/http_curl.h \
	%D%/http_curl_answer.c \
	%D%/http_curl_attempt.c \
	%D%/http_curl_failure.c \
	%D%/http_curl_options.c \
	%D%/tls_store.c %D%/tls_store.h
libhttp_event_a_CPPFLAGS = $(libnet_a_CPPFLAGS)
libhttp_event_a_SOURCES = \
	%D%/http_event.c \
	%D%/http_event_request.c %D%/http_event_request.h \
	%D%/http_pool.c %D%/http_pool.h

# To be named before COMMON_LIBS.
NET_LIBS = libhttp_curl.a libnet.a $(CURL_LIBS) $(SSL_LIBS)
NET_PLAIN_LIBS = libhttp_event.a libnet.a $(EVENT_EXTRA_LIBS)
