# Atelier. `make demo` and `make test` do everything on a fresh machine; `make help` lists the rest.

SWIFT ?= swift
CONFIGURATION ?= release
BUILD = $(SWIFT) build -c $(CONFIGURATION)
BINARY = .build/$(CONFIGURATION)/atelier
# A target that imports one which it does not list is an error: imports point down only.
IMPORTS = --explicit-target-dependency-import-check error
# Generated code keeps its generator's format.
SOURCES = find Sources Tests -name '*.swift' ! -name '*.pb.swift' -print0
# OpenMP threads that wait by spinning make busy machines crawl (see Sources/CLaunch).
export GOMP_SPINCOUNT ?= 2000

LIBRARIES = TensorCore OneDNNBackend Layers Optimizers Networks Files Imaging Datasets \
	SampleArt Metrics Training Workloads Reproduction Runs Viewer
FAST = TensorCoreTests|CKernelsTests|FilesTests|ImagingTests|DatasetsTests|RunsTests|SampleArtTests

.PHONY: help setup build demo test test-fast lint format check bench docs clean

help: ## this list
	@echo 'Atelier: train GANs on a folder of pictures, watch them learn, export what they make.'
	@echo
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' \
		| awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: ## install missing system libraries (apt; sudo when not root), check the Swift toolchain
	@Tools/setup.sh

build: setup ## build the command, release
	$(BUILD) --product atelier

demo: build ## train on samples/flowers32.zip for three minutes; leaves demo/grid.png
	$(BINARY) demo

test: setup ## build everything, imports checked, and pass every test
	$(BUILD) --build-tests $(IMPORTS)
	$(SWIFT) test -c $(CONFIGURATION) --skip-build

test-fast: setup ## the tests without training, windows and processes
	$(BUILD) --build-tests
	$(SWIFT) test -c $(CONFIGURATION) --skip-build --filter '^($(FAST))\.'

lint: ## check the format and documentation comments of every Swift file
	@$(SOURCES) | xargs -0 $(SWIFT) format lint --strict --parallel Package.swift && echo 'lint: clean'

format: ## rewrite every Swift file in the project's format
	@$(SOURCES) | xargs -0 $(SWIFT) format format --in-place --parallel Package.swift

check: lint test ## what must pass before a commit: lint and test

# The command of a peer's benchmark, such as PEER="python3 torch_bench.py"; none runs our side alone.
PEER ?=
# Further options of Benchmarks/compare.py, such as BENCH="--rounds 5 --limit --write" or BENCH="ring".
BENCH ?=
bench: build ## time every workload, in turn with a peer's (PEER=...); see Benchmarks/README.md
	Benchmarks/compare.py --ours '$(BINARY) bench' $(if $(PEER),--peer '$(PEER)') $(BENCH)

# The plugin is a dependency only while documentation is made, so that builds do not fetch it.
docs: setup ## make the libraries' documentation in docs-out/; a warning is an error
	@mkdir -p docs-out
	@for library in $(LIBRARIES); do \
		ATELIER_DOCS=1 $(SWIFT) package --scratch-path .build/docs \
			--allow-writing-to-directory docs-out generate-documentation \
			--target $$library --warnings-as-errors --output-path docs-out/$$library || exit 1; \
	done

clean: ## remove everything that was built; runs and the demo's pictures stay
	$(SWIFT) package clean
	rm -rf .build/docs docs-out
