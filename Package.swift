// swift-tools-version: 6.2
import PackageDescription

// The floors of the house, lowest first. Imports point down only:
// `--explicit-target-dependency-import-check error` holds them to it (see the Makefile).
let package = Package(
    name: "Atelier",
    products: [
        .executable(name: "atelier", targets: ["atelier"]),
        .library(name: "TensorCore", targets: ["TensorCore"]),
        .library(name: "OneDNNBackend", targets: ["OneDNNBackend"]),
        .library(name: "Layers", targets: ["Layers"]),
        .library(name: "Optimizers", targets: ["Optimizers"]),
        .library(name: "Networks", targets: ["Networks"]),
        .library(name: "Files", targets: ["Files"]),
        .library(name: "Imaging", targets: ["Imaging"]),
        .library(name: "Datasets", targets: ["Datasets"]),
        .library(name: "SampleArt", targets: ["SampleArt"]),
        .library(name: "Stylization", targets: ["Stylization"]),
        .library(name: "Metrics", targets: ["Metrics"]),
        .library(name: "Training", targets: ["Training"]),
        .library(name: "Reproduction", targets: ["Reproduction"]),
        .library(name: "Workloads", targets: ["Workloads"]),
        .library(name: "Runs", targets: ["Runs"]),
        .library(name: "Viewer", targets: ["Viewer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        // System libraries and C: a module map, and at most a thin shim, each.
        .target(
            name: "CDNNL", dependencies: ["CKernels"],
            cSettings: [.unsafeFlags(["-O3", "-ffp-contract=off"])],
            linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),
        .target(
            name: "CKernels",
            cSettings: [.unsafeFlags(["-O3", "-fno-math-errno", "-ffp-contract=off"])],
            linkerSettings: [.linkedLibrary("gomp"), .linkedLibrary("m")]),
        .target(name: "CLaunch"),
        .target(
            name: "CPixels",
            cSettings: [.unsafeFlags(["-O3", "-fno-math-errno", "-ffp-contract=off"])]),
        .target(name: "CPNG", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z")]),
        .systemLibrary(
            name: "CJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "CLAPACK", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .systemLibrary(name: "CSDL2", providers: [.apt(["libsdl2-dev"])]),
        .target(
            name: "CImGui", dependencies: ["CSDL2"],
            cxxSettings: [.unsafeFlags(["-isystem/usr/include/imgui"])],
            linkerSettings: [
                .linkedLibrary("imgui"), .linkedLibrary("stb"), .linkedLibrary("freetype"),
            ]),

        // The tensor core and its CPU backend.
        .target(name: "TensorCore"),
        .target(name: "OneDNNBackend", dependencies: ["TensorCore", "CDNNL", "CKernels"]),

        // Networks.
        .target(name: "Layers", dependencies: ["TensorCore"]),
        .target(name: "Optimizers", dependencies: ["TensorCore"]),
        .target(name: "Networks", dependencies: ["TensorCore", "Layers"]),

        // Pictures.
        .target(name: "Files", dependencies: ["CCrypto"]),
        .target(name: "Imaging", dependencies: ["Files", "CPixels", "CPNG", "CJPEG", "CWebP"]),
        .target(
            name: "Datasets",
            dependencies: ["TensorCore", "Files", "Imaging", "CPixels", "CZip", "CZlib"]),
        .target(name: "SampleArt", dependencies: ["TensorCore", "Files", "Imaging", "CZlib"]),

        // Training, and what watches it.
        .target(name: "Metrics", dependencies: ["TensorCore", "Networks", "CLAPACK"]),
        .target(
            name: "Training",
            dependencies: ["TensorCore", "Layers", "Optimizers", "Networks", "Stylization"]),
        .target(
            name: "Reproduction",
            dependencies: [
                "TensorCore", "Optimizers", "Networks", "Imaging", "Datasets", "Metrics",
                "Training",
            ]),
        .target(
            name: "Workloads",
            dependencies: ["TensorCore", "Layers", "Optimizers", "Networks", "Training"]),
        .target(
            name: "Runs",
            dependencies: [
                "TensorCore", "Files", "Imaging", "Metrics",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        .target(
            name: "Stylization",
            dependencies: [
                "TensorCore", "Layers", "Networks", "Optimizers", "Imaging", "CLAPACK",
            ],
            resources: [.copy("Weights")]),
        .target(name: "Viewer", dependencies: ["Imaging", "CSDL2", "CImGui"]),
        .executableTarget(
            name: "atelier",
            dependencies: [
                "TensorCore", "OneDNNBackend", "Layers", "Optimizers", "Networks", "Files",
                "Imaging", "Datasets", "SampleArt", "Metrics", "Training", "Reproduction",
                "Workloads", "Runs", "Stylization", "Viewer", "CLaunch",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Tests, and the slow, plain twin of every kernel that they compare against.
        .target(name: "TestSupport", dependencies: ["TensorCore"], path: "Tests/TestSupport"),
        .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "TensorCore"]),
        .testTarget(name: "CDNNLTests", dependencies: ["CDNNL"]),
        .testTarget(name: "TensorCoreTests", dependencies: ["TensorCore", "TestSupport"]),
        .testTarget(
            name: "OneDNNBackendTests",
            dependencies: ["TensorCore", "OneDNNBackend", "TestSupport"],
            exclude: ["Fixtures"]),
        .testTarget(name: "FilesTests", dependencies: ["Files"]),
        .testTarget(
            name: "ImagingTests", dependencies: ["Files", "Imaging", "CPNG", "CWebP"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "DatasetsTests",
            dependencies: ["Datasets", "Imaging", "TensorCore", "CZip", "CZlib"]),
        .testTarget(
            name: "SampleArtTests", dependencies: ["SampleArt", "Files", "Imaging", "Datasets"]),
        .testTarget(
            name: "RunsTests", dependencies: ["Runs", "TensorCore", "Files", "Imaging", "Metrics"],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "ViewerTests", dependencies: ["Viewer", "Imaging", "CSDL2"]),
        .testTarget(
            name: "LayersTests",
            dependencies: ["Layers", "TensorCore", "OneDNNBackend", "TestSupport"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "OptimizersTests",
            dependencies: ["Optimizers", "Layers", "TensorCore", "OneDNNBackend", "TestSupport"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "NetworksTests",
            dependencies: [
                "Networks", "TensorCore", "OneDNNBackend", "Runs", "Imaging", "TestSupport",
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Training", "Stylization", "Networks", "Optimizers", "TensorCore", "OneDNNBackend",
                "TestSupport",
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "StylizationTests",
            dependencies: [
                "Stylization", "Networks", "Optimizers", "Runs", "Imaging", "TensorCore",
                "OneDNNBackend", "TestSupport",
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "ReproductionTests",
            dependencies: [
                "Reproduction", "Training", "Metrics", "Networks", "Imaging", "TensorCore",
                "OneDNNBackend",
            ]),
        .testTarget(
            name: "WorkloadsTests",
            dependencies: ["Workloads", "TensorCore", "OneDNNBackend", "TestSupport"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "MetricsTests",
            dependencies: ["Metrics", "Networks", "TensorCore", "OneDNNBackend"],
            exclude: ["Fixtures"]),
        // The whole program: depends on it so that it is built.
        .testTarget(name: "CommandTests", dependencies: ["atelier"], exclude: ["Fixtures"]),
    ]
)

// Only for `make docs`, so that builds do not fetch it.
if Context.environment["ATELIER_DOCS"] != nil {
    package.dependencies.append(
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}

for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .swiftLanguageMode(.v6),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
        ]
}
