# make demo, make test, make torture: on a machine with Rust, as root; they install what else they need.
# make install DESTDIR=…: lays the files where the ecosystem expects them. make deb, make rpm: packages of them.

CARGO ?= cargo
TARGET = $(or $(CARGO_TARGET_DIR),target)
DESTDIR ?=
SBINDIR = /usr/sbin
OCFDIR = /usr/lib/ocf/resource.d/postkeeper
DOCDIR = /usr/share/doc/postkeeper
# Where zsh looks: Debian's directory; /usr/share/zsh/site-functions elsewhere.
ZSHDIR ?= /usr/share/zsh/vendor-completions
COCKPITDIR = /usr/share/cockpit/postkeeper
# no: without the page for Cockpit, which needs Node.js and npm to build.
COCKPIT ?= yes

all: build

build:
	$(CARGO) build --release --locked

# What is tested and shown is built quickly, not small.
lab:
	$(CARGO) build --locked --workspace

# The page for Cockpit, out of what cockpit/package-lock.json names; the same input gives the same output.
cockpit: $(TARGET)/cockpit/index.js

COCKPIT_SOURCES = $(wildcard cockpit/*.* cockpit/src/* cockpit/po/*)
$(TARGET)/cockpit/index.js: cockpit/node_modules $(COCKPIT_SOURCES)
	cd cockpit && node node_modules/typescript/bin/tsc --project . && node build.mjs $(abspath $(TARGET))/cockpit

cockpit/node_modules: cockpit/package-lock.json
	@command -v npm >/dev/null || { echo "The Cockpit page needs Node.js 18 and npm to build: apt-get install npm" >&2; exit 1; }
	cd cockpit && npm ci --no-audit --no-fund --ignore-scripts && touch node_modules

packages:
	@packaging/install-packages

# With what builds, serves and shows the page for Cockpit.
packages-page:
	@packaging/install-packages page
packages-browser:
	@packaging/install-packages page browser

# SUITE=trixie (bookworm, bullseye, sid): demo, torture and test in a root of that release of Debian (packaging/in-suite), with the
# machine's Rust. What else was asked for reaches make there by itself.
ifdef SUITE
demo torture test:
	packaging/in-suite $(SUITE) make $@ SUITE= NEXT= CARGO_TARGET_DIR=$(CURDIR)/target/$(SUITE)
else
# KEEP=1: leaves the cluster up and shows the page, until Ctrl-C.
demo: $(if $(KEEP),packages-page) packages lab $(if $(KEEP),cockpit)
	$(TARGET)/debug/demo $(if $(KEEP),--keep $(abspath $(TARGET))/cockpit)

# FAULTS=N, SEED=N: how many faults, and the same ones again.
torture: packages lab
	$(TARGET)/debug/torture $(if $(FAULTS),--faults $(FAULTS)) $(if $(SEED),--seed $(SEED))

# All tests, or only TESTS="contract hierarchy". NEXT=trixie: some also on that release of Debian (tests/run), a quarter of an hour more.
# The page has a test of its own, and one of its package.
PAGED = $(or $(if $(TESTS),,all),$(filter cockpit package,$(TESTS)))
test: $(if $(PAGED),packages-browser,packages) $(if $(TESTS),,lint) lab $(if $(PAGED),cockpit)
	NEXT=$(NEXT) tests/run $(TESTS)
endif

# Ours and ocf:heartbeat:postfix side by side; about half an hour. QUICK=1: fewer repetitions. WRITE=docs: also the table in
# docs/performance.md and the chart beside it.
bench: packages
	$(CARGO) build --release --locked --workspace
	$(TARGET)/release/bench $(if $(QUICK),--quick) $(if $(WRITE),--write $(WRITE))

# How long the page takes to draw 30 hierarchies; a stand-in for postkeeper, no cluster. Half a minute.
bench-page: packages-browser cockpit
	node cockpit/test/draw.mjs $(TARGET)/cockpit

# Ten times the monitors and twenty times the starts and stops of `make test`.
endurance: packages lab
	POSTKEEPER_MONITORS=10000 POSTKEEPER_CYCLES=500 $(CARGO) test --locked --test leaks -- --nocapture

# Every parser for SECONDS each, or only PARSER (make fuzz PARSER=cib SECONDS=3600).
SECONDS ?= 60
FUZZ = $(or $(PARSER),$(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs))))
fuzz:
	@command -v cargo-fuzz >/dev/null || { echo "make fuzz needs cargo-fuzz: cargo install --locked cargo-fuzz" >&2; exit 1; }
	@$(CARGO) +nightly --version >/dev/null 2>&1 || { echo "make fuzz needs a nightly Rust: rustup toolchain install nightly" >&2; exit 1; }
	set -e; for target in $(FUZZ); do $(CARGO) +nightly fuzz run $$target -- -max_total_time=$(SECONDS); done

# All tests, or TESTS of them, in several releases of Debian (in Debian 11 the agent's alone), and one table. FAULTS=300: torture too.
# WRITE=docs: the table also in docs/support.md.
SUITES ?= bookworm trixie sid bullseye=contract
matrix:
	@TESTS="$(TESTS)" FAULTS="$(FAULTS)" WRITE="$(WRITE)" packaging/matrix $(SUITES)

# The pictures of the page in docs/pictures, as its test makes them.
PICTURES = tree tree.ja tree.dark create plan failed
pictures: packages-browser lab cockpit
	$(CARGO) test --locked --test cockpit -- --nocapture an_administrator
	install -D -m 644 -t docs/pictures $(PICTURES:%=$(TARGET)/pictures/%.png)

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

# Licences, sources and known defects of what we depend on (deny.toml). The list of defects is fetched anew each time;
# CHECKS="licenses bans sources" leaves it out where there is no network.
CHECKS ?= advisories licenses bans sources
audit:
	@command -v cargo-deny >/dev/null || { echo "make audit needs cargo-deny: cargo install --locked cargo-deny" >&2; exit 1; }
	$(CARGO) deny --locked check $(CHECKS)

# That it builds with the oldest Rust that Cargo.toml promises; rustup fetches that.
MSRV = $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
msrv:
	rustup toolchain install $(MSRV) --profile minimal
	CARGO_TARGET_DIR=$(TARGET)/msrv $(CARGO) +$(MSRV) check --locked --workspace --all-targets

install: install-postkeeper $(if $(filter yes,$(COCKPIT)),install-cockpit)

install-postkeeper: build
	install -D -m 755 $(TARGET)/release/postkeeper-agent $(DESTDIR)$(OCFDIR)/postfix.new
	mv -f $(DESTDIR)$(OCFDIR)/postfix.new $(DESTDIR)$(OCFDIR)/postfix # a monitor may run now
	install -D -m 755 $(TARGET)/release/postkeeper $(DESTDIR)$(SBINDIR)/postkeeper
	install -D -m 644 packaging/completions/postkeeper.bash $(DESTDIR)/usr/share/bash-completion/completions/postkeeper
	install -D -m 644 packaging/completions/_postkeeper $(DESTDIR)$(ZSHDIR)/_postkeeper
	install -D -m 644 -t $(DESTDIR)/usr/share/fish/vendor_completions.d packaging/completions/postkeeper.fish
	install -D -m 644 -t $(DESTDIR)/usr/share/resource-agents/ocft/configs packaging/ocft/postkeeper
	install -D -m 644 -t $(DESTDIR)$(DOCDIR) README.md README.ja.md LICENSE packaging/copyright
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/docs docs/*.*
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/docs/pictures docs/pictures/*.png
	gzip -9nc CHANGELOG.md | install -D -m 644 /dev/stdin $(DESTDIR)$(DOCDIR)/changelog.gz
	cd docs/man && for page in man*/*.[78] ja/man*/*.[78]; do \
		gzip -9nc $$page | install -D -m 644 /dev/stdin $(abspath $(DESTDIR))/usr/share/man/$$page.gz; done

install-cockpit: cockpit
	install -D -m 644 -t $(DESTDIR)$(COCKPITDIR) $(TARGET)/cockpit/*
	install -D -m 644 -t $(DESTDIR)/usr/share/metainfo packaging/org.cockpit_project.postkeeper.metainfo.xml

# Packages of what install lays, in $(TARGET)/package. To install, upgrade or remove them touches no cluster.
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
REVISION ?= 1
PAGE = $(if $(filter yes,$(COCKPIT)),cockpit-postkeeper)
deb: deb-postkeeper $(PAGE:%=deb-%)

deb-postkeeper: build
	rm -rf $(TARGET)/package/deb
	$(MAKE) install-postkeeper DESTDIR=$(TARGET)/package/deb
	packaging/deb postkeeper $(TARGET)/package/deb $(VERSION)-$(REVISION) $(TARGET)/package

deb-cockpit-postkeeper: cockpit
	rm -rf $(TARGET)/package/deb-cockpit
	$(MAKE) install-cockpit DESTDIR=$(TARGET)/package/deb-cockpit
	packaging/deb cockpit-postkeeper $(TARGET)/package/deb-cockpit $(VERSION)-$(REVISION) $(TARGET)/package

rpm: build $(if $(PAGE),cockpit)
	rpmbuild -bb packaging/postkeeper.spec --define 'release_version $(VERSION)' --define 'checkout $(CURDIR)' \
		--define '_topdir $(abspath $(TARGET))/package/rpmbuild' --define '_rpmdir $(abspath $(TARGET))/package' \
		$(if $(PAGE),,--without cockpit)

clean:
	$(CARGO) clean

.PHONY: all build cockpit lab packages packages-page packages-browser demo pictures torture bench bench-page endurance fuzz test matrix lint audit msrv \
	install install-postkeeper install-cockpit deb deb-postkeeper deb-cockpit-postkeeper rpm clean
