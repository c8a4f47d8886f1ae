# Unit tests of the control socket: the brain's side, the parent's, and watchdogctl.
UNIT_TESTS += test_control_serve test_control_socket test_ctl

test_control_serve_SOURCES = %D%/test_control_serve.c
test_control_serve_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_control_serve_LDADD = $(BRAIN_LIBS)

test_control_socket_SOURCES = %D%/test_control_socket.c
test_control_socket_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_control_socket_LDADD = libparent.a $(UNIT_LIBS)

test_ctl_SOURCES = %D%/test_ctl.c
test_ctl_CPPFLAGS = $(UNIT_CPPFLAGS) $(CJSON_CFLAGS) -I$(top_srcdir)/src/ctl
test_ctl_LDADD = libctl.a $(UNIT_LIBS) $(CJSON_LIBS)

UNIT_TESTS += test_control_explain
test_control_explain_SOURCES = %D%/test_control_explain.c
test_control_explain_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_control_explain_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_orders
test_orders_SOURCES = %D%/test_orders.c
test_orders_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_orders_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_recorder
test_recorder_SOURCES = %D%/test_recorder.c
test_recorder_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_recorder_LDADD = $(BRAIN_LIBS)
