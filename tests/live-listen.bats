#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# live --listen: metrics over HTTP, of pages that are replayed, or of a file of counters.

load cli-helpers

setup_file() {
	command -v trace-cmd >/dev/null || skip 'no trace-cmd'
	command -v curl >/dev/null || skip 'no curl'
}

teardown() {
	for pid in ${player:-} ${live:-} ${other:-}; do
		kill "$pid" 2>/dev/null && wait "$pid" || true
	done
}

# listening OPTION...: until it answers
listening() {
	port=$(free_port)
	"$ANALYZER" live --interval=100ms --listen="${host:-}:$port" "$@" \
		>out.txt 2>err.txt 3>&- &
	live=$!
	for _ in {1..200}; do
		if curl -s -o body.txt "http://${host:-127.0.0.1}:$port/"; then return; fi
		sleep 0.1
	done
	cat err.txt
	return 1
}

# replayed NAME OPTION...
replayed() {
	local replay=$BATS_TEST_DIRNAME/live/replay
	recording "$1"
	shift
	trace-cmd convert -i trace.dat -o plain.dat --file-version 6 \
		--compression none >/dev/null 2>&1
	rm -rf tracefs
	"$replay" tree plain.dat tracefs
	"$replay" play plain.dat tracefs 65536 0 2>/dev/null 3>&- &
	player=$!
	listening --replay=tracefs "$@"
}

counted() {
	mkdir -p debugfs/kvm
	cat >debugfs/kvm/exit_cycles <<-'END'
		kvm_exit_cycles: epoch 2 report 3: exits 1500 cycles 70000 user 1 halted 2 off_cpu 3 backwards 0
		kvm_exit_cycles: epoch 2 report 3: vmx HLT: exits 1500 cycles 70000 min 9 avg 46 max 99 user 1 halted 2 off_cpu 3
		kvm_exit_cycles: skipped 4
	END
	listening --counters --replay=debugfs "$@"
}

# got STATUS METHOD PATH: into body.txt and head.txt
got() {
	local status
	status=$(curl -s -X "$2" -o body.txt -D head.txt -w '%{http_code}' --max-time 20 \
		"http://127.0.0.1:$port$3")
	[ "$status" = "$1" ] || { echo "status $status, not $1"; cat body.txt; return 1; }
}

# metrics TEXT: they have this line in the end.
metrics() {
	local n
	for ((n = 0; n < 200; n++)); do
		curl -s -o body.txt -D head.txt "http://${host:-127.0.0.1}:$port/metrics" || true
		if grep -qxF -- "$1" body.txt; then return; fi
		sleep 0.1
	done
	grep -v '^#' body.txt | head -20
	cat err.txt
	return 1
}

@test "metrics are those of the recording" {
	replayed sample
	metrics 'kvm_exits_total{isa="svm",reason="npf",code="1024",vm="197",vm_name="qemu-system-x86"} 22951'
	grep -qi '^content-type: text/plain; version=0.0.4; charset=utf-8' head.txt
	if command -v promtool; then promtool check metrics <body.txt; fi
	analyze 0 --format=prometheus trace.dat
	for name in kvm_exits_total kvm_exit_cycles_bucket kvm_exit_time_cycles_total; do
		grep "^$name" out.txt | sort >want.txt
		[ "$(wc -l <want.txt)" -ge 10 ]
		grep "^$name" body.txt | sort | diff want.txt -
	done
	grep -qx 'kvm_exit_missing_exits_total{why="lost"} 0' body.txt
	kill $live
	status=0
	wait $live || status=$?
	[ $status = 0 ]
}

@test "of counters: the kernel's own" {
	counted
	metrics 'kvm_exits_total{isa="vmx",reason="HLT"} 1500'
	sed -i 's/1500/1600/; s/1500/1600/' debugfs/kvm/exit_cycles
	metrics 'kvm_exits_total{isa="vmx",reason="HLT"} 1600'
	metrics 'kvm_exit_skipped_reports_total 4'
}

@test "nothing else is there; what is not known yet is 503" {
	mkdir -p tracefs
	recording sample
	trace-cmd convert -i trace.dat -o plain.dat --file-version 6 \
		--compression none >/dev/null 2>&1
	rm -rf tracefs
	"$BATS_TEST_DIRNAME/live/replay" tree plain.dat tracefs
	listening --replay=tracefs
	got 503 GET /metrics
	grep -q 'waiting for a VM' body.txt
	got 404 GET /
	got 404 GET /metrics/
	got 404 GET "/$(head -c 3000 /dev/zero | tr '\0' a)"
	got 405 POST /metrics
	got 405 DELETE /metrics
	curl -s -I -o /dev/null "http://127.0.0.1:$port/metrics"
}

@test "clients that are slow, gone or too many hold nobody up" {
	counted
	metrics 'kvm_exit_skipped_reports_total 4'
	python3 - "$port" <<-'END'
		import socket, struct, sys, time, urllib.request
		address = ('127.0.0.1', int(sys.argv[1]))
		def ask(timeout=20):
		    url = f'http://127.0.0.1:{address[1]}/metrics'
		    return urllib.request.urlopen(url, timeout=timeout).read()
		# Half a request, and nothing more
		slow = [socket.create_connection(address) for _ in range(8)]
		for s in slow:
		    s.sendall(b'GET /metr')
		assert b'kvm_exits_total' in ask()
		# Gone without a word, in the middle of an answer
		for _ in range(50):
		    s = socket.create_connection(address)
		    s.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
		    s.close()
		assert b'kvm_exits_total' in ask()
		# Too many: those that say nothing are closed after a while
		begin = time.monotonic()
		many = [socket.create_connection(address) for _ in range(64)]
		assert b'kvm_exits_total' in ask(60)
		assert time.monotonic() - begin < 40
		# Something else than HTTP, and heads without an end
		s = socket.create_connection(address)
		s.sendall(b'\0\377' * 4096)
		s = socket.create_connection(address)
		try:
		    s.sendall(b'GET /metrics HTTP/1.1\r\n' + b'X: ' + b'y' * 1000000)
		except OSError:
		    pass
		assert b'kvm_exits_total' in ask(60)
	END
	kill -0 $live
}

@test "loopback unless told; an address of six; a port that is busy; a bad address" {
	counted
	metrics 'kvm_exit_skipped_reports_total 4'
	if command -v ss; then
		ss -ltn "sport = :$port" >sockets.txt
		grep -q "127.0.0.1:$port" sockets.txt
		lacks '0\.0\.0\.0:[1-9]' sockets.txt
	fi
	# refused TEXT ADDRESS
	refused() {
		analyze 1 live --counters --replay=debugfs --listen="$2"
		says "$1"
		one_line
		no_output
	}
	refused "cannot listen: 127.0.0.1:$port: Address already in use" "127.0.0.1:$port"
	refused "bad address: x, expected ADDRESS:PORT" x
	refused "bad address: 127.0.0.1:0, expected" 127.0.0.1:0
	refused "bad address: 127.0.0.1:65536, expected" 127.0.0.1:65536
	refused "bad address: ::1:80, expected" ::1:80
	refused "bad address: 127.0.0.1:, expected" 127.0.0.1:
	refused "cannot listen: 192.0.2.1:$port: Cannot assign requested address" "192.0.2.1:$port"
	refused "cannot listen: nowhere.invalid:$port: " "nowhere.invalid:$port"
	analyze 2 live --counters --listen=1 --format=csv
	says '--listen: metrics are of --format=prometheus'
	analyze 2 live --listen=1 --output=x
	says '--listen does not go with --output'
	analyze 2 live --listen=1 --interval=0
	says '--listen takes an interval'
	if [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
		kill $live
		wait $live || true
		host='[::1]'
		counted
		metrics 'kvm_exit_skipped_reports_total 4'
	fi
}

@test "into a file or a pipe, of what is recorded" {
	replay=$BATS_TEST_DIRNAME/live/replay
	recording sample
	trace-cmd convert -i trace.dat -o plain.dat --file-version 6 \
		--compression none >/dev/null 2>&1
	"$replay" tree plain.dat tracefs
	"$replay" play plain.dat tracefs 65536 0 2>/dev/null 3>&- &
	player=$!
	analyze 0 live --batch --replay=tracefs --format=prometheus --output=kvm.prom \
		--interval=0
	no_output
	grep -qxF 'kvm_exits_total{isa="svm",reason="npf",code="1024",vm="197",vm_name="qemu-system-x86"} 22951' kvm.prom
	[ "$(echo kvm.prom*)" = kvm.prom ]
}

@test "libmicrohttpd is loaded for --listen alone; one of another kind is an error" {
	readelf -d "$ANALYZER" >needed.txt
	grep -q 'NEEDED.*libtraceevent' needed.txt
	lacks 'NEEDED.*libmicrohttpd' needed.txt
	name=$(strings "$ANALYZER" | grep -m 1 '^libmicrohttpd\.so\.')
	gcc -shared -o "$name" -x c /dev/null
	LD_LIBRARY_PATH=$PWD analyze 1 live --counters --replay=debugfs --listen="$(free_port)"
	says 'undefined symbol: MHD_'
	says '; --listen takes libmicrohttpd: install it'
	one_line
	no_output
}
