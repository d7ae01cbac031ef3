# make demo, make test, make torture: on a machine with Rust, as root; they install what else they need.
# make install DESTDIR=…: lays the files where the ecosystem expects them.

CARGO ?= cargo
TARGET = $(or $(CARGO_TARGET_DIR),target)
DESTDIR ?=
SBINDIR = /usr/sbin
OCFDIR = /usr/lib/ocf/resource.d/postkeeper
DOCDIR = /usr/share/doc/postkeeper

all: build

build:
	$(CARGO) build --release --locked

# What is tested and shown is built quickly, not small.
lab:
	$(CARGO) build --locked --workspace

packages:
	@packaging/install-packages

demo: packages lab
	$(TARGET)/debug/demo

# FAULTS=N, SEED=N: how many faults, and the same ones again.
torture: packages lab
	$(TARGET)/debug/torture $(if $(FAULTS),--faults $(FAULTS)) $(if $(SEED),--seed $(SEED))

test: packages lint lab
	$(CARGO) test --locked --workspace --no-fail-fast

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

install: build
	install -D -m 755 $(TARGET)/release/postkeeper-agent $(DESTDIR)$(OCFDIR)/postfix
	install -D -m 755 $(TARGET)/release/postkeeper $(DESTDIR)$(SBINDIR)/postkeeper
	install -D -m 644 -t $(DESTDIR)$(DOCDIR) README.md CHANGELOG.md LICENSE

clean:
	$(CARGO) clean

.PHONY: all build lab packages demo torture test lint install clean
