#!/bin/sh
# Regenerates the committed Swift code of events.proto. Needs protoc (Debian: protobuf-compiler); builds
# protoc-gen-swift from the swift-protobuf that the package is resolved to, outside the package's folder.
#   Tools/proto/generate.sh
set -eu
cd "$(dirname "$0")/../.."
swift package resolve
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R .build/checkouts/swift-protobuf "$work/swift-protobuf"
chmod -R u+w "$work/swift-protobuf"
swift build --package-path "$work/swift-protobuf" --product protoc-gen-swift
plugin=$(swift build --package-path "$work/swift-protobuf" --show-bin-path)/protoc-gen-swift
protoc --plugin=protoc-gen-swift="$plugin" --proto_path=Tools/proto \
    --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true \
    --swift_out=Sources/Runs/TensorBoard events.proto
