import Foundation
import Imaging
import Networks
import OneDNNBackend
import Runs
import Stylization
import TensorCore
import TestSupport
import Testing

/// The backend of tensors in this process.
enum Engine {
    static let installed: Void = Runtime.install(OneDNNBackend(threads: 2))
}

/// What Tools/goldens/make_style_goldens.py made, or make_style_network_goldens.py (`own`).
struct Goldens {
    let fixture: Fixture

    init(_ name: String = "style") throws {
        _ = Engine.installed
        fixture = try Fixture(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/\(name).safetensors"))
    }

    func tensor(_ name: String) throws -> Tensor {
        let array = try fixture.array(name)
        return Tensor(array.floats, shape: array.shape)
    }

    /// Compares, to `tolerance` of the largest element; of the channels every so many.
    func expect(
        _ tensor: Tensor, _ name: String, every step: Int = 1, tolerance: Double = 1e-4,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let golden = try fixture.array(name)
        let width = tensor.shape.last ?? 1
        let values = tensor.floats().enumerated().filter { $0.offset % width % step == 0 }
        let largest = golden.values.reduce(0) { max($0, abs($1)) }
        #expect(largest > 1e-3, "\(name)", sourceLocation: sourceLocation)
        let shape = Array(tensor.shape.dropLast()) + [(width + step - 1) / step]
        expectClose(
            values.map(\.element), shape: shape, to: golden.floats, shape: golden.shape,
            absolute: tolerance * largest, relative: 0, name, sourceLocation: sourceLocation)
    }
}

/// Weights drawn by name, as the goldens have them.
func drawnWeights(
    _ network: String, _ needs: [(name: String, shape: [Int])]
) -> WeightTable {
    let key = RandomKey(seed: 20_261_123).folded("style").folded(network)
    var tensors: [String: Tensor] = [:]
    for (name, shape) in needs {
        let scale =
            shape.count == 1 ? 0.1 : (2 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
        tensors[name] = Tensor.normal(shape, key: key.folded(name)) * scale
    }
    evaluate(Array(tensors.values))
    return WeightTable(origin: "goldens", tensors: tensors)
}

/// The networks of others, where the test data is.
enum TestData {
    /// ATELIER_DATA, or ../shared/data beside the package.
    static let folder: URL =
        ProcessInfo.processInfo.environment["ATELIER_DATA"].map { URL(fileURLWithPath: $0) }
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("../shared/data")

    static var isHere: Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent("weights").path)
    }

    static func weights(_ name: String) throws -> WeightTable {
        let file = try SafetensorsFile(
            path: folder.appendingPathComponent("weights/\(name).safetensors").path)
        var tensors: [String: Tensor] = [:]
        for stored in try file.tensors() {
            tensors[stored.name] = stored.bytes.withUnsafeBytes {
                Tensor(copying: $0, shape: stored.shape, dtype: stored.dtype)
            }
        }
        return WeightTable(origin: name, tensors: tensors)
    }

    static func microAST() throws -> MicroAST {
        try MicroAST(
            contentEncoder: weights("microast_content_encoder"),
            styleEncoder: weights("microast_style_encoder"),
            modulator: weights("microast_modulator"), decoder: weights("microast_decoder"))
    }

    /// The trained pair of the fourth level, and for the others what its authors began to train from:
    /// networks of the right shape, whose pictures are not worth looking at.
    static func level(_ level: Int) throws -> FeatureTransfer.Level {
        if level < 4 { return try untrainedLevel(level) }
        return .init(
            encoder: try DistilledVGGEncoder(weights("wct16x_SE4")),
            decoder: try DistilledVGGDecoder(weights("wct16x_SD4")))
    }

    static func untrainedLevel(_ level: Int) throws -> FeatureTransfer.Level {
        .init(
            encoder: try DistilledVGGEncoder(weights("wct16x_small16x_ae_base_e\(level)_base")),
            decoder: try DistilledVGGDecoder(weights("wct16x_small16x_ae_base_d\(level)_base")))
    }
}

/// A picture with something in it: waves of colour that differ with the seed.
func waves(_ width: Int, _ height: Int, seed: Int) -> PixelBuffer {
    var bytes: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            for channel in 0..<3 {
                let phase = Double(x * (seed + channel + 1) + y * (2 * seed - channel)) / 17
                bytes.append(UInt8(128 + 100 * sin(phase) * cos(Double(y + seed) / 9)))
            }
        }
    }
    return PixelBuffer(width: width, height: height, format: .rgb, bytes: bytes)
}

/// The largest difference of two pictures' samples.
func largestDifference(_ a: PixelBuffer, _ b: PixelBuffer) -> Int {
    zip(a.bytes, b.bytes).reduce(a.bytes.count == b.bytes.count ? 0 : 256) {
        max($0, abs(Int($1.0) - Int($1.1)))
    }
}
